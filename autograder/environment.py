"""The words between an examiner, the hidden grade cells that it runs, and the record."""

# Environment variable: the student's own seed key, in hexadecimal digits.
STUDENT_KEY = "AUTOGRADER_STUDENT_KEY"

# Environment variable: not empty where every check's account is wanted, for a person's eyes.
EXPLAINING = "AUTOGRADER_EXPLAINING"

# MIME type under which a grade cell's output carries its CellResult.
CELL_JSON = "application/vnd.autograder.cell+json"

# What a cell that asks exercises imports, to end in `grade(…)`, and no other cell does.
EXAMINER = "autograder.examiner"

# The name of the exception that says: the kit itself failed, the student is not to blame.
GRADER_ERROR = "GraderError"
