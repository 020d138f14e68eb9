"""The formgrader's pages: of a submission, made inert, with model answers and flags; and its lists.

Read in this order: `inert` (what of a graded notebook is put on the page), `unusual` (what a person
may want to know of it), `pages` (puts the model answers beside it and makes the page, with its
template), `lists` (all other pages). What else they are made of is in `templates`.
"""
