"""What a grading run says at its end: the class in a few lines, and who needs a person."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from rich.table import Table
from rich.text import Text

from autograder.results import SubmissionResult
from autograder.words import few, printable

STYLES = {"flagged": "yellow", "failed": "red"}
MOST_NAMED = 10  # absent students


def summary(
    results: Sequence[SubmissionResult],
    absent: Sequence[str] = (),
    unlisted: Sequence[str] = (),
    strays: Sequence[str] = (),
) -> Iterator[str]:
    """The class in a few lines: how many of what, who is absent, what waits for a person.

    Args:
        results: of this run.
        absent: who is on the roster and handed in nothing.
        unlisted: who handed in and is not on the roster.
        strays: what lies in submitted/ and is nobody's.
    """
    counts = Counter(result.status for result in results)
    parts = ", ".join(f"{count} {status}" for status, count in sorted(counts.items()))
    noun = "submission" if len(results) == 1 else "submissions"
    yield f"{len(results)} {noun}: {parts}." if results else f"0 {noun}."
    if absent:
        yield f"Absent: {few(absent, MOST_NAMED)}."
    if unlisted:
        yield f"Not in roster.csv: {few(unlisted, MOST_NAMED)}."
    if strays:
        yield (
            f"In submitted/, and nobody's: {few(strays, MOST_NAMED)}. "
            "Put each into the folder of a student and assignment."
        )
    scores = sorted(result.score for result in results if result.status != "failed")
    if scores:
        most = max(result.max_score for result in results)
        middle = scores[len(scores) // 2]
        span = f"{scores[0]:g} to {scores[-1]:g} of {most:g}, half of them {middle:g} or more"
        yield f"Points so far: {span if len(scores) > 1 else f'{middle:g} of {most:g}'}."
    waiting = [cell.max_score for r in results for cell in r.cells.values() if cell.score is None]
    if waiting:
        yield f"{sum(waiting):g} points wait for a person: formgrader, Manual Grading."


def to_do(results: Sequence[SubmissionResult]) -> Table:
    """A row for each submission that wants a look: what is unusual, and what to do about it."""
    table = Table(show_lines=True)
    for title, share in (("student", 1), ("what is unusual, and what to do about it", 5)):
        table.add_column(title, overflow="fold", ratio=share)
    for result in results:
        points = f"{result.score:g} / {result.max_score:g}"
        unusual = dict.fromkeys(f"{flag.kind}: {flag.detail}" for flag in result.flags)
        table.add_row(
            Text(f"{printable(result.student)}\n").append(
                "failed" if result.status == "failed" else points, STYLES[result.status]
            ),
            Text("\n".join(unusual)).append(f"\n→ {result.action}", "bold"),
        )
    return table
