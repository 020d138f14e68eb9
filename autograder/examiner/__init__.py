"""What a hidden grade cell runs: the checks of one exercise, and a score that nbgrader reads.

The cell imports `grade`, and ends in a call of it with an exercise's name and the function.
"""

from autograder.examiner.cell import GradedCell, grade

__all__ = ["GradedCell", "grade"]
