"""A notebook as text, there and back; and what no notebook can have come to is refused."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from typing import Any

import pytest

from autograder.accounts import Account
from autograder.examiner.job_text import (
    VERSION,
    AnswerError,
    examined_text,
    failed_text,
    job_text,
    read_examined,
    read_job,
    read_source,
    source_text,
)
from autograder.examiner.jobs import Examined
from autograder.examiner.messages import Failed
from autograder.results import CellResult, CheckResult, Flag, FlagKind
from tests.examiner.office import job

JOB = job(files={"data.bin": bytes(range(256))}, key="ab" * 32)
SHOWN = [{"output_type": "stream", "name": "stdout", "text": "2\n"}]
CHECK = CheckResult("draws", passed=False, points=0.0, max_points=1.0, message="off")
EXAMINED = Examined(
    outputs={1: SHOWN, 2: []},
    flags=[Flag(FlagKind.TIMEOUT, "f", "f ran for more than 2 s.")],
    printed={"test": "there"},
    results={"test": CellResult(0.0, 1.0, (CHECK,))},
    memory_bytes=38_273_024,
)


def test_a_job_comes_as_it_went() -> None:
    """Files are bytes, exercises their modules' texts, and each reading is a source of its own."""
    source = read_source(source_text(JOB.source))
    assert vars(source) == {
        **vars(JOB.source),
        "limits": JOB.source.limits,
        "exercises": JOB.source.exercises,
    } | {name: list(getattr(JOB.source, name)) for name in ("hidden", "changed", "leaves")}
    assert source.exercises.texts == JOB.source.exercises.texts
    again = read_job(job_text(JOB), source)
    assert vars(again) == {**vars(JOB), "source": source}


def test_a_job_text_has_nothing_of_the_source() -> None:
    """That travels by itself, and the same for a class."""
    assert "exercises" not in job_text(JOB)
    assert JOB.key not in source_text(JOB.source)


def test_files_of_the_course_travel_with_the_source_alone() -> None:
    """A notebook's text has its own files, and names of the others; one that differs is its own."""
    data, more = b"course data" * 10, b"more" * 10
    source = replace(JOB.source, files={"data.bin": data, "more.bin": more, "kept.bin": b"kept"})
    mixed = replace(
        JOB, source=source, files={"own.txt": b"own", "data.bin": data, "more.bin": b""}
    )
    text = job_text(mixed)
    assert base64.b64encode(data).decode() not in text
    found = read_job(text, read_source(source_text(source)))
    assert found.files == mixed.files
    with pytest.raises(LookupError):
        read_job(text, JOB.source)


def test_what_came_of_it_comes_as_it_went() -> None:
    """Results, flags and outputs, by their cells, and what memory it took; and a failure."""
    assert read_examined(examined_text(EXAMINED), JOB) == EXAMINED
    failed = Failed("error", "it broke")
    assert read_examined(failed_text(failed), JOB) == failed


def test_accounts_come_where_they_are_wanted() -> None:
    """They are for a person's eyes; who did not ask gets none."""
    text = examined_text(replace(EXAMINED, accounts={"test": [Account("f", "draws")]}))
    asked = replace(JOB, explain=True)
    found = read_examined(text, asked)
    assert isinstance(found, Examined)
    assert found.accounts == {"test": [Account("f", "draws")]}
    with pytest.raises(AnswerError, match="nobody asked"):
        read_examined(text, JOB)


def with_(**changed: Any) -> str:
    """What came of the notebook, but for this."""
    return json.dumps({**json.loads(examined_text(EXAMINED)), **changed})


FLAG = {"kind": "timeout", "cell": "f", "detail": "slow"}
RESULT = {"score": 0.0, "max_score": 1.0, "checks": []}


@pytest.mark.parametrize(
    "text",
    [
        None,
        b"{}",
        "",
        "[]",
        "{}",
        json.dumps({"version": VERSION, "is": "facts"}),
        with_(version=VERSION - 1),
        with_(outputs=[[7, []]]),
        with_(outputs=[["1", []]]),
        with_(outputs={"1": []}),
        with_(outputs=[[1, [{"output_type": "other"}]]]),
        with_(outputs=[[1, [{"output_type": "stream", "name": "stdout", "text": 1}]]]),
        with_(outputs=[[1, SHOWN * 2000]]),
        with_(flags=[{**FLAG, "kind": "praise"}]),
        with_(flags=[{**FLAG, "cell": "another"}]),
        with_(flags=[{**FLAG, "detail": 1}]),
        with_(flags=[FLAG] * 2000),
        with_(printed={"another": ""}),
        with_(printed={"test": 1}),
        with_(results={"another": RESULT}),
        with_(results={"test": {**RESULT, "score": "all"}}),
        with_(results={"test": {**RESULT, "score": float("nan")}}),
        with_(results={"test": {**RESULT, "checks": [vars(CHECK)] * 2000}}),
        with_(memory_bytes=-1),
        with_(memory_bytes="38"),
        with_(memory_bytes=0.5),
        with_(memory_bytes=10**400),
        "[" * 100_000,
    ],
)
def test_what_can_not_have_come_of_it_is_refused(text: Any) -> None:
    """Another machine says it, and a student's code has run there."""
    with pytest.raises(AnswerError):
        read_examined(text, JOB)


def test_an_answer_is_no_longer_than_it_can_be() -> None:
    """A long one is not even read."""
    limits = replace(JOB.source.limits, output_bytes=1000)
    small = replace(JOB, source=replace(JOB.source, limits=limits))
    text = examined_text(EXAMINED)
    assert read_examined(text + " " * (1 << 20), small) == EXAMINED
    with pytest.raises(AnswerError, match="too long"):
        read_examined(text + " " * (1 << 25), small)


def test_control_characters_do_not_come_through() -> None:
    """What is shown of an output or a failure is printable."""
    error = {"output_type": "error", "ename": "E\x1b[2J", "evalue": "v", "traceback": ["\x07"]}
    found = read_examined(with_(outputs=[[1, [error]]], printed={"test": "\x1bc\nd"}), JOB)
    assert isinstance(found, Examined)
    assert found.printed == {"test": "?c\nd"}
    assert found.outputs[1][0]["ename"] == "E?[2J"
    assert found.outputs[1][0]["traceback"] == ["?"]
    failed = read_examined(failed_text(Failed("error", "a\x1bb")), JOB)
    assert failed == Failed("error", "a?b")
