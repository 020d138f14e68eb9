"""One assignment graded by this kit, stock nbgrader and otter: the runs of docs/comparison.md.

Read in this order: `assignment` (what is asked, as each tool wants it written), `submissions` (what
is handed in), `outcome` (what a tool ends in), `courses` (this kit, and stock nbgrader), `otter`,
`whole_class` (what is done to a class at once), `gradescope` (which can't be run: what its
documentation says), `page` (the tables).
"""
