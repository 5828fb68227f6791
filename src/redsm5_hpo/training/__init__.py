"""One fit and its score: data, losses, optimizers, learning-rate schedulers, the training loop, scoring."""
