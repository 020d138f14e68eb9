"""What the command tells the shell."""

OK, NEEDS_A_PERSON, WRONG_USAGE, INTERRUPTED = 0, 1, 2, 130
