"""What is asked, one module a notebook; each lists its exercises in EXERCISES.

`rule` is what a function may not call.

A second assignment is another module here and another folder in source/. One that does not import
is told where something is asked of it, and takes no other with it.
"""

from __future__ import annotations

import importlib
import pkgutil
import traceback
from functools import cache
from types import ModuleType

from autograder.checks import Exercise


def find(name: str) -> Exercise:
    """The exercise of that name, from whichever module has it.

    Raises:
        LookupError: no module has it, or two have; the text says which modules don't import.
    """
    found = [exercise for exercise in all_exercises() if exercise.name == name]
    if len(found) != 1:
        known = ", ".join(sorted(exercise.name for exercise in all_exercises()))
        text = f"{len(found)} exercises are called {name!r}; there are: {known}."
        raise LookupError(" ".join([text, *broken().values()]))
    return found[0]


def all_exercises() -> list[Exercise]:
    """Every exercise of every module of this package that imports."""
    modules = [module for module in _modules().values() if isinstance(module, ModuleType)]
    return [exercise for module in modules for exercise in getattr(module, "EXERCISES", ())]


def broken() -> dict[str, str]:
    """The modules that don't import, by name: with file, line and reason in a sentence."""
    return {name: found for name, found in _modules().items() if isinstance(found, str)}


@cache
def _modules() -> dict[str, ModuleType | str]:
    """Each module of this package; in the place of one that does not import, why not."""
    names = [f"{__name__}.{module.name}" for module in pkgutil.iter_modules(__path__)]
    return {name: _imported(name) for name in names}


def _imported(name: str) -> ModuleType | str:
    try:
        return importlib.import_module(name)
    except (Exception, SystemExit) as error:  # it is the instructor's: anything can be wrong in it
        file, line = _place(error)
        return f"{name} does not import: {type(error).__name__} in {file}, line {line}: {error}."


def _place(error: BaseException) -> tuple[str, int]:
    """The file and line where an import failed."""
    if isinstance(error, SyntaxError):
        return error.filename or "?", error.lineno or 0
    last = traceback.extract_tb(error.__traceback__)[-1]
    return last.filename, last.lineno or 0
