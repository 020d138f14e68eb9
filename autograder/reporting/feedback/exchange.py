"""Pages into nbgrader's exchange, for those who handed in through it; all others are named.

The exchange has a secret of each hand-in, which its author alone knows: a page lies there under a
hash of that and of a notebook's name.
"""

from __future__ import annotations

import logging
import shutil
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Protocol

from nbgrader.coursedir import CourseDirectory
from nbgrader.utils import notebook_hash

from autograder.config import CourseError, Settings
from autograder.reporting.feedback.files import SECRET
from autograder.words import few, printable, utf8

MOST_TOLD = 100  # who gets the page another way, one by one
MOST_SECRET = 1_000  # letters; nbgrader's has 128
MOST_NOTEBOOKS = 50  # of a hand-in, each of which the page is there for


class Exchange(Protocol):
    """nbgrader's way into the exchange, when it knows where to."""

    coursedir: CourseDirectory
    dest_path: str
    log: logging.Logger


def students(settings: Settings, assignment: str) -> list[str]:
    """Everyone who has a page."""
    pages = settings.glob(settings.step("feedback", assignment, "*") / f"{assignment}.html")
    return [page.parent.parent.name for page in pages]


def release(
    settings: Settings, exchange: Exchange, assignment: str, chosen: Sequence[str]
) -> list[str]:
    """Puts pages into the exchange; names in its log whose page can't go there, and where it lies.

    Args:
        settings: the course's.
        exchange: nbgrader's.
        assignment: its name.
        chosen: whose pages; each has one.

    Returns:
        Those whose page could have gone there, and does not because something went wrong.
    """
    secrets = {student: _secret(settings, assignment, student) for student in chosen}
    released, others, failed = list[str](), dict[str, str](), list[str]()
    shared = _shared(settings, exchange, assignment, secrets)
    for student, secret in secrets.items():
        if not secret or student in shared:
            others[student] = shared.get(student, "it did not come through the exchange")
            continue
        try:
            _put(settings, exchange, assignment, student, secret)
        except (OSError, ValueError) as error:  # a name that is no text is a ValueError
            exchange.log.error("%s: %s", printable(student), printable(str(error)))
            failed.append(student)
        else:
            released.append(student)
    if released:
        exchange.log.info("Feedback released to %s: %s", exchange.dest_path, few(released))
    for sentence in _told(settings, assignment, others):
        exchange.log.warning("%s", sentence)
    return failed


def _secret(settings: Settings, assignment: str, student: str) -> str:
    """The secret of a student's hand-in; "" where it did not come through the exchange."""
    path = settings.step("feedback", assignment, student) / SECRET
    try:
        with path.open(encoding="utf-8", errors="replace") as file:
            return file.read(MOST_SECRET)
    except OSError:
        return ""


def _shared(
    settings: Settings, exchange: Exchange, assignment: str, secrets: Mapping[str, str]
) -> dict[str, str]:
    """Those whose hand-in is a copy of another's, each with what is told of that.

    One would get the other's page. The exchange knows in whose name it was handed in.
    """
    by_secret = defaultdict(list)
    for student, secret in secrets.items():
        if secret:
            by_secret[secret].append(student)
    found = {}
    for several in by_secret.values():
        if len(several) > 1:
            inbound = Path(exchange.dest_path).parent / "inbound"
            owners = [s for s in several if _handed_in(inbound, s, assignment)]
            for student in several:
                if owners != [student]:
                    others = few([other for other in several if other != student])
                    found[student] = f"it is the same hand-in as that of {others}"
    return found


def _handed_in(inbound: Path, student: str, assignment: str) -> bool:
    """Whether the exchange has anything that a student handed in."""
    try:
        return any(each.name.startswith(f"{student}+{assignment}+") for each in inbound.iterdir())
    except OSError:
        return False


def _put(
    settings: Settings, exchange: Exchange, assignment: str, student: str, secret: str
) -> None:
    """Puts a student's page into the exchange, for each notebook by whatever name it was handed in.

    It takes the place of an older one by rename. A notebook whose name is no UTF-8 has none there:
    nbgrader can't make a hash of it.
    """
    folder = settings.step("feedback", assignment, student)
    mode = 0o664 if settings.directory.groupshared else 0o644
    there = sorted(settings.step("submitted", assignment, student).glob("*.ipynb"))
    handed_in = [path.stem for path in there if utf8(path.stem) == path.stem]
    names = {path.stem for path in folder.glob("*.html")}
    for name in sorted(names.union(handed_in[:MOST_NOTEBOOKS])):
        page = folder / f"{name if name in names else assignment}.html"
        key = notebook_hash(secret=secret, notebook_id=name)
        draft = Path(exchange.dest_path) / f"{key}-tmp.html"
        shutil.copyfile(page, draft)
        draft.chmod(mode)
        draft.replace(draft.with_name(f"{key}.html"))


def _told(settings: Settings, assignment: str, others: Mapping[str, str]) -> Iterator[str]:
    """Whose page is to be handed out another way, and where it lies."""
    for student, why in list(others.items())[:MOST_TOLD]:
        yield f"{printable(student)}: {why}. Hand out {_place(settings, assignment, student)}"
    if (more := len(others) - MOST_TOLD) > 0:
        yield f"And {more} more: {_place(settings, assignment, '*')}"


def _place(settings: Settings, assignment: str, student: str) -> str:
    page = settings.step("feedback", assignment, student) / f"{assignment}.html"
    return printable(str(page.relative_to(settings.root)))


def require_pages(settings: Settings, assignment: str, chosen: Sequence[str], wanted: str) -> None:
    """Makes sure that there is anything to release.

    Args:
        settings: the course's.
        assignment: its name.
        chosen: who is meant, of those who have a page.
        wanted: as it was asked for.

    Raises:
        CourseError: there is nobody.
    """
    if not chosen:
        of_whom = "" if wanted in ("", "*") else f" of {printable(wanted)}"
        place = settings.directory.feedback_directory
        raise CourseError(
            f"no page{of_whom} in {place}/: `autograder feedback {assignment}` writes them."
        )
