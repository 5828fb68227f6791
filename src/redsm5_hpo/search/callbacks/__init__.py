"""What is called with each finished trial."""
