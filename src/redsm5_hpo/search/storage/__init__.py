"""A study's journal on disk: what it depends on, how it is kept, its Optuna export."""
