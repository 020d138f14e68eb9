"""The page of a class, as HTML that stands by itself: nothing is fetched, and it is bounded."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cache
from typing import Any, TypeVar

from jinja2 import Environment
from markupsafe import Markup

from autograder.config import Course
from autograder.reporting import feedback
from autograder.reporting.class_report import chart, items
from autograder.reporting.class_report.links import Links
from autograder.reporting.class_report.reasons import Reason
from autograder.reporting.class_report.report import PARTS, Report
from autograder.reporting.class_report.spread import Spread, spread
from autograder.reporting.class_report.submissions import Submission
from autograder.reporting.feedback.page import points
from autograder.reporting.feedback.told import late_by, plain
from autograder.reporting.self_contained import asset, environment, name
from autograder.results import Flag, FlagKind
from autograder.words import line

Thing = TypeVar("Thing")

LONGEST_COMMAND = 4000  # longer than any with a folder's name in it: one that is cut is none
MANY = 500  # people, of whom each is told in fewer words
# Bytes of rows: so that a browser opens and filters the page at once.
MOST_PEOPLE, MOST_LATE, MOST_REASONS = 1_700_000, 600_000, 200_000
GREEDIEST = 8  # who took most time or memory
MIB = 1 << 20
FAILED, NO_RECORD, SETTLED = "failed", "no-record", "settled"  # kinds beside those of flags


@dataclass(frozen=True)
class Rows:
    """Rows of a table, as many as fit.

    Args:
        shown: as HTML.
        count: how many these are.
        left: how many are left out.
    """

    shown: Markup
    count: int
    left: int

    @property
    def any(self) -> bool:
        """Whether there is a row."""
        return bool(self.count or self.left)


@dataclass(frozen=True)
class Taken:
    """How much time or memory submissions took.

    Args:
        spread: the usual numbers.
        chart: the same drawn.
        words: what the drawing shows, in a sentence.
        most: who took most, each with how much.
    """

    spread: Spread
    chart: Markup
    words: str
    most: Sequence[tuple[Submission, float]]


def html(report: Report, links: Links, course: Course) -> str:
    """The page.

    Args:
        report: what it says.
        links: where other pages lie.
        course: by whose clock times are told.
    """
    environment = _environment()
    told = {**_values(report, links), **_words(report, links, course)}
    macros = environment.get_template("page.rows.html").make_module(told)
    page = environment.get_template("page.html")
    return page.render(told | _rows(report, macros) | _points(report) | _resources(report))


@cache
def _environment() -> Environment:
    made = environment(__package__, line=line, plain=plain, points=points)
    made.globals |= {"late_by": late_by, "kinds": _kinds, "flags": _flags, "parts": PARTS}
    return made


def _values(report: Report, links: Links) -> dict[str, Any]:
    """What the templates show as it is."""
    return {
        "report": report,
        "assignment": report.assignment,
        "submissions": report.submissions,
        "names": report.names,
        "roll": report.roll,
        "links": links,
        "fewest": items.FEWEST,
        "longest_command": LONGEST_COMMAND,
        "style": asset(feedback.__name__, "page.css") + asset(__package__, "page.css"),
        "script": asset(__package__, "page.js"),
    }


def _words(report: Report, links: Links, course: Course) -> dict[str, Callable[..., object]]:
    """How the templates call a cell, and where they lead."""
    ids = {each.student: each.notebooks for each in report.submissions}
    ranks = {id(each): n for n, each in enumerate([*report.wanting, *report.settled])}

    def title(cell: str) -> str:
        return report.places[cell].title if cell in report.places else name(cell)

    def place(cell: str) -> str:
        return report.places[cell].name if cell in report.places else ""

    def read(student: str, reason: Reason) -> str:
        """Where a student's answer is read that failed for a reason; "" where it is not known."""
        notebooks = [report.places[cell].notebook for cell in reason.cells if cell in report.places]
        there = [ids[student][name] for name in notebooks if name in ids[student]]
        return links.submission(there[0]) if there else ""

    return {
        "title": title,
        "place": place,
        "read": read,
        "rank": lambda submission: ranks[id(submission)],
        "time": course.shown,
    }


