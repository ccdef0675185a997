"""Invented data in bulk, the same rows for the same numbers, so that every page can be seen at its size."""
