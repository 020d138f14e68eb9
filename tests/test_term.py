"""The hours around grading, walked through: an LMS's download in, files for the same LMS out.

Who has which points is known beforehand: from the files of the class, what a person gives here, and
how late each came.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import ROUND_HALF_DOWN, Decimal
from pathlib import Path

import pytest
from nbgrader.api import Gradebook
from playwright.sync_api import Browser

from tests import formgrader
from tests.classroom.build import Class, build
from tests.classroom.student import Student, students
from tests.course import autograder, fresh_clone
from tests.formgrader import TOKEN
from tests.lms.canvas_importer import Canvas
from tests.lms.downloads import DUE, Handout, canvas_class, moodle_class
from tests.lms.moodle_importer import Moodle, Participant

PATIENCE = 120_000  # milliseconds: a page that formulas are drawn in, on a busy machine
pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("processes")]

EVERYONE = 30
CONFIG = f"""
c.Course.due = {{"losses": "{DUE:%Y-%m-%d %H:%M}"}}
c.Course.canvas_column = {{"losses": "Losses by hand (4321)"}}
c.LatePolicy.grace_minutes = 5
c.LatePolicy.percent_a_day = 10
"""
GIVEN, BY_HAND = 1.0, 1.5  # for a written answer, and for the one that is scored in the browser
EXTENDED, EXCUSED = "student04", "student02"  # the first is late where times are known
WORKSHEET_MOST = b"10.00"  # what the made-up worksheet says of the assignment


@dataclass(frozen=True)
class Term:
    """A class that an LMS hands out, and the course that it is collected into.

    Args:
        course: the course's folder.
        handout: what the LMS hands out.
        group: the class whose work it is.
        authors: whose work each student's is, by the student's id.
    """

    course: Path
    handout: Handout
    group: Class
    authors: Mapping[str, Student]
    given: dict[tuple[str, str], float] = field(default_factory=dict)

    def points(self, student: str) -> Decimal:
        """What a student has before lateness."""
        scores = self.group.expected(self.authors[student])
        # A blank answer waits for a person where a text came beside the notebooks.
        every = {cell: self.given.get((student, cell), score) for cell, score in scores.items()}
        return Decimal(repr(sum(every.values())))

    def is_late(self, student: str) -> bool:
        """Whether lateness costs anything: a time is known, and nobody has given longer."""
        time = self.handout.times.get(student)
        return time is not None and time > DUE and student != EXTENDED

    def earned(self, student: str) -> Decimal:
        """The points after lateness; all who are late are so by less than a day."""
        points = self.points(student)
        lost = (points / 10).quantize(Decimal("0.01"), ROUND_HALF_DOWN)
        return points - lost if self.is_late(student) else points

    @property
    def graded(self) -> list[str]:
        """Everyone who has a row."""
        return sorted(self.handout.expected.keys() - {EXCUSED})


MAKE: Mapping[str, Callable[..., Handout]] = {"canvas": canvas_class, "moodle": moodle_class}


def made(lms: str, folder: Path) -> Term:
    """The term's beginning: a released assignment, a roster, and a download."""
    course = fresh_clone(folder / "course")
    with (course / "course_config.py").open("a") as config:
        config.write(CONFIG)
    build_in = fresh_clone(folder / "built")
    authors = [student for student in students() if student.submitted][:EVERYONE]
    group = build(build_in, everyone=authors)
    answers = [
        {
            path.name: path.read_bytes()
            for path in sorted(
                (build_in / "submitted" / each.student_id / "losses").glob("*.ipynb")
            )
        }
        for each in authors
    ]
    handout = MAKE[lms](folder, answers)
    header, *rows = handout.roster().splitlines()
    more = {EXTENDED: "2 days,", EXCUSED: ",yes"}
    lines = [f"{header},extension losses,excused"]
    lines += [f"{row},{more.get(row.partition(',')[0], ',')}" for row in rows]
    (course / "roster.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    last = handout.people[-1]
    whose = dict(zip((each.student for each in handout.people), authors, strict=True))
    for each in handout.people:
        if each.group and each.group == last.group:
            whose[each.student] = authors[-1]
    return Term(course, handout, group, whose)


def _notebooks(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.glob("*.ipynb"))}


def score_by_hand(term: Term, browser: Browser) -> None:
    """One written answer is scored on the formgrader's page, all others in the gradebook."""
    with Gradebook(f"sqlite:///{term.course}/gradebook.db") as gradebook:
        first, *others = [
            (entry.student.id, grade.name, notebook.id, grade)
            for entry in gradebook.assignment_submissions("losses")
            for notebook in entry.notebooks
            for grade in notebook.grades
            if grade.needs_manual_grade
        ]
        for student, cell, _, grade in others:
            grade.manual_score, grade.needs_manual_grade = GIVEN, False
            term.given[student, cell] = GIVEN
        gradebook.db.commit()
        student, cell, notebook, _ = first
    term.given[student, cell] = BY_HAND
    with formgrader.started(term.course) as server:
        page = browser.new_page()
        page.set_default_timeout(PATIENCE)
        page.route("https://**/*", lambda route: route.abort())
        page.goto(f"{server}api/status?token={TOKEN}")
        page.goto(f"{server}formgrader/submissions/{notebook}/")
        formgrader.await_scores(page)
        with page.expect_response(lambda said: "/api/grade/" in said.url) as saved:
            page.locator(f"#{cell}").fill(str(BY_HAND))
            page.locator(f"#{cell}").press("Tab")
        assert saved.value.ok
        page.close()


