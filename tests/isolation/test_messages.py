"""A message is read as the dataclass that it was, and an answer that is none is refused."""

from __future__ import annotations

import json
from dataclasses import fields
from typing import Any

import pytest

from autograder.config import Sandbox
from autograder.isolation.answers import (
    MOST_FAULT,
    MOST_OPERATORS,
    Answer,
    BoundNames,
    Fault,
    Found,
    Interrupted,
    NotBound,
    Origin,
    Raised,
    Reply,
    Returned,
    Shown,
    Skipped,
    StudentError,
    TooLarge,
    answered,
)
from autograder.isolation.errors import WireError
from autograder.isolation.messages import FirstCells, Start
from autograder.isolation.questions import (
    KINDS,
    Backward,
    Bind,
    Call,
    Get,
    ListNames,
    Locate,
    NumberedQuestion,
    Question,
    Run,
    Unbind,
    read_questions,
    together,
)
from autograder.isolation.refusals import Notes

TREE = {"tuple": [{"tensor": 0, "grad": False}, None]}
QUESTIONS: list[Question] = [
    Run(3, "x = 1", shown=True),
    Get("f"),
    ListNames(),
    Locate("f"),
    Bind("f", TREE),
    Unbind("f"),
    Call(2, [TREE], {"dict": []}, grad=False),
    Backward(7, [TREE]),
]
ERROR = StudentError("ValueError", "no", 3, 1)


def crossed(body: Any) -> Any:
    """What the other side has of an object."""
    return json.loads(json.dumps(body))


def reply(answer: Answer) -> Reply:
    """An answer as it comes to the examiner."""
    return Reply.read(5, crossed(answered(5, answer, [])), b"block")


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: type(question).__name__)
def test_a_question_arrives_as_it_was_asked(question: Question) -> None:
    """The kernel reads the same question, with its number and tensors."""
    asked = NumberedQuestion(5, question, b"tensors")
    assert list(read_questions(crossed(asked.to_json()), b"tensors")) == [asked]


def test_every_kind_of_question_is_tried_here() -> None:
    """The list above has all there are."""
    assert {type(question) for question in QUESTIONS} == {*KINDS.values()}


def test_questions_that_are_sent_together_have_each_their_own_tensors() -> None:
    """One message, and the questions in their order."""
    asked = [
        NumberedQuestion(5, QUESTIONS[6], b"one"),
        NumberedQuestion(6, QUESTIONS[6]),
        NumberedQuestion(7, QUESTIONS[6], b"ii"),
    ]
    body, block = together(asked)
    assert list(read_questions(crossed(body), block)) == asked


def test_what_a_process_starts_with_arrives() -> None:
    """Limits too are what they were."""
    limits = Sandbox().limits()
    start = Start(limits, "/scratch", ["/usr"], ["aten.*"])
    assert Start.read(crossed(start.to_json())) == start
    first = FirstCells(limits, "/folder", ["x = 1"], ["y = x"], ["aten.*"])
    assert FirstCells.read(crossed(first.to_json())) == first


@pytest.mark.parametrize(
    ("answer", "read"),
    [
        pytest.param(Shown([], True, False, {"a": [0]}, {}), Shown.read, id="shown"),
        pytest.param(Found(TREE), Found.read, id="found"),
        pytest.param(NotBound(), Found.read, id="not-bound"),
        pytest.param(BoundNames(["f", "x"]), lambda body: BoundNames.read(body, 2), id="names"),
        pytest.param(Origin("math.sqrt"), Origin.read, id="origin"),
        pytest.param(Returned(TREE, [0], ["aten.a"], [[], []]), Returned.read, id="returned"),
        pytest.param(Returned(None), Returned.read, id="nothing"),
        pytest.param(Raised(ERROR, ["aten.a"], [[], []]), Returned.read, id="raised"),
    ],
)
def test_an_answer_arrives_as_it_was_given(answer: Answer, read: Any) -> None:
    """Whoever has asked reads the same answer."""
    got = reply(answer)
    assert (got.number, got.block, got.notes, got.fault) == (5, b"block", Notes(), None)
    assert not got.interrupted
    assert not got.skipped
    assert read(got.body) == answer


def test_any_question_may_have_come_to_nothing() -> None:
    """Interrupted, skipped, a fault of the kernel's code, or too large: each says so."""
    assert reply(Interrupted()).interrupted
    assert reply(Skipped()).skipped
    assert reply(Fault("x" * 1000)).fault == "x" * MOST_FAULT
    assert Returned.read(reply(TooLarge()).body) == Returned({"opaque": None})


@pytest.mark.parametrize(
    ("body", "said"),
    [
        pytest.param({}, "neither a value nor an exception", id="empty"),
        pytest.param({"value": 1, "forbidden": {}}, "no list of operators", id="operators"),
        pytest.param({"value": 1, "graph": {}}, "no answer to a call", id="graph"),
        pytest.param({"raised": None, "value": 1}, "no exception", id="null"),
        pytest.param({"raised": [], "value": 1}, "no exception", id="list"),
        pytest.param({"raised": {"line": [1]}}, "no place of an exception", id="half-a-place"),
        pytest.param({"raised": {"line": [1, True]}}, "no place of an exception", id="bool"),
        pytest.param({"raised": {"line": "12"}}, "no place of an exception", id="text"),
    ],
)
def test_what_is_no_answer_to_a_call_is_refused(body: dict[str, Any], said: str) -> None:
    """It comes from a student's process, which may say anything."""
    with pytest.raises(WireError, match=rf"^{said}$"):
        Returned.read(body)


@pytest.mark.parametrize("number", [4, "5", None, [5]])
def test_the_answer_to_another_question_is_refused(number: Any) -> None:
    """An answer has the number of the question that was asked."""
    with pytest.raises(WireError, match=r"^an answer to nothing that was asked$"):
        Reply.read(5, {"id": number, "value": 1}, b"")


@pytest.mark.parametrize("told", [7, {"a": 1}, [["no", "such", "note"]]])
def test_notes_that_are_none_are_refused(told: Any) -> None:
    """What was refused is told in words of ours alone."""
    with pytest.raises(WireError, match=r"of what was tried$"):
        Reply.read(5, {"id": 5, "tried": told}, b"")


def test_an_answer_names_no_more_than_it_may() -> None:
    """Names and operators are cut, and what is no name is left out."""
    many = Returned.read({"value": 1, "forbidden": [1] * (MOST_OPERATORS + 1)})
    assert isinstance(many, Returned)
    assert many.forbidden == ["1"] * MOST_OPERATORS
    assert BoundNames.read({"names": ["a", 1, "b c", "d", "e"]}, 4).names == ["a", "d"]
    with pytest.raises(WireError, match=r"^no list of names$"):
        BoundNames.read({"names": {"a": 1}}, 4)


@pytest.mark.parametrize(
    "kind", [*filter(fields, KINDS.values()), Returned, Raised, Shown, StudentError]
)
def test_what_was_sent_is_not_changed(kind: type) -> None:
    """A message is frozen."""
    message = object.__new__(kind)
    for field in fields(kind):
        with pytest.raises(AttributeError):
            setattr(message, field.name, None)
