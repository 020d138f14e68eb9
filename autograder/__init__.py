"""Grades notebooks of hand-written functions against torch's own, with named checks and hints."""

__version__ = "0.1.0"
