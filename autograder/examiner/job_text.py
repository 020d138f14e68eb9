"""A notebook to examine, and what came of it, as text: for an examiner on another machine.

What comes back is from a machine that a student's code has run on: `read_examined` takes nothing
that could not have come of the notebook. Nothing here imports torch.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Any

from autograder.examiner.jobs import Examined, Job, Source
from autograder.examiner.messages import Failed
from autograder.exercises.modules import Modules
from autograder.isolation.errors import WireError
from autograder.isolation.outputs import ERROR_BYTES, checked
from autograder.isolation.wire import MAX_JSON_BYTES, without_halves
from autograder.limits import Limits
from autograder.words import line, lines

VERSION = 2  # of what the texts hold
MOST_FLAGS = 1000
MORE_BYTES = 16 << 20  # of an answer, beside its outputs


class AnswerError(ValueError):
    """An answer is none that an examiner gives."""


def source_text(source: Source) -> str:
    """The instructor's side of a notebook."""
    own = {
        "files": _files(source.files),
        "limits": asdict(source.limits),
        "exercises": source.exercises.to_json(),
    }
    return _text("source", {**vars(source), **own})


def read_source(text: str) -> Source:
    """What `source_text` wrote; each call makes another one.

    Raises:
        KeyError, TypeError, ValueError: it is none, or of another version.
    """
    body = _body("source", text)
    own = {
        "files": _read_files(body["files"]),
        "limits": Limits(**body["limits"]),
        "exercises": Modules.from_json(body["exercises"]),
    }
    return Source(**{**body, **own})


def job_text(job: Job) -> str:
    """A notebook to examine, without the instructor's side and its files."""
    body = {name: value for name, value in vars(job).items() if name != "source"}
    given, theirs = job.source.files, job.files
    same = [name for name, content in theirs.items() if given.get(name) == content]
    own = {name: theirs[name] for name in theirs.keys() - {*same}}
    return _text("job", {**body, "files": _files(own), "given": same})


def read_job(text: str, source: Source) -> Job:
    """What `job_text` wrote, with its instructor's side; errors as of `read_source`."""
    body = _body("job", text)
    given = {name: source.files[name] for name in body.pop("given")}
    return Job(source=source, **{**body, "files": {**_read_files(body["files"]), **given}})


def examined_text(examined: Examined) -> str:
    """What came of a notebook."""
    return _text("examined", examined.to_json())


def failed_text(failed: Failed) -> str:
    """Why nothing came of it."""
    return _text("failed", vars(failed))


def read_examined(text: Any, job: Job) -> Examined | Failed:
    """What came of a notebook, as another machine says.

    Raises:
        AnswerError: nothing of the kind can have come of it.
    """
    source = job.source
    try:
        most = (
            MORE_BYTES + len(source.cells) * ERROR_BYTES + 2 * source.limits.notebook_output_bytes
        )
        if not isinstance(text, str) or len(text) > most:
            raise AnswerError("an answer is no text, or too long a one")
        body = _fields(text)
        if body.get("is") == "failed":
            return Failed(_string(body["kind"]), line(_string(body["text"])))
        return _examined(_body("examined", text), job)
    except (LookupError, TypeError, ValueError, AttributeError, RecursionError, WireError) as error:
        reason = line(f"{type(error).__name__}: {error}")
        raise AnswerError(f"what came back is no answer: {reason}") from None


def _examined(body: Mapping[str, Any], job: Job) -> Examined:
    """What came of a notebook; each part may be of what the notebook has, and no larger."""
    tests = {cell["grade_id"] for cell in job.source.cells if cell["role"] == "test"}
    names = {"", *(cell["grade_id"] for cell in (*job.source.cells, *job.cells))}
    places = {cell["index"] for cell in job.cells}
    most = max(MAX_JSON_BYTES, job.source.limits.notebook_output_bytes)
    outputs = {place: checked(shown, most) for place, shown in _list(body["outputs"])}
    found = Examined.from_json({**body, "outputs": outputs.items()})
    if not outputs.keys() <= places or len(found.flags) > MOST_FLAGS:
        raise AnswerError("outputs of cells that are not there, or too many flags")
    if not {flag.cell for flag in found.flags} <= names:
        raise AnswerError("a flag of a cell that is not there")
    if not {*found.printed, *found.results, *found.accounts} <= tests:
        raise AnswerError("results of tests that are not there")
    if any(found.accounts.values()) and not job.explain:
        raise AnswerError("accounts, which nobody asked for")
    printed = {test: lines(_string(text)) for test, text in found.printed.items()}
    return replace(found, printed=printed)


def _text(kind: str, body: Mapping[str, Any]) -> str:
    return json.dumps({"version": VERSION, "is": kind, **body})


def _body(kind: str, text: str) -> dict[str, Any]:
    """The fields of a text of this kind, its kind and version apart."""
    body = _fields(text)
    found = body.pop("version"), body.pop("is")
    if found != (VERSION, kind):
        raise AnswerError(f"it is {line(repr(found))}, and should be {(VERSION, kind)}")
    return body


def _fields(text: str) -> dict[str, Any]:
    body = json.loads(text)
    if "\\ud" in text.lower():
        body = without_halves(body)
    if not isinstance(body, dict):
        raise TypeError("no JSON object")
    return body


def _list(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise TypeError("no list")
    return value


def _string(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError("no text")
    return value


def _files(files: Mapping[str, bytes]) -> dict[str, str]:
    return {name: base64.b64encode(content).decode() for name, content in files.items()}


def _read_files(files: Mapping[str, str]) -> dict[str, bytes]:
    return {name: base64.b64decode(text) for name, text in files.items()}
