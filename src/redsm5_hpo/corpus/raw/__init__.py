"""A raw corpus as in its files: read whole or refused whole."""
