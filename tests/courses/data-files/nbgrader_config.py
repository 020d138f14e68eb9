"""A course that was written for stock nbgrader."""

c = get_config()

c.CourseDirectory.course_id = "weather"
c.IncludeHeaderFooter.header = ""
c.ClearSolutions.code_stub = {"python": "# Your code\nraise NotImplementedError"}
