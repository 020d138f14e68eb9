"""Hands in the notebooks as they were released."""
