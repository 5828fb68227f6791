"""What a finished study leaves: its files and their analysis."""
