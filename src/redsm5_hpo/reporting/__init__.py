"""Shows results to a user. Trains nothing, decides nothing."""
