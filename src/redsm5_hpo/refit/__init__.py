"""The selected configuration fitted on train and val, and its checkpoints."""
