"""A class: every submission of an assignment, on all cores, with one writer of the gradebook."""

from autograder.batch.grading import grade_class

__all__ = ["grade_class"]
