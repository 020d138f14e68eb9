"""Running a submission's notebooks: the only step that executes a student's code."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from traitlets.config import Config

from autograder.config import from_config
from autograder.grading import pipeline
from autograder.grading.submission import Submission, notebook_resources
from autograder.results import Flag


@dataclass(frozen=True)
class Execution:
    """A submission after its notebooks have run; one that could not be run is flagged."""

    submission: Submission
    notebooks: Mapping[str, str]
    seconds: float
    flags: tuple[Flag, ...] = ()


def execute(config: Config, submission: Submission, scratch: Path) -> Execution:
    """The submission's notebooks with the outputs of a run.

    Each runs in a folder of its own in `scratch`, which whoever calls this has to remove: a
    student's code may kill this process before it can.
    """
    start = time.perf_counter()
    steps = pipeline.parts(config)["execute"]
    settings = from_config(config)
    notebooks: dict[str, str] = {}
    flags: list[Flag] = []
    for name, text in submission.notebooks.items():
        names = notebook_resources(settings, submission.assignment, submission.student, name)
        with TemporaryDirectory(dir=scratch) as folder:
            try:
                _write(Path(folder), submission.files)
                notebooks[name] = pipeline.process(steps, config, text, names, folder)
            except Exception as error:  # a kernel that dies, or can't be interrupted
                detail = f"{name}.ipynb could not be run to its end: {type(error).__name__}."
                flags.append(Flag("kernel-died", "", detail))
    return Execution(submission, notebooks, time.perf_counter() - start, tuple(flags))


def _write(folder: Path, files: Mapping[str, bytes]) -> None:
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
