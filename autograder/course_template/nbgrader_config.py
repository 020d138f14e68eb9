"""nbgrader looks for a file of this name; the settings are in course_config.py."""

load_subconfig("course_config.py")  # noqa: F821  (traitlets puts it into the file's namespace)
