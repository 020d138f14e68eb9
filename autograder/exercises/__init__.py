"""What is asked, one module a notebook; each lists its exercises in EXERCISES.

The bundled assignment's are `losses`. A second assignment is another module here and another folder
in source/. Whatever is wrong in one
module is told where something is asked of it, and takes no other with it. A module that has no
EXERCISES is there to be imported by others, as `losses.rule` is.
"""

from __future__ import annotations

import importlib
import pkgutil
import sys
import traceback
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from types import ModuleType

from autograder.checks import Exercise
from autograder.checks.exercise import not_several
from autograder.words import line


def find(name: str) -> Exercise:
    """The exercise of that name, from whichever module has it.

    Raises:
        LookupError: no module has it, or two have; the text says what is wrong with modules.
    """
    everything = all_exercises()
    found = [exercise for exercise in everything if exercise.name == name]
    if len(found) != 1:
        known = ", ".join(sorted(exercise.name for exercise in everything))
        text = f"{len(found)} exercises are called {name!r}; there are: {known}."
        raise LookupError(" ".join([text, *unlisted(), *broken().values()]))
    return found[0]


def all_exercises() -> list[Exercise]:
    """Every exercise of every module of this package that can be used."""
    listed = [found for found in _modules().values() if not isinstance(found, str)]
    return [exercise for exercises in listed for exercise in exercises]


def broken() -> dict[str, str]:
    """The modules that can't be used, by name: with the file and the reason in a sentence."""
    return {name: found for name, found in _modules().items() if isinstance(found, str)}


def unlisted() -> Iterator[str]:
    """A sentence for each exercise that a module makes, and no EXERCISES lists."""
    told = {id(exercise) for exercise in all_exercises()}
    for module in (sys.modules[name] for name in _modules() if name not in broken()):
        for exercise in _made(module):
            if id(exercise) not in told:
                told.add(id(exercise))
                yield f"{exercise.name} in {module.__file__} is not in its EXERCISES."


@cache
def _modules() -> dict[str, tuple[Exercise, ...] | str]:
    """What each module of this package asks; in the place of one that can't be used, why not."""
    modules = pkgutil.walk_packages(__path__, f"{__name__}.", onerror=str)
    return {module.name: _exercises(module.name) for module in modules}


def _exercises(name: str) -> tuple[Exercise, ...] | str:
    try:
        module = importlib.import_module(name)
    except (Exception, SystemExit) as error:  # it is the instructor's: anything can be wrong in it
        return f"{name} does not import: {_reason(error)}."
    try:
        listed = getattr(module, "EXERCISES", ())
    except Exception as error:  # a module may have a __getattr__
        return f"EXERCISES in {module.__file__} can't be read: {_reason(error)}."
    names = [key for key, value in vars(module).items() if value is listed and key != "EXERCISES"]
    if wrong := not_several(listed, Exercise, *names[:1]):
        return f"EXERCISES in {module.__file__} {wrong}"
    return tuple(listed)


def _made(module: ModuleType) -> Iterator[Exercise]:
    """The exercises that a module has names for, alone or several under one."""
    for value in vars(module).values():
        several = value if isinstance(value, tuple | list) else (value,)
        yield from (item for item in several if isinstance(item, Exercise))


def _reason(error: BaseException) -> str:
    """What went wrong, and where: in a module of this package, if it was called from one."""
    if isinstance(error, SyntaxError):
        file, number = error.filename or "?", error.lineno or 0
    else:
        frames = traceback.extract_tb(error.__traceback__)
        last = next((frame for frame in reversed(frames) if _is_asked(frame.filename)), frames[-1])
        file, number = last.filename, last.lineno or 0
    return f"{type(error).__name__} in {file}, line {number}: {line(str(error).rstrip('.'))}"


def _is_asked(file: str) -> bool:
    """Whether a file is a module of this package, and not this one."""
    return str(Path(file).parent) in __path__ and file != __file__
