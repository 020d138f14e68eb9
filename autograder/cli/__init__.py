"""The `autograder` command: parsing and printing; the work is done elsewhere."""

from autograder.cli.command import main

__all__ = ["main"]
