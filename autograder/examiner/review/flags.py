"""What a person is told of a submission's source, in flags."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from autograder.checks import Exercise
from autograder.checks.exercise import FREE
from autograder.examiner.review.literals import HOLE
from autograder.examiner.review.program import Program
from autograder.examiner.review.standing import TooLongError
from autograder.examiner.review.suspects import suspects
from autograder.examiner.review.texts import of_cell, of_file
from autograder.results import Flag, FlagKind
from autograder.source_text import Reading, read_cell, read_file, too_long
from autograder.words import few

MOST_TOLD = 12  # names of one cell


class Cell(Protocol):
    """A code cell of the submission's."""

    @property
    def name(self) -> str:
        """What a person knows it by."""

    @property
    def grade_id(self) -> str:
        """As far as it is the source's."""

    @property
    def text(self) -> str:
        """Its source."""


@dataclass(frozen=True)
class _Piece:
    """A cell, or a file beside the notebook, which has a path."""

    name: str
    grade_id: str
    text: str
    path: str = ""


def program_of(given: Iterable[str]) -> Program:
    """The texts of the instructor's cells as `flags` takes them: the same for a whole class."""
    program = Program()
    for text in given:
        if read := of_cell("", text, given=True):
            program.add(read)
    return program


def flags(
    cells: Sequence[Cell],
    modules: Mapping[str, str | None],
    given: Program,
    answers: Iterable[str],
    asked: Sequence[Exercise],
) -> Iterator[Flag]:
    """What a person should read, of what may go around the by-hand rule unseen.

    Args:
        cells: the student's own.
        modules: the sources of the student's own, by path; None of one that can't be read.
        given: the instructor's cells; the student's are added to it.
        answers: the grade_ids of the cells that are answers.
        asked: the exercises that the notebook asks for.
    """
    pieces = [_Piece(cell.name, cell.grade_id, cell.text) for cell in cells]
    pieces += [_Piece(path, "", text, path) for path, text in modules.items() if text is not None]
    if compiled := [path for path, text in modules.items() if text is None]:
        detail = "No source to see whether it goes around the by-hand rule: "
        yield Flag(FlagKind.SUSPECT_CODE, "", f"{detail}{few(compiled)}.")
    read, left = _within_reason(pieces)
    try:
        found = _suspects(read, given, set(answers), asked)
    except (RecursionError, TooLongError):
        read, left, found = [], pieces, {}
    if left:
        detail = "Too long to be searched for what goes around the by-hand rule: "
        cell = left[0].grade_id if len(left) == 1 else ""
        yield Flag(FlagKind.SUSPECT_CODE, cell, f"{detail}{few([piece.name for piece in left])}.")
    for piece in read:
        if names := found.pop(piece.name, ()):
            listed = few([name.replace(HOLE, "…") for name in names], MOST_TOLD)
            detail = f"{piece.name} has {listed}: see whether it goes around the by-hand rule."
            yield Flag(FlagKind.SUSPECT_CODE, piece.grade_id, detail)


def _suspects(
    pieces: Iterable[_Piece], given: Program, answers: set[str], asked: Sequence[Exercise]
) -> dict[str, Sequence[str]]:
    rules = {exercise.by_hand for exercise in asked} - {FREE}
    if not rules:
        return {}
    names = {exercise.name for exercise in asked}
    texts = []
    for piece in pieces:
        if piece.path:
            texts.append(of_file(piece.name, piece.path, piece.text))
        else:
            texts.append(of_cell(piece.name, piece.text, answer=piece.grade_id in answers))
    return dict(suspects(given, [text for text in texts if text], list(rules), names))


def _read(piece: _Piece) -> Reading:
    return read_file(piece.text) if piece.path else read_cell(piece.text)


def _within_reason(pieces: Sequence[_Piece]) -> tuple[list[_Piece], list[_Piece]]:
    """What is read, and the rest: too long together, or too deep."""
    short = {*pieces} - too_long(pieces)
    short -= {piece for piece in short if _read(piece).too_deep}
    return [p for p in pieces if p in short], [p for p in pieces if p not in short]
