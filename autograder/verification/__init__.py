"""Whether an assignment is sound, before anyone meets it: `autograder verify`.

Each thing that is verified is a finding, a line for who wrote the assignment. Read in this order:
`finding` (what is said), `report` (what trying an exercise shows), `clock` (which day it is then),
`trying` (an exercise against its mistakes and styles: a process of its own), `exercises` (two such
processes, compared), `course_copy` (where the rest happens), `jupyter` (the notebooks as anyone
runs them), `notebooks` (solved, blank, and with one function blank), `leaks` (what a release must
not hold), `release`, and `verify`, which asks for all of them.
"""
