"""What a person should look at in a submission: the names, by the cell or file that has them."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping, Sequence, Set

from autograder.checks import ByHand
from autograder.examiner.review.expressions import RULES
from autograder.examiner.review.program import Program
from autograder.examiner.review.reach import reached
from autograder.examiner.review.reader import Reader
from autograder.examiner.review.runs import handed_on
from autograder.examiner.review.standing import Standing
from autograder.examiner.review.texts import Text

MOST_ROUNDS = 3  # of texts that texts hand on to be run


def suspects(
    program: Program, texts: Iterable[Text], by_hand: Sequence[ByHand], asked: Set[str]
) -> Mapping[str, Sequence[str]]:
    """The names that a person should look at, in order, by the cell or file that has them.

    Args:
        program: the instructor's cells; the student's texts are added to it.
        texts: the student's.
        by_hand: the rules of the exercises that are asked for.
        asked: the names of their functions.

    Raises:
        TooLongError: nobody could tell in time.
    """
    for text in texts:
        program.add(text)
    standing = _standing(program)
    reader = Reader(
        standing,
        [name for rule in by_hand for name in rule.internals],
        [name for rule in by_hand for name in rule.libraries],
    )
    reach = reached(program, asked)
    found: dict[str, dict[str, None]] = {}
    for unit in program.units:
        if not unit.text.given:
            for use in reader.uses(unit):
                if use.anywhere or unit in reach:
                    found.setdefault(unit.text.place, {})[use.name] = None
    return {place: _longest(names) for place, names in found.items()}


def _longest(names: Iterable[str]) -> list[str]:
    """The names without those that stand in another of them as a part."""
    parts = {part for name in names if "." in name for part in name.split(".")}
    return [name for name in names if name not in parts]


def _standing(program: Program) -> Standing:
    """What the program's expressions stand for, with all the texts that it hands on to be run."""
    new = list(program.units)
    for _ in range(MOST_ROUNDS):
        standing = Standing(program, RULES)
        nodes = [
            (n, s) for unit in program.units for n, s, _ in unit.nodes if isinstance(n, ast.Call)
        ]
        standing.note_calls(nodes)
        before = len(program.units)
        for text in list(handed_on(new, standing)):
            program.add(text)
        new = program.units[before:]
        if not new:
            break
    return standing
