
c.ClearSolutions.code_stub = {"python": "# WRITE YOUR CODE HERE\npass"}
