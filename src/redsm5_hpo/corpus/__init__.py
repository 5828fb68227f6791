"""Text and labels: reading, aligning and splitting a corpus; no tensors."""
