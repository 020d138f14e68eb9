"""An assignment's notebooks as anyone runs them: by a Jupyter kernel, with nothing kept apart."""

from __future__ import annotations

import asyncio
import subprocess
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from copy import deepcopy
from dataclasses import dataclass

from jupyter_client.kernelspec import NoSuchKernel
from nbclient import NotebookClient
from nbclient.exceptions import CellTimeoutError
from nbformat import NotebookNode

from autograder.config import Settings
from autograder.grading.assignment import Assignment
from autograder.grading.intake.cells import SKIPPED
from autograder.grading.rebuild.skeleton import Skeleton
from autograder.grading.solutions import Ran
from autograder.words import line

AT_ONCE = 2


@dataclass(frozen=True)
class Plain:
    """A source's notebook after two runs by Jupyter.

    Args:
        solved: with its own solutions.
        blank: as it is released, with the hidden tests in it.
        error: what ended a run, or "".
    """

    solved: Ran
    blank: Ran
    error: str = ""


def plain_runs(settings: Settings, assignment: Assignment) -> list[Plain]:
    """Every notebook of an assignment, run in the course of these settings.

    Args:
        settings: those of a copy: notebooks may write beside themselves.
        assignment: as it was read.
    """
    with ThreadPoolExecutor(AT_ONCE) as pool:
        made = pool.map(lambda s: _plain(settings, assignment.name, s), _skeletons(assignment))
        return list(made)


def _skeletons(assignment: Assignment) -> Sequence[Skeleton]:
    return list(assignment.skeletons.values())


def _plain(settings: Settings, assignment: str, skeleton: Skeleton) -> Plain:
    """A notebook after both runs."""
    solved, blank = deepcopy(skeleton.solved), _blank(skeleton)
    errors = [_run(settings, assignment, notebook) for notebook in (solved, blank)]
    runs = Ran(skeleton.name, solved, {}), Ran(skeleton.name, blank, {})
    return Plain(*runs, next(filter(None, errors), ""))


def _blank(skeleton: Skeleton) -> NotebookNode:
    """The solved notebook, its answers as students are given them."""
    blank = deepcopy(skeleton.solved)
    for cell, place in zip(blank.cells, skeleton.places, strict=True):
        if place.answer:
            cell.source = place.released
    return blank


def _run(settings: Settings, assignment: str, notebook: NotebookNode) -> str:
    """Puts a run's outputs into a notebook; what ended it early, or ""."""
    limits = settings.sandbox.limits()
    client = NotebookClient(
        notebook,
        timeout=round(limits.wall_factor * limits.cell_seconds),
        kernel_name="python3",
        allow_errors=True,
        skip_cells_with_tag=SKIPPED,
        resources={"metadata": {"path": str(settings.step("source", assignment))}},
    )
    try:
        # In a loop that is closed; nbclient's own stays open. ipykernel talks of itself on stderr.
        asyncio.run(client.async_execute(stderr=subprocess.DEVNULL))
    except (CellTimeoutError, RuntimeError, NoSuchKernel) as error:
        return line(str(error))
    return ""
