"""The formgrader's page of a submission: a student's notebook, made inert, and the model answers.

Read in this order: `inert` (what of a graded notebook is put on the page), `pages` (puts the model
answers beside it and makes the page, with its template).
"""
