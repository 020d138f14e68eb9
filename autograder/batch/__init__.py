"""A class: every submission of an assignment, on all cores, with one writer of the gradebook."""

from autograder.batch.grading import grade_class
from autograder.examiner.examiners import Examiners

__all__ = ["Examiners", "grade_class"]
