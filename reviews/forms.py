"""The inputs of reviews' steps."""
