"""One fit, measured: batches, losses, optimisers, schedules, the loop, scoring."""
