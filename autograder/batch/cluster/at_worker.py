"""What runs in a worker: its proof, and the notebooks that it is sent.

A worker logs an exception together with the arguments of the task that raised it. So nothing here
raises, and no argument's text is in its repr. The examiners of a worker are those of all tasks.
"""

from __future__ import annotations

import atexit
import functools
import json
import secrets
import threading
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from distributed import get_worker

from autograder.batch.cluster.machine import Machine
from autograder.examiner.examiners import Examiners, shown_by
from autograder.examiner.job_text import (
    examined_text,
    facts_text,
    failed_text,
    read_job,
    read_source,
)
from autograder.examiner.jobs import ExercisesError, Source
from autograder.examiner.messages import Failed
from autograder.isolation import self_check
from autograder.isolation.errors import SandboxError
from autograder.limits import Limits
from autograder.words import line

MOST_SOURCES = 8
PROCESS = secrets.token_hex(8)  # tells this process from another at the same address
OTHER = "other"  # the kind of failure of an errand to another process
_READS = threading.Lock()


@dataclass(frozen=True)
class Errand:
    """What a worker is sent to do; it is pickled on the way, and may be shown in a log.

    Args:
        process: the one that has proved itself.
        source: the instructor's side, as `job_text.source_text` writes it.
        job: the notebook, as `job_text` writes it; "" where the facts of the source are asked.
    """

    process: str
    source: str = field(repr=False)
    job: str = field(repr=False, default="")


def proof(limits: Limits) -> str:
    """What a worker says of itself, as JSON: `workers.Proof` has the fields.

    Args:
        limits: of students' code, which is tried with them.
    """
    worker = get_worker()
    said: dict[str, Any] = {
        "machine": asdict(Machine.here()),
        "process": PROCESS,
        "scheduler": str(worker.scheduler.address),
        "keeps": type(worker.data) is not dict,  # but a mapping that spills to the disk
        "holes": [],
    }
    if limits.sandbox:
        said["holes"] = _holes(limits, Path(worker.local_directory))
    return json.dumps(said)


def answer(errand: Errand) -> str:
    """What came of an errand, as `job_text` writes it, a failure too."""
    if errand.process != PROCESS:
        return failed_text(Failed(OTHER, "this process has not proved itself"))
    try:
        return _done(errand)
    except SandboxError as error:
        return failed_text(Failed("sandbox", line(str(error))))
    except ExercisesError as error:
        return failed_text(Failed("exercises", line(str(error))))
    except Exception as error:
        return failed_text(Failed("error", line(f"{type(error).__name__}: {error}")))


def _done(errand: Errand) -> str:
    with _READS:  # two threads that read the same source would open it twice
        source = _source(errand.source)
    if errand.job:
        return examined_text(_examiners().examine(read_job(errand.job, source)))
    return facts_text(_examiners().facts(source))


@functools.lru_cache(MOST_SOURCES)
def _source(text: str) -> Source:
    """The same object for the same text: examiners keep the notebook of each open."""
    return read_source(text)


@functools.cache
def _examiners() -> Examiners:
    """Those of this process; they end with it, and where it is killed, by themselves."""
    made = Examiners(many=True)
    atexit.register(made.stop)
    return made


def _holes(limits: Limits, folder: Path) -> list[str]:
    """What students' code is not refused here, in a sentence a part: tried as `doctor` does.

    Args:
        limits: what it may use.
        folder: the worker's own.
    """
    source = Source([], {}, limits, [str(folder)])
    run: Callable[..., Any] = functools.partial(shown_by, _examiners(), source)
    try:
        parts = self_check.check(run, limits, [folder])
    except Exception as error:  # whatever a machine can lack
        return [line(f"no notebook runs there: {error}")]
    return [line(f"{part.name}: {part.detail}") for part in parts if not part.there]
