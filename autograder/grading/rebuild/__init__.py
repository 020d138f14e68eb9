"""A notebook as it is graded: the source's cells, with the student's answers found and put in."""
