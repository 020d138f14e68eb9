"""What records come from, as digests: where one is the same, nothing of it has to run again.

What each hand-in has is in a digest of its own; here is what a class has in common.
"""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from functools import cache
from pathlib import Path
from typing import Any

from nbgrader.preprocessors import AssignLatePenalties

from autograder.config import CONFIG_NAME, Settings
from autograder.examiner.examiners import Source
from autograder.grading import pipeline
from autograder.grading.intake import timestamp
from autograder.grading.rebuild.skeleton import Skeleton

KIT = Path(__file__).resolve().parents[1]
# Whose code is in `here`: those that steps are derived from, and Python's own.
KNOWN = {"nbgrader", "nbconvert", "traitlets", "autograder"} | sys.stdlib_module_names - {
    "builtins"
}


def here() -> list[Any]:
    """What gives a record on this machine: Python, the packages that are installed, the kit."""
    return [sys.version, _installed(), kit()]


@cache
def _installed() -> list[str]:
    """The packages that a notebook could import here, with their versions, as folders name them."""
    places = (Path(place) for place in sys.path)
    return sorted({path.stem for place in places for path in place.glob("*-*.*-info")})


@cache
def kit() -> str:
    """A digest of the kit's own code."""
    found = hashlib.sha256()
    for path in sorted(KIT.rglob("*.py")):
        found.update(str(path.relative_to(KIT)).encode() + path.read_bytes())
    return found.hexdigest()


def of_notebook(
    settings: Settings, source: Source, unproven: Iterable[str], files: Mapping[str, str]
) -> str:
    """A digest of what any submission of a notebook is examined and recorded with.

    Args:
        settings: the course's.
        source: the instructor's side, with what its own solutions have shown.
        unproven: its tests that those don't pass.
        files: a digest of each file beside it.
    """
    cells, leaves = list(map(dict, source.cells)), list(source.leaves)
    asked = source.exercises.digest if source.exercises.parts else ""
    own = [cells, list(source.changed), leaves, asdict(source.limits), asked, sorted(unproven)]
    return digest([here(), _steps(settings), own, dict(files)])


def of_class(
    settings: Settings, skeletons: Mapping[str, Skeleton], notebooks: Mapping[str, str]
) -> str:
    """A digest of what any submission is read, examined and recorded with.

    Args:
        settings: the course's.
        skeletons: what its notebooks are rebuilt on, by name.
        notebooks: the digest of each, as `of_notebook` makes it.
    """
    known = [str(zone) for zone in timestamp.zones(settings.config)]
    rebuilt = {name: _of_skeleton(skeleton) for name, skeleton in skeletons.items()}
    return digest([known, rebuilt, dict(notebooks)])


def contents(files: Mapping[str, bytes]) -> dict[str, str]:
    """A digest of each file."""
    return {name: hashlib.sha256(content).hexdigest() for name, content in files.items()}


def digest(content: object) -> str:
    """The SHA-256 of what JSON can hold; of anything else, of what it calls itself."""
    text = json.dumps(content, sort_keys=True, default=repr)
    return hashlib.sha256(text.encode(errors="surrogateescape")).hexdigest()


def _of_skeleton(skeleton: Skeleton) -> list[Any]:
    places = [[place.cell, place.answer, place.task, place.always] for place in skeleton.places]
    names = [sorted(place.names) for place in skeleton.places]
    changed = [repr(change) for change in skeleton.changed]
    return [skeleton.notebook, places, names, changed, skeleton.reordered]


def _steps(settings: Settings) -> list[Any]:
    """The configured steps, but those that depend on what may change without a run."""
    parts = pipeline.parts(settings.config)
    kinds = [pipeline.kind(step) for step in (*parts["sanitize"], *parts["record"])]
    return of_steps(settings, [kind for kind in kinds if not issubclass(kind, AssignLatePenalties)])


def of_steps(settings: Settings, kinds: Sequence[type[Any]]) -> list[Any]:
    """What configured classes do: their names, what they are set to, and the course's own code."""
    return [
        [f"{kind.__module__}.{kind.__qualname__}" for kind in kinds],
        [settings.config.get(name, {}) for kind in kinds for name in kind.section_names()],
        [hashlib.sha256(path.read_bytes()).hexdigest() for path in _files(settings, kinds)],
    ]


def _files(settings: Settings, kinds: Sequence[type[Any]]) -> list[Path]:
    """The files with the steps' code, and that of what they are derived from, beyond packages'.

    What is written into course_config.py itself is of no module: then that file is meant.
    """
    modules = {base.__module__ for kind in kinds for base in kind.__mro__ if base is not object}
    files = set()
    for name in modules:
        if name.partition(".")[0] in KNOWN:
            continue
        file = getattr(sys.modules.get(name), "__file__", None)
        files.add(Path(file) if file else settings.root / CONFIG_NAME)
    return sorted(path for path in files if path.is_file())
