"""Reads records and scores them for people; never trains."""
