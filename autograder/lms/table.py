"""What `autograder collect` says: a row a student, then what is nobody's, then who has nothing."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from rich.table import Table
from rich.text import Text

from autograder.lms.collecting import Collection
from autograder.lms.plan import Action, Plan, found
from autograder.words import few, line, printable, short

MOST_LINES = 40  # of what is nobody's; of the rest there is a line for each reason
MOST_NAMED = 10
MOST_LETTERS = 160  # of a sentence in the table
NUMBER = re.compile(r"\d+")
DONE = {
    Action.NEW: "new",
    Action.NEWER: "newer: the older one is aside",
    Action.SAME: "same as before",
    Action.OLDER: "older than what is there: aside",
    Action.DOUBT: "aside",
}
STYLES = {Action.NEW: "green", Action.NEWER: "green", Action.OLDER: "yellow", Action.DOUBT: "red"}


def table(collection: Collection) -> Table:
    """A row for each student who handed anything in."""
    rows = Table()
    for title, share in (("student", 2), ("found", 3), ("in", 3), ("handed in", 2), ("done", 5)):
        rows.add_column(title, overflow="fold", ratio=share)
    for plan in collection.plans:
        texts = (
            printable(plan.student),
            found(plan.candidate),
            short(plan.candidate.download.name),
            _when(collection, plan),
        )
        rows.add_row(*map(Text, texts), _done(plan))  # a plain text would be read as markup
    return rows


def _when(collection: Collection, plan: Plan) -> str:
    if time := plan.candidate.parcel.time:
        return collection.settings.course.shown(time)
    return "late; not known when" if plan.candidate.parcel.late else "not known"


def _done(plan: Plan) -> Text:
    told = Text(DONE[plan.action], STYLES.get(plan.action, ""))
    if plan.action == Action.SAME and plan.timestamp is not None:
        told.append("; the time is new")
    for each in plan.asides:
        if plan.action not in (Action.OLDER, Action.DOUBT) or each is not plan.asides[-1]:
            told.append(f"\naside: {line(each.why, MOST_LETTERS)}")
    for note in plan.notes:
        told.append(f"\n{line(note, MOST_LETTERS)}")
    for doubt in plan.doubts:
        told.append(f"\n→ {line(doubt, MOST_LETTERS)}", "bold")
    return told


def nobodys(collection: Collection) -> Iterator[str]:
    """What can't be given to anyone, a line each, and the rest by reason."""
    for where, each in collection.nobodys[:MOST_LINES]:
        more = f" ({each.files} files)" if each.files > 1 else ""
        what = short(each.what)
        yield f"Nobody's, in {short(where)}: {what}{more} {line(each.why)}: {line(each.do)}."
    rest = Counter(_reason(each.why) for _, each in collection.nobodys[MOST_LINES:])
    for reason, number in rest.items():
        yield f"Nobody's, too: {number} more: {reason}."


def _reason(why: str) -> str:
    """A reason without what is another for each."""
    return NUMBER.sub("…", line(why))


def summary(collection: Collection) -> Iterator[str]:
    """The downloads, who has nothing, and how many of what, a line each."""
    yield from (line(note) for note in collection.notes)
    if collection.missing:
        yield f"Nothing of: {few(collection.missing, MOST_NAMED)}."
    if collection.elsewhere:
        named = few(collection.elsewhere, MOST_NAMED)
        yield f"In submitted/, and in none of these: {named}."
    counts = Counter(plan.action.value for plan in collection.plans)
    parts = ", ".join(f"{number} {action}" for action, number in sorted(counts.items()))
    noun = "student" if len(collection.plans) == 1 else "students"
    yield f"{len(collection.plans)} {noun}: {parts}." if parts else "0 students."
