"""What an assignment asks: the exercises that its modules list in EXERCISES.

Whatever is wrong in one module is told, and takes no other with it. A module that has no EXERCISES
is there to be imported by others, as a rule is.
"""

from __future__ import annotations

import hashlib
import importlib
import sys
import traceback
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import ModuleType

from autograder.checks import Exercise
from autograder.checks.exercise import not_several
from autograder.exercises.importer import Importer
from autograder.exercises.modules import FOLDER, Modules
from autograder.words import few, line


@dataclass(frozen=True)
class Asked:
    """The exercises of an assignment.

    Args:
        exercises: in the order of their modules.
        broken: what is wrong with modules that can't be used, with file and line, a sentence each.
        unlisted: exercises that modules make and don't list, a sentence each.
        nowhere: where modules were looked for, in a sentence, if there are none.
    """

    exercises: tuple[Exercise, ...] = ()
    broken: tuple[str, ...] = ()
    unlisted: tuple[str, ...] = ()
    nowhere: str = ""

    def find(self, name: str) -> Exercise:
        """The exercise of that name.

        Raises:
            LookupError: there is none, or two; the text says what is wrong with modules.
        """
        found = [exercise for exercise in self.exercises if exercise.name == name]
        if len(found) != 1:
            known = ", ".join(sorted(exercise.name for exercise in self.exercises)) or "none"
            text = f"{len(found)} exercises are called {name!r}; there are: {known}."
            raise LookupError(" ".join([text, *self.unlisted, *self.broken, self.nowhere]).rstrip())
        return found[0]

    def has(self, name: str) -> bool:
        """Whether an exercise has that name."""
        return any(exercise.name == name for exercise in self.exercises)

    @property
    def operators(self) -> list[str]:
        """The patterns of all operators that some exercise forbids."""
        patterns = [p for exercise in self.exercises for p in exercise.by_hand.operators]
        return list(dict.fromkeys(patterns))


def together(several: Iterable[Asked]) -> Asked:
    """What several assignments ask, as if it were one."""
    kept = [*several]
    return Asked(
        tuple(exercise for asked in kept for exercise in asked.exercises),
        tuple(sentence for asked in kept for sentence in asked.broken),
        tuple(sentence for asked in kept for sentence in asked.unlisted),
    )


def load(modules: Modules) -> Asked:
    """What an assignment asks; its modules are imported, and stay in memory."""
    return _loaded(modules) if modules.texts else Asked(nowhere=_nowhere(modules))


@cache
def _loaded(modules: Modules) -> Asked:
    package = _package(modules)
    importer = Importer(package, modules.folder, modules.texts)
    sys.meta_path.append(importer)
    listed, broken = dict[ModuleType, Sequence[Exercise]](), dict[str, str]()
    for name in (n for part in modules.parts for n in importer.of_part(package, part)):
        try:
            module = importlib.import_module(name)
            listed[module] = _listed(module, importer)
        except _ListError as error:
            broken[str(error)] = str(error)
        except (Exception, SystemExit) as error:  # anything can be wrong in a module
            reason = _reason(error, importer)
            where = Path(FOLDER, Path(importer.get_filename(name)).relative_to(modules.folder))
            # What imports a broken module is broken for the same reason, which is told once.
            broken.setdefault(reason, f"{where} does not import: {reason}.")
    # Two modules may list one.
    exercises = {id(exercise): exercise for several in listed.values() for exercise in several}
    unlisted = tuple(_unlisted(listed, set(exercises)))
    return Asked(tuple(exercises.values()), tuple(broken.values()), unlisted)


def _package(modules: Modules) -> str:
    """A name for the package of all modules: no other modules have it."""
    whose = f"{modules.folder}\n{modules.digest}"
    return f"exercises_{hashlib.sha256(whose.encode()).hexdigest()[:16]}"


class _ListError(Exception):
    """EXERCISES of a module can't be used; the text says why, in a sentence."""


def _listed(module: ModuleType, importer: Importer) -> Sequence[Exercise]:
    """The exercises that a module lists.

    Raises:
        _ListError: its EXERCISES are something else.
    """
    try:
        listed = getattr(module, "EXERCISES", ())
    except Exception as error:  # a module may have a __getattr__
        reason = _reason(error, importer)
        raise _ListError(f"EXERCISES in {module.__file__} can't be read: {reason}.") from error
    names = [key for key, value in vars(module).items() if value is listed and key != "EXERCISES"]
    if wrong := not_several(listed, Exercise, *names[:1]):
        raise _ListError(f"EXERCISES in {module.__file__} {wrong}")
    return tuple(listed)


def _unlisted(modules: Iterable[ModuleType], seen: set[int]) -> Iterator[str]:
    """A sentence for each exercise that a module makes, and no EXERCISES lists."""
    for module in modules:
        for exercise in _made(module):
            if id(exercise) not in seen:
                seen.add(id(exercise))
                yield f"{exercise.name} in {module.__file__} is not in its EXERCISES."


def _made(module: ModuleType) -> Iterator[Exercise]:
    """The exercises that a module has names for, alone or several under one."""
    for value in vars(module).values():
        several = value if isinstance(value, tuple | list) else (value,)
        yield from (item for item in several if isinstance(item, Exercise))


def _reason(error: BaseException, importer: Importer) -> str:
    """What went wrong, and where: in one of the modules, if it was called from one."""
    if isinstance(error, SyntaxError):
        file, number = error.filename or "?", error.lineno or 0
    else:
        frames = traceback.extract_tb(error.__traceback__)
        own = (frame for frame in reversed(frames) if importer.is_file(frame.filename))
        last = next(own, frames[-1])
        file, number = last.filename, last.lineno or 0
    return f"{type(error).__name__} in {file}, line {number}: {line(str(error).rstrip('.'))}"


def _nowhere(modules: Modules) -> str:
    """Where modules of an assignment would lie, and what does lie there."""
    name, folder = modules.assignment, Path(modules.folder)
    there = sorted(path.name for path in folder.iterdir()) if folder.is_dir() else []
    has = f"; it has {few(there)}" if there else ""
    return f"{folder} has no {name}.py and no folder {name}{has}."