@pytest.fixture(scope="module", params=sorted(MAKE))
def walked(
    processes: None,
    browser: Browser,
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
) -> tuple[str, Term, str]:
    """A term up to its export: the LMS, the term, and what the export has told."""
    lms = request.param
    term = made(lms, tmp_path_factory.mktemp(lms))
    sheet = term.handout.worksheet
    if sheet:
        most = b"%.2f" % sum(cell.points for cell in term.group.cells)
        sheet.write_bytes(sheet.read_bytes().replace(WORKSHEET_MOST, most))
    told = ["--worksheet", str(sheet)] if sheet else []
    assert autograder(term.course, "release", "losses").returncode == 0
    collected = autograder(term.course, "collect", "losses", str(term.handout.archive), *told)
    assert collected.returncode in (0, 1), collected.stderr
    graded = autograder(term.course, "grade", "losses")
    assert graded.returncode in (0, 1), graded.stderr
    refused = autograder(term.course, "export", "losses", "--to", lms)
    assert refused.returncode == 1
    assert "answers wait for a person's points" in refused.stderr + refused.stdout
    score_by_hand(term, browser)
    for command in ("report", "feedback"):
        done = autograder(term.course, command, "losses")
        assert done.returncode in (0, 1), done.stderr
    exported = autograder(term.course, "export", "losses", "--to", lms)
    assert exported.returncode in (0, 1), exported.stderr
    return lms, term, exported.stdout


def taken(lms: str, term: Term) -> tuple[dict[str, Decimal], set[str]]:
    """What the LMS makes of the export: points by student, and who is excused there."""
    folder = term.course / "exports" / "losses"
    people = term.handout.people
    if lms == "canvas":
        numbers = {person.lms: person for person in people}
        there = Canvas(
            {number: f"{p.last}, {p.first}" for number, p in numbers.items()},
            {4321: "Losses by hand"},
        )
        imported = there.imports((folder / "canvas.csv").read_bytes())
        assert (imported.unknown, imported.new_columns) == ([], [])
        points = {numbers[number].student: text for number, text in imported.grades.items()}
        excused = {student for student, text in points.items() if text == "EX"}
        return {s: Decimal(text) for s, text in points.items() if s not in excused}, excused
    participants = {p.participant: Participant(p.name, p.email) for p in people}
    most = sum(cell.points for cell in term.group.cells)
    (sheet,) = folder.glob("*.csv")
    grades, _ = Moodle(participants, most).imports(sheet.read_bytes())
    by_number = {person.participant: person.student for person in people}
    return {by_number[number]: Decimal(repr(grade)) for number, grade in grades.items()}, set()


def test_everyone_has_exactly_their_points_or_a_reason(walked: tuple[str, Term, str]) -> None:
    """After lateness, in the LMS; whoever has no row there is named, and why.

    Moodle drops a 0 that is no news: who has one is named as well.
    """
    lms, term, told = walked
    points, excused = taken(lms, term)
    unchanged = {s for s in term.graded if term.earned(s) == 0 and s not in points}
    assert lms == "moodle" or not unchanged
    assert points == {s: term.earned(s) for s in term.graded if s not in unchanged}
    assert any(term.is_late(student) for student in term.graded) == (lms == "moodle")
    assert excused == ({EXCUSED} if lms == "canvas" else set())
    for missing, reason in (
        (term.handout.absent, "handed in nothing"),
        (unchanged, "With 0 points"),
        ({EXCUSED} - excused, "excused, for which Moodle"),
    ):
        for student in missing:
            assert re.search(rf"{reason}.*\b{student}\b", told), student


def test_the_report_tells_who_is_late_who_is_absent_and_who_is_excused(
    walked: tuple[str, Term, str],
) -> None:
    """The page that a TA opens first."""
    lms, term, _ = walked
    page = (term.course / "reports" / "losses.html").read_text(encoding="utf-8")
    for student in term.handout.absent | {EXCUSED}:
        assert student in page
    assert "<script>alert(1)" not in page
    if lms == "canvas":
        for student in term.handout.late:
            assert re.search(rf"{student}(?s:.*?)unknown-time", page), student


def test_the_feedback_goes_to_whose_work_it_is(walked: tuple[str, Term, str]) -> None:
    """Each file of the zip is taken by the LMS, and tells that student's points."""
    lms, term, _ = walked
    folder = term.course / "exports" / "losses"
    (archive,) = folder.glob("*feedback*.zip")
    if lms == "moodle":
        people = {p.participant: p for p in term.handout.people}
        there = Moodle({number: Participant(p.name, p.email) for number, p in people.items()})
        files, ignored = there.takes(archive.read_bytes())
        assert ignored == []
        assert {people[number].student for number in files} == {*term.graded}
        for number, theirs in files.items():
            (page,) = theirs.values()
            assert people[number].student in page.decode()
        return
    attachments = {
        int(number): int(user)
        for name in _names(term.handout.archive)
        for user, number in re.findall(r"(?:^|_)(1\d{3})_(2\d{3})_", name)
    }
    numbers = {p.lms: p.name for p in term.handout.people}
    canvas = Canvas(numbers, {}, attachments, groups=("team_3",))
    files, ignored = canvas.takes(archive.read_bytes())
    assert ignored == []
    reached = {attachments[number] for number in files}
    assert reached <= numbers.keys()
    of_groups = [p for p in term.handout.people if p.group]
    expected = {p.lms for p in term.handout.people if p.student in term.graded}
    assert expected - reached <= {p.lms for p in of_groups}
    assert len(reached & {p.lms for p in of_groups}) == 1  # Canvas tells all of them


def _names(archive: Path) -> list[str]:
    with zipfile.ZipFile(archive) as files:
        return files.namelist()
