"""One submission: what is read, run, scored and recorded; nbgrader's preprocessors live here."""
