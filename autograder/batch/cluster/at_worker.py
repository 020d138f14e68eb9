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
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

from distributed import Security, get_worker

from autograder.batch.cluster.exposure import Exposure
from autograder.batch.cluster.machine import Machine
from autograder.batch.cluster.temporary import on_disk
from autograder.examiner.examiners import Examiners, shown_by
from autograder.examiner.job_text import (
    examined_text,
    failed_text,
    read_job,
    read_source,
)
from autograder.examiner.jobs import ExercisesError, Source
from autograder.examiner.messages import Failed
from autograder.isolation import self_check
from autograder.isolation.errors import SandboxError
from autograder.isolation.file_access import readable
from autograder.limits import Limits
from autograder.words import line

MOST_SOURCES = 8
PROCESS = secrets.token_hex(8)  # tells this process from another at the same address


class FailureKind(StrEnum):
    """Why nothing came of an errand."""

    OTHER_PROCESS = "other"  # it was sent to one that this is not
    NO_SOURCE = "source"  # that has made way for others, and has to be sent again
    SANDBOX = "sandbox"
    EXERCISES = "exercises"
    ERROR = "error"


@dataclass(frozen=True)
class Errand:
    """A notebook that a worker is sent; it is pickled on the way, and may be shown in a log.

    Args:
        process: the one that has proved itself.
        digest: of the source.
        source: the instructor's side, as `job_text.source_text` writes it; "" where it was sent.
        job: the notebook, as `job_text.job_text` writes it.
    """

    process: str
    digest: str
    source: str = field(repr=False)
    job: str = field(repr=False)


def proof(limits: Limits) -> str:
    """What a worker says of itself, as JSON: `proof.Proof` has the fields.

    Args:
        limits: of students' code, which is tried with them.
    """
    worker = get_worker()
    said: dict[str, Any] = {
        "machine": asdict(Machine.here()),
        "process": PROCESS,
        "scheduler": str(worker.scheduler.address),
        "exposure": asdict(Exposure.of(worker)),
        "keeps": type(worker.data) is not dict,  # but a mapping that spills to the disk
        "on_disk": on_disk(),
        "holes": [],
    }
    if limits.sandbox:
        folder = Path(worker.local_directory)
        said["holes"] = [*_holes(limits, folder), *readable_keys(worker.security, folder)]
    return json.dumps(said)


def answer(errand: Errand) -> str:
    """What came of an errand, as `job_text` writes it, a failure too."""
    if errand.process != PROCESS:
        return _failed(FailureKind.OTHER_PROCESS, "this process has not proved itself")
    try:
        source = _sources().get(errand.digest, errand.source)
        if not source:
            return _failed(FailureKind.NO_SOURCE, "the source is not here any more")
        return examined_text(_examiners().examine(read_job(errand.job, source)))
    except SandboxError as error:
        return _failed(FailureKind.SANDBOX, str(error))
    except ExercisesError as error:
        return _failed(FailureKind.EXERCISES, str(error))
    except Exception as error:
        return _failed(FailureKind.ERROR, f"{type(error).__name__}: {error}")


class Sources:
    """The sources that this process was sent, those that were used last; for many threads.

    Each is the same object as long as it is kept: examiners keep the notebook of each open.
    """

    def __init__(self) -> None:
        self._kept: dict[str, Source] = {}  # the one used last is the last
        self._reading = threading.Lock()  # two threads that read the same would open it twice

    def get(self, digest: str, text: str) -> Source | None:
        """The source with this digest; None where it is not kept, and has no text.

        Raises:
            KeyError, TypeError, ValueError: the text is none of a source.
        """
        with self._reading:
            found = self._kept.pop(digest, None) or (read_source(text) if text else None)
            if found:
                self._kept[digest] = found
            if len(self._kept) > MOST_SOURCES:
                del self._kept[next(iter(self._kept))]
            return found


def _failed(kind: FailureKind, text: str) -> str:
    return failed_text(Failed(kind, line(text)))


@functools.cache
def _sources() -> Sources:
    """Those of this process."""
    return Sources()


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


def readable_keys(security: Security, folder: Path) -> Iterator[str]:
    """That the worker's own key lies where students' code reads, in a sentence.

    Args:
        security: the worker's certificates.
        folder: the worker's own.
    """
    names = (getattr(security, f"tls_worker_{what}") for what in ("key", "cert"))
    name = next(filter(None, names), None)  # a certificate's file may hold the key, too
    if not name or "\n" in name:  # the key itself, in no file
        return
    key = Path(name).resolve()
    if any(key.is_relative_to(path) for path in readable([folder])):
        yield f"its TLS key {line(name, 200)} lies where students' code can read it"
