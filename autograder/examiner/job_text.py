"""A notebook to examine, and what came of it, as text: for an examiner on another machine.

What comes back is from a machine that a student's code has run on: `read_examined` and `read_facts`
take nothing that could not have come of the notebook. Nothing here imports torch.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any, TypeVar

from autograder.examiner.jobs import Examined, Facts, Job, Source
from autograder.examiner.messages import Failed
from autograder.exercises.modules import Modules
from autograder.isolation.errors import WireError
from autograder.isolation.outputs import ERROR_BYTES, checked
from autograder.isolation.wire import MAX_JSON_BYTES, without_halves
from autograder.limits import Limits
from autograder.words import line, lines

VERSION = 1  # of what the texts hold
MOST_FLAGS = 1000
MORE_BYTES = 16 << 20  # of an answer, beside its outputs

T = TypeVar("T")


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
    """A notebook to examine, without the instructor's side."""
    body = {name: value for name, value in vars(job).items() if name != "source"}
    return _text("job", {**body, "files": _files(job.files)})


def read_job(text: str, source: Source) -> Job:
    """What `job_text` wrote, with its instructor's side; errors as of `read_source`."""
    body = _body("job", text)
    return Job(source=source, **{**body, "files": _read_files(body["files"])})


def examined_text(examined: Examined) -> str:
    """What came of a notebook."""
    return _text("examined", examined.to_json())


def facts_text(facts: Facts) -> str:
    """What the instructor's own solutions tell."""
    return _text("facts", vars(facts))


def failed_text(failed: Failed) -> str:
    """Why nothing came of it."""
    return _text("failed", vars(failed))


def read_examined(text: str, job: Job) -> Examined | Failed:
    """What came of a notebook, as another machine says.

    Raises:
        AnswerError: nothing of the kind can have come of it.
    """
    return _read(text, job.source, "examined", lambda body: _examined(body, job))


def read_facts(text: str, source: Source) -> Facts | Failed:
    """What the instructor's own solutions tell, as another machine says.

    Raises:
        AnswerError: they can tell nothing of the kind.
    """
    return _read(text, source, "facts", lambda body: _facts(body, source))


def _read(
    text: Any, source: Source, kind: str, read: Callable[[Mapping[str, Any]], T]
) -> T | Failed:
    """What is read of an answer; errors as of `read_examined`."""
    try:
        most = MORE_BYTES + len(source.cells) * ERROR_BYTES + 2 * _most_output(source)
        if not isinstance(text, str) or len(text) > most:
            raise AnswerError("an answer is no text, or too long a one")
        body = _fields(text)
        if body.get("is") == "failed":
            return Failed(_string(body["kind"]), line(_string(body["text"])))
        return read(_body(kind, text))
    except (LookupError, TypeError, ValueError, AttributeError, RecursionError, WireError) as error:
        reason = line(f"{type(error).__name__}: {error}")
        raise AnswerError(f"what came back is no answer: {reason}") from None


def _examined(body: Mapping[str, Any], job: Job) -> Examined:
    """What came of a notebook; each part may be of what the notebook has, and no larger."""
    tests = {cell["grade_id"] for cell in job.source.cells if cell["role"] == "test"}
    names = {"", *(cell["grade_id"] for cell in (*job.source.cells, *job.cells))}
    places = {cell["index"] for cell in job.cells}
    most = max(MAX_JSON_BYTES, _most_output(job.source))
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


def _facts(body: Mapping[str, Any], source: Source) -> Facts:
    """What solutions tell; each part of the type that it has."""
    leaves = [names if names is None else _strings(names) for names in _list(body["leaves"])]
    unsolved = _list(body["unsolved"])
    if not {*unsolved} <= {*range(len(source.cells))} or len(leaves) > len(source.cells):
        raise AnswerError("facts of cells that are not there")
    imports = {_string(test): _strings(names) for test, names in body["imports"].items()}
    return Facts(_strings(body["changed"]), leaves, unsolved, imports)


def _most_output(source: Source) -> int:
    return source.limits.notebook_output_bytes


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


def _strings(value: Any) -> Sequence[str]:
    return [_string(each) for each in _list(value)]


def _files(files: Mapping[str, bytes]) -> dict[str, str]:
    return {name: base64.b64encode(content).decode() for name, content in files.items()}


def _read_files(files: Mapping[str, str]) -> dict[str, bytes]:
    return {name: base64.b64decode(text) for name, text in files.items()}
