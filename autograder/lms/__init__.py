"""Canvas and Moodle: what they hand out, and what they take back."""
