"""What is asked, one module a notebook; each lists its exercises in EXERCISES.

`rule` is what a function may not call.

A second assignment is another module here and another folder in source/.
"""

from __future__ import annotations

import importlib
import pkgutil

from autograder.checks import Exercise


def find(name: str) -> Exercise:
    """The exercise of that name, from whichever module has it.

    Raises:
        LookupError: no module has it, or two have.
    """
    found = [exercise for exercise in all_exercises() if exercise.name == name]
    if len(found) != 1:
        known = ", ".join(sorted(exercise.name for exercise in all_exercises()))
        raise LookupError(f"{len(found)} exercises are called {name!r}; there are: {known}.")
    return found[0]


def all_exercises() -> list[Exercise]:
    """Every exercise of every module of this package."""
    names = [f"{__name__}.{module.name}" for module in pkgutil.iter_modules(__path__)]
    modules = [importlib.import_module(name) for name in names]
    return [exercise for module in modules for exercise in getattr(module, "EXERCISES", ())]
