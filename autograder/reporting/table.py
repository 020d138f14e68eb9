"""What a grading run says at its end: the class in a few lines, and who needs a person."""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Iterator, Sequence

from rich.table import Table
from rich.text import Text

from autograder.results import Differences, SubmissionResult
from autograder.words import few, printable

STYLES = {"flagged": "yellow", "failed": "red"}
MOST_NAMED = 10  # absent students
MOST_CHANGES = 100  # that are told one by one


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
    yield from _out_of_place(absent, unlisted, strays)
    yield from _settled_and_late(results)
    yield from _points_so_far(results)


def _out_of_place(
    absent: Sequence[str], unlisted: Sequence[str], strays: Sequence[str]
) -> Iterator[str]:
    """Who and what is not where it should be."""
    if absent:
        yield f"Absent: {few(absent, MOST_NAMED)}."
    if unlisted:
        yield f"Not in roster.csv: {few(unlisted, MOST_NAMED)}."
    if strays:
        yield (
            f"In submitted/, and nobody's: {few(strays, MOST_NAMED)}. "
            "Put each into the folder of a student and assignment."
        )


def _settled_and_late(results: Sequence[SubmissionResult]) -> Iterator[str]:
    """Whose flags a person has settled, and who loses points by being late."""
    looked_at = [
        f"{printable(result.student)} ({', '.join(dict.fromkeys(kinds))})"
        for result in results
        if (kinds := [flag.kind.value for flag in result.flags if flag.settled])
    ]
    if looked_at:
        yield f"Settled: {few(looked_at, MOST_NAMED)}."
    late = [
        f"{printable(r.student)} {r.score:g} − {r.lost:g} = {r.score_after:g}"
        for r in results
        if r.lost
    ]
    if late:
        yield f"Points lost by being late: {few(late, MOST_NAMED)}."


def _points_so_far(results: Sequence[SubmissionResult]) -> Iterator[str]:
    """The class's points so far, and those that wait for a person."""
    scores = sorted(result.score for result in results if result.status != "failed")
    if scores:
        most = max(result.max_score for result in results)
        middle = statistics.median(scores)
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
        if result.lost:
            points += f"\n− {result.lost:g} late = {result.score_after:g}"
        unusual = dict.fromkeys(
            f"{flag.kind}{' (settled)' if flag.settled else ''}: {flag.detail}"
            for flag in result.flags
        )
        table.add_row(
            Text(f"{printable(result.student)}\n").append(
                "failed" if result.status == "failed" else points,
                STYLES["failed" if result.status == "failed" else "flagged"],
            ),
            Text("\n".join(unusual)).append(f"\n→ {result.action}", "bold"),
        )
    return table


def changes(differences: Differences) -> Iterator[str]:
    """What came out otherwise than it was on record, a line each, and the class's mean."""
    if not differences.changes:
        return
    yield "Changed since the last grading:"
    for change in differences.changes[:MOST_CHANGES]:
        where = " ".join(filter(None, (change.cell, change.check))) or "all"
        before, after = _points(change.before), _points(change.after)
        yield f"  {printable(change.student)}: {where}: {before} → {after}"
    if (more := len(differences.changes) - MOST_CHANGES) > 0:
        yield f"  and {more} more: --json FILE has them all."
    if differences.before is not None and differences.after is not None:
        yield (
            f"  Mean before lateness, of the {differences.compared} graded before: "
            f"{differences.before:.4g} → {differences.after:.4g}."
        )


def _points(value: float | str | None) -> str:
    if value is None:
        return "none"
    return value if isinstance(value, str) else f"{value:g}"
