"""Cross-entropy by hand: the exercises of the bundled assignment, a module a notebook.

`rule` is what a function may not call.
"""
