"""One thing that was verified, and what to mend where it does not hold."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from autograder.words import line

MOST_TOLD = 5  # of one kind: the first lead to the others


class Verdict(StrEnum):
    """What became of it, as a line begins."""

    SOUND = "✓"
    WRONG = "✗"
    NOTE = "note"


@dataclass(frozen=True)
class Finding:
    """What is said of one thing.

    Args:
        verdict: whether it holds; a note asks for nothing.
        subject: what was verified.
        detail: how, or what to mend.
    """

    verdict: Verdict
    subject: str
    detail: str

    def __post_init__(self) -> None:
        object.__setattr__(self, "detail", line(self.detail))

    def __str__(self) -> str:
        return f"{self.verdict} {self.subject}: {self.detail}"


def found(
    subject: str,
    wrong: Sequence[str],
    sound: str,
    verdict: Verdict = Verdict.WRONG,
    *,
    tried: bool = True,
) -> Iterator[Finding]:
    """A finding for each of the first things that are wrong, or the one that nothing is.

    Args:
        subject: what was verified.
        wrong: what to mend, a sentence each.
        sound: what is said where nothing is wrong.
        verdict: on what is wrong.
        tried: whether all of it was tried: else nobody knows that nothing is wrong.
    """
    if not wrong and tried:
        yield Finding(Verdict.SOUND, subject, sound)
    for sentence in wrong[:MOST_TOLD]:
        yield Finding(verdict, subject, sentence)
    if (more := len(wrong) - MOST_TOLD) > 0:
        yield Finding(verdict, subject, f"and {more} more like these.")
