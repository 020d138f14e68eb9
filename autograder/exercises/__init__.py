"""What is asked: an assignment's exercises, in one module or folder that is named like it.

A course's own lie in `exercises/` beside its course_config.py, and take the place of bundled ones;
`losses` is the bundled assignment's. Read in this order: `modules` (which texts?), `importer` (how
do they become modules?), `asked` (what do they ask?), `source` (a reference as text).
"""
