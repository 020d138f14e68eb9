"""What was handed in: where it lies, whose it is, and what its files hold."""
