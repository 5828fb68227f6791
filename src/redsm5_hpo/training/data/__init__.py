"""Examples as padded batches of token windows, and cached activations of frozen layers."""