def _kinds(submission: Submission) -> list[str]:
    """The kinds by which a submission is found."""
    if not submission.known:
        return [NO_RECORD]
    flags = [flag for flag in submission.result.flags if not flag.kind.ordinary]
    failed = [FAILED] if submission.result.status == FAILED else []
    settled = [SETTLED] if any(flag.settled for flag in flags) else []
    return [*failed, *dict.fromkeys(flag.kind.value for flag in flags), *settled]


def _flags(submission: Submission) -> list[Flag]:
    """What is told of why it needs a person, the same words once; what is settled comes last."""
    told = dict[tuple[FlagKind, str], Flag]()
    for flag in sorted(submission.result.flags, key=lambda flag: flag.settled):
        if not flag.kind.ordinary:
            told.setdefault((flag.kind, flag.detail), flag)
    return [*told.values()]


def _rows(report: Report, macros: Any) -> dict[str, Any]:
    """The tables that may be long."""
    people = [*report.wanting, *report.settled]
    flags, letters = (2, 120) if len(people) > MANY else (6, 300)
    counts = Counter(kind for each in people for kind in _kinds(each))
    reasons, left = report.reasons
    rare = [each for each in reasons if len(each.students) == 1]
    common = [each for each in reasons if len(each.students) > 1]
    return {
        "kind_counts": sorted(counts.items()),
        "person_rows": _within(
            people, lambda each: macros.person_row(each, flags, letters), MOST_PEOPLE
        ),
        "late_rows": _within(report.late, macros.late_row, MOST_LATE),
        "reason_rows": _within(common, macros.reason_row, MOST_REASONS),
        "rare_rows": _within(rare, macros.reason_row, MOST_REASONS),
        "reasons_left": left,
    }


def _within(things: Sequence[Thing], row: Callable[[Thing], Markup], most_bytes: int) -> Rows:
    """The rows of the first things, as many as these bytes hold."""
    shown, size = list[Markup](), 0
    for thing in things:
        text = row(thing)
        size += len(text.encode())
        if size > most_bytes:
            break
        shown.append(text)
    return Rows(Markup("").join(shown), len(shown), len(things) - len(shown))


def _points(report: Report) -> dict[str, Any]:
    """How points are spread, in numbers and drawn."""
    before = [each.result.score for each in report.graded]
    after = [each.after for each in report.graded] if any(e.lost for e in report.graded) else []
    most = max((each.result.max_score for each in report.graded), default=0.0)
    nothing = (Markup(""), "")
    drawn = chart.histogram("points", before, "points", most, after) if before else nothing
    return {
        "most": most,
        "before": _numbers(before),
        "after": _numbers(after),
        "points_chart": drawn[0],
        "points_words": drawn[1],
    }


def _numbers(values: Sequence[float]) -> Mapping[str, float] | None:
    """The usual numbers of some values, by name."""
    found = spread(values)
    return asdict(found) if found else None


def _resources(report: Report) -> dict[str, Any]:
    """What submissions took, and of how many it is not known how much memory."""
    ran = [each for each in report.submissions if each.result.seconds > 0]
    measured = [
        (each, round(each.result.memory_bytes / MIB, 1))
        for each in report.submissions
        if each.result.memory_bytes is not None
    ]
    return {
        "seconds": _taken("seconds", "seconds", [(each, each.result.seconds) for each in ran]),
        "memory": _taken("memory", "MiB", measured),
        "unmeasured": sum(each.result.memory_bytes is None for each in ran),
    }


def _taken(name: str, unit: str, amounts: Sequence[tuple[Submission, float]]) -> Taken | None:
    """What submissions took of something; None where that is known of none.

    Args:
        name: of the drawing.
        unit: of the amounts.
        amounts: each submission with how much it took.
    """
    values = [amount for _, amount in amounts]
    if not (numbers := spread(values)):
        return None
    most = sorted(amounts, key=lambda each: -each[1])[:GREEDIEST]
    return Taken(numbers, *chart.histogram(name, values, unit), most)
