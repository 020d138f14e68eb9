"""What Gradescope's documentation says to each row: it is a closed service, and can't be run here.

A number in brackets is one of SOURCES. Where a row is not here, the documentation is silent: an
autograder there is a program of the course's own, and does what its author wrote.
"""

from __future__ import annotations

TITLE = "Gradescope, by its documentation"
OWN = "as the course's own program decides"

SOURCES = (
    "https://gradescope-autograders.readthedocs.io/en/latest/specs/",
    "https://gradescope-autograders.readthedocs.io/en/latest/troubleshooting/",
    "https://gradescope-autograders.readthedocs.io/en/latest/best_practices/",
    "https://gradescope-autograders.readthedocs.io/en/latest/tech/",
    "https://guides.gradescope.com/hc/en-us/articles/22066635961357-Grading-a-Programming-Assignment",
)

APART = "the course is advised to run students' code as another user, in another process [3]"

SAYS = {
    "wrong": "what the program writes for each test; tests can be hidden [1]",
    "endless": (
        "the whole submission is stopped after 10 minutes, at most 40, and gets 0, unless the "
        "program has timeouts of its own [2]"
    ),
    "exit": f"without a `results.json` it failed to execute [2]; {APART}",
    "memory": "its container is killed at its limit, 768 MB unless set [2]",
    "forbidden": "static analysis is advised, the course's own [3]",
    "frames": APART,
    "replaced": APART,
    "tests": APART,
    "neighbour": "not there: each submission has a container of its own [4]",
    "network": "the course is advised to consider blocking it, by seccomp [3]",
    "writes": f"into a container that ends with the submission [4]; {APART}",
    "deleted": "the course is advised to look for what it expects, and say what is missing [3]",
    "renamed": "the course is advised to look for its files, and say what is missing [3]",
    "one_twice": "each submission runs in a container of its own [4]",
    "changed": "the newest submission is graded when it comes [5]",
    "feedback": "tests can be hidden, for good or until a date [1]",
}


def says(name: str) -> str:
    """The cell of a row."""
    return SAYS.get(name, OWN)
