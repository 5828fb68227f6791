"""Where trials run, and what a user sees: processes, timeouts, retries, the console. Affects no output file."""
