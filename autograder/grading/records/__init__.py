"""What is kept of a graded submission: its scores, its flags, and what people said of it."""
