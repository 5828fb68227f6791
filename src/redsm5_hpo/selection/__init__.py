"""Which configuration is selected: the best trials of a search and the default configuration compared on fresh runs."""
