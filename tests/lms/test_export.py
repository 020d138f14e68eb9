"""`autograder export`: files that each LMS takes, read back by its own rules, and what is told."""

from __future__ import annotations

import csv
import io
import json
import re
import time
import zipfile
from dataclasses import replace
from pathlib import Path

import nbformat
import pytest
from bs4 import BeautifulSoup
from nbgrader.api import Gradebook

from autograder.config import load
from autograder.lms import earned, origins, packing
from autograder.lms.origins import Attachment, Origin
from autograder.lms.points import LeftOut
from autograder.results import Flag, FlagKind
from tests.course import autograder, run
from tests.daily import daily
from tests.lms.canvas_importer import Canvas, exported
from tests.lms.filled import Member, fill
from tests.lms.hard_names import student
from tests.lms.languages import GERMAN
from tests.lms.moodle_importer import Import, Moodle, Participant
from tests.tiny import answered, tiny_course

pytestmark = pytest.mark.usefixtures("processes")

LOOK = Flag(FlagKind.SUSPECT_CODE, "double", "reads its own source")
CLASS = (
    Member(student(0, group="A"), double=3.5, comment="Nearly."),
    Member(student(1), penalty=0.25),
    Member(student(2), why=None),
    Member(student(4), status="failed"),
    Member(student(6), graded=False, handed_in=False, status=""),
    Member(student(7, lms_user_id="", email=""), why=1.0),
    Member(student(9), others={"excused": "yes"}),
    Member(student(10, group="A"), double=0.0, why=0.0, flags=(LOOK,), status="flagged"),
)
LEFT_OUT = (
    "Left out, answers wait for a person's points: student02",
    "Left out, the last hand-in could not be graded: student04",
    "Left out, handed in nothing: student06",
)


@pytest.fixture
def course(processes: None, tmp_path: Path) -> Path:
    """A course with that class."""
    made = tiny_course(tmp_path / "course")
    fill(made, CLASS)
    return made


def export(course: Path, *arguments: str) -> tuple[int, list[str]]:
    """The exit code, and what is told."""
    done = autograder(course, "export", "tiny", *arguments)
    return done.returncode, (done.stdout + done.stderr).splitlines()


def files(course: Path) -> list[str]:
    """What was written."""
    return sorted(str(path.relative_to(course)) for path in course.glob("exports/**/*.*"))


@pytest.mark.parametrize("to", ["canvas", "moodle", "csv"])
def test_nothing_is_written_while_answers_wait(course: Path, to: str) -> None:
    """One line names them, and the exit code asks for a person."""
    code, told = export(course, "--to", to)
    assert (code, len(told)) == (1, 1)
    assert told[0].startswith("autograder: tiny is not exported: 1 student's answers wait for")
    assert not (course / "exports").exists()


def test_what_is_wrong_usage_is_one_line(course: Path) -> None:
    """A file that is not there, one that is something else."""
    for arguments in (
        ("--to", "moodle", "--worksheet", "none.csv"),
        ("--to", "canvas", "--gradebook", "roster.csv"),
        ("--to", "moodle", "--worksheet", "roster.csv"),
        ("--to", "csv", "--output", "source"),
    ):
        code, told = export(course, *arguments, "--partial")
        assert (code, len(told)) == (2, 1), told
    assert not (course / "exports").exists()


# Canvas ----------------------------------------------------------------------------------------


def from_canvas(course: Path, **others: Origin) -> None:
    """Notes that submissions came from Canvas: two of one, a group's of one member."""
    team = Attachment("team_1010_2003_", "tiny.ipynb")
    there = {
        "student00": Origin("canvas", name="team", attachments=(team,)),
        "student10": Origin("canvas", name="team", attachments=(team,)),
        "student01": Origin(
            "canvas",
            attachments=(
                Attachment("garcíalópez_LATE_1001_2001_", "tiny (1).ipynb"),
                Attachment("garcíalópez_LATE_1001_2002_", "more.ipynb"),
            ),
        ),
        "student07": Origin("canvas", attachments=(Attachment("leesam_1007_", "text.html"),)),
        **others,
    }
    origins.write(load(course), "tiny", there)


CANVAS = Canvas(
    {1000 + n: f"Name {n}" for n in range(20)},
    {4321: "Doubling"},
    {2001: 1001, 2002: 1001, 2003: 1010},
)


def test_canvas_gets_points_and_notebooks(course: Path) -> None:
    """A column by its number, a notebook for each file, those of a group once; all is told."""
    with (course / "course_config.py").open("a") as config:
        config.write('\nc.Course.canvas_column = {"tiny": "Doubling (4321)"}\n')
    from_canvas(course)
    code, told = export(course, "--to", "canvas", "--partial")
    folder = course / "exports" / "tiny"
    assert code == 1  # one has no number, and one could not be graded
    assert told == [
        f"tiny: 4 students in {folder / 'canvas.csv'}",
        f"Feedback of 3: {folder / 'canvas-feedback.zip'}",
        *LEFT_OUT,
        "Left out, no number of Canvas's in the roster's column lms_user_id: student07",
        "No feedback packed, no file that came from Canvas: student07",
        "1 has a flag that nobody has settled: student10",
        "The column is 'Doubling (4321)'.",
        "Canvas tells a group's feedback to all of it, and these have other points than it says: "
        "student00",
        "Next: in Canvas, Grades, Import: choose the file, look at the changes, Save Changes.",
        "Then the feedback, once (each upload is another comment): the assignment's page, "
        "Re-Upload Submissions (below Download Submissions): choose the zip.",
    ]
    found = CANVAS.imports((folder / "canvas.csv").read_bytes())
    assert found.grades == {1000: "5.5", 1001: "5.75", 1009: "EX", 1010: "0"}
    assert (found.unknown, found.new_columns) == ([], [])
    taken, ignored = CANVAS.takes((folder / "canvas-feedback.zip").read_bytes())
    assert ignored == []
    assert taken.keys() == {2001, 2002, 2003}
    assert taken[2001] == taken[2002]
    whole = json.dumps(nbformat.reads(taken[2003].decode(), as_version=4))
    assert "student10" in whole  # whose number Canvas has put before the file
    assert "student00" not in whole
    assert export(course, "--to", "canvas", "--partial") == (code, told)  # and nothing piles up
    assert files(course) == ["exports/tiny/canvas-feedback.zip", "exports/tiny/canvas.csv"]
    origins.write(load(course), "tiny", {})
    export(course, "--to", "canvas", "--partial")
    assert files(course) == ["exports/tiny/canvas.csv"]  # nor is an older zip left beside it


def test_a_text_or_an_address_gets_no_notebook(course: Path) -> None:
    """Though a group that is called by a number has two of them before it, as a file has."""
    with_text = Attachment("7_1000_", "text.html"), Attachment("", "hw.ipynb")
    of_one = Attachment("anon_Ab3dE_2015_", "tiny.ipynb"), Attachment("7_1001_2001_", "text.html")
    there = {
        "student00": Origin("canvas", attachments=with_text),
        "student01": Origin("canvas", attachments=of_one),
    }
    origins.write(load(course), "tiny", there)
    _, told = export(course, "--to", "canvas", "--partial")
    assert (
        "No feedback packed, no file that came from Canvas: student00, student07, student10" in told
    )
    with zipfile.ZipFile(course / "exports" / "tiny" / "canvas-feedback.zip") as archive:
        assert archive.namelist() == [
            "anon_Ab3dE_2015_feedback.ipynb",
            "7_1001_2001_feedback.ipynb",
        ]


@pytest.mark.parametrize(
    ("prefix", "taken", "left"),
    [
        ("team_1002_2003_", [], "student00, student10"),  # whose answer waits
        ("1010_1002_2003_", [], "student00, student10"),  # of a group that is called as a number
        ("team_1010_1000_", ["student10"], ""),  # the file's number is another student's, too
    ],
    ids=["waits", "called by a number", "numbered by one"],
)
def test_a_group_gets_nobody_s_feedback_in_another_s_place(
    course: Path, prefix: str, taken: list[str], left: str
) -> None:
    """Canvas gives it to all: it is of the one whose number is before the file's, or none."""
    team = Origin("canvas", attachments=(Attachment(prefix, "tiny.ipynb"),))
    there = dict.fromkeys(("student00", "student02", "student10"), team)
    origins.write(load(course), "tiny", there)
    code, told = export(course, "--to", "canvas", "--partial")
    assert code == 1
    named = [each for each in told if each.startswith("No feedback packed, it would go to a group")]
    assert [each.rpartition(": ")[2] for each in named] == ([left] if left else [])
    path = course / "exports" / "tiny" / "canvas-feedback.zip"
    assert path.exists() == bool(taken)
    if taken:
        with zipfile.ZipFile(path) as archive:
            text = archive.read(f"{prefix}feedback.ipynb").decode()
        assert [key for key in there if key in text] == taken


def test_canvas_own_gradebook_says_which_column(course: Path) -> None:
    """Without a line in the configuration."""
    people = {1000: ("Doe, Jane", "jdoe", "S"), 1010: ("Lee, Sam", "slee", "S")}
    (course / "g.csv").write_bytes(exported(people, {"Tiny steps (4321)": "6", "Other (5)": "1"}))
    code, told = export(course, "--to", "canvas", "--partial", "--gradebook", "g.csv")
    assert code == 1
    assert "The column is 'Tiny steps (4321)'." in told
    assert (
        "Left out, an lms_user_id that is not in Canvas's gradebook: student01, student09" in told
    )
    found = CANVAS.imports((course / "exports" / "tiny" / "canvas.csv").read_bytes())
    assert found.grades == {1000: "5.5", 1010: "0"}


def test_a_column_without_a_number_is_told(course: Path) -> None:
    """Canvas would make a new assignment of it."""
    _, told = export(course, "--to", "canvas", "--partial")
    assert any("without Canvas's number of an assignment: unless" in each for each in told)
    found = CANVAS.imports((course / "exports" / "tiny" / "canvas.csv").read_bytes())
    assert (found.new_columns, found.points_possible) == (["tiny"], ["6"])


# Moodle ----------------------------------------------------------------------------------------


def participants() -> dict[int, Participant]:
    """The class in Moodle, but for one; and someone who is not on the roster."""
    found = {
        4700 + place: Participant(
            f"{each.student.first_name} {each.student.last_name}", each.student.email
        )
        for place, each in enumerate(CLASS)
        if each.student.student_id != "student07"
    }
    return {**found, 4799: Participant("Some One", "one@example.org", "2.00")}


def test_moodle_gets_its_worksheet_and_pages(course: Path) -> None:
    """The one that `collect` has kept; folders by number; zeros and the order of steps are told."""
    moodle = Moodle(participants())
    kept = course / "collected" / "tiny" / "worksheet.csv"
    kept.parent.mkdir(parents=True)
    kept.write_text(moodle.worksheet(line_end="\r\n"), newline="")
    code, told = export(course, "--to", "moodle", "--partial")
    folder = course / "exports" / "tiny"
    assert code == 1
    assert told == [
        f"tiny: 3 students in {folder / 'moodle.csv'}",
        f"Feedback of 3: {folder / 'moodle-feedback.zip'}",
        *LEFT_OUT,
        "Left out, not in the worksheet, or not for sure: student07",
        "Left out, excused, for which Moodle's file has no word: see to it there: student09",
        "No feedback packed, Moodle's number of the student is not known: student07",
        "1 has a flag that nobody has settled: student10",
        "With 0 points, which the newest Moodle passes over, so look for them there: student10",
        "1 rows are nobody's on the roster: participant 4799",
        "Next: in Moodle, the assignment, Submissions (View all submissions), Upload grading "
        "worksheet: choose the file. A grade that was changed in Moodle since the worksheet was "
        "downloaded is passed over, unless you tick 'Allow updating records that have been "
        "modified more recently …'.",
        "Then, and not before, or Moodle takes the rows for out of date: Upload multiple feedback "
        "files in a zip, in the same menu.",
    ]
    grades, comments = moodle.imports((folder / "moodle.csv").read_bytes())
    assert grades == {4700: 5.5, 4701: 5.75, 4707: 0.0}
    assert comments[4700] == "5.5 of 6 points<br>why: Nearly."
    assert replace(moodle, newest=True).imports((folder / "moodle.csv").read_bytes())[0] == {
        4700: 5.5,
        4701: 5.75,
    }
    taken, ignored = moodle.takes((folder / "moodle-feedback.zip").read_bytes())
    assert ignored == []
    assert {number: [*pages] for number, pages in taken.items()} == {
        number: ["tiny.html"] for number in (4700, 4701, 4707)
    }
    page = BeautifulSoup(taken[4701]["tiny.html"], "html.parser")
    assert "5.75 of 6 points" in " ".join(page.get_text(" ").split())


def test_a_worksheet_in_another_language_and_form(course: Path) -> None:
    """What to choose in Moodle's form is told."""
    moodle = Moodle(participants(), language=GERMAN)
    sheet = moodle.worksheet(separator=";", mark="\ufeff")
    (course / "w.csv").write_bytes(sheet.encode("utf-16-le"))
    _, told = export(course, "--to", "moodle", "--partial", "--worksheet", "w.csv")
    assert any(
        "Encoding UTF-16-LE, separator semicolon; older sites take UTF-8 and comma" in each
        for each in told
    )
    content = (course / "exports" / "tiny" / "moodle.csv").read_bytes()
    assert moodle.imports(content, "utf-16-le", "semicolon")[0] == {4700: 5.5, 4701: 5.75, 4707: 0}


def test_teams_get_a_folder_for_each_member(course: Path) -> None:
    """Moodle's number of a team is nobody's."""
    from_moodle = {
        key: Origin("moodle", number, "Team 3", (Attachment("", "tiny.ipynb"),))
        for key, number in (("student00", "4700"), ("student10", "4707"))
    }
    origins.write(load(course), "tiny", from_moodle)
    (course / "w.csv").write_text(Moodle(participants()).worksheet())
    export(course, "--to", "moodle", "--partial", "--worksheet", "w.csv")
    archive = (course / "exports" / "tiny" / "moodle-feedback.zip").read_bytes()
    assert {*Moodle(participants()).takes(archive)[0]} == {4700, 4701, 4707}


def test_the_worksheet_alone_says_whose_number_it_is(course: Path) -> None:
    """Of another number that `collect` has kept, no page goes to whom it is now."""
    origins.write(load(course), "tiny", {"student07": Origin("moodle", "4700", "Sam Lee")})
    (course / "w.csv").write_text(Moodle(participants()).worksheet())
    _, told = export(course, "--to", "moodle", "--partial", "--worksheet", "w.csv")
    assert "No feedback packed, Moodle's number of the student is not known: student07" in told
    path = course / "exports" / "tiny" / "moodle-feedback.zip"
    with zipfile.ZipFile(path) as archive:
        numbers = [re.search(r"_(\d+)_assignsubmission", name)[1] for name in archive.namelist()]
    assert numbers == ["4700", "4701", "4707"]


def test_feedback_of_other_points_than_the_file_s_is_not_packed(course: Path) -> None:
    """A person scores while it is packed: what lateness takes is still that of the old points."""
    settings = load(course)
    graded = [row for row in earned.read(settings, "tiny", partial=True).rows if row.cells][:2]
    files = (Attachment("a_1000_2001_", "a.ipynb"), Attachment("a_1000_2002_", "b.ipynb"))
    there = {"student00": Origin("canvas", attachments=files)}
    numbers = {row.student.student_id: (row.student.lms_user_id, "Name") for row in graded}
    with Gradebook(f"sqlite:///{course}/gradebook.db") as gradebook:
        gradebook.find_grade("why", "tiny", "tiny", "student00").manual_score = 0.5
        gradebook.db.commit()
    packed = packing.for_moodle(settings, "tiny", graded, numbers)
    assert packed.left_out == [LeftOut("student00", packing.OTHERS)]
    assert packed.students == ["student01"]
    packed = packing.for_canvas(settings, "tiny", graded[:1], there)
    assert (packed.students, packed.left_out) == ([], (LeftOut("student00", packing.OTHERS),))


def test_without_a_worksheet_there_is_an_import(course: Path) -> None:
    """As such told; feedback for those whose number `collect` has kept."""
    origins.write(load(course), "tiny", {"student00": Origin("moodle", "4700", "Jane Doe")})
    code, told = export(course, "--to", "moodle", "--partial", "--absent", "zero")
    assert code == 1
    assert any("There is no grading worksheet" in each for each in told)
    assert any("An unknown username stops the whole import." in each for each in told)
    assert files(course) == [
        "exports/tiny/moodle-import-feedback.zip",
        "exports/tiny/moodle-import.csv",
    ]
    site = Import({each.student.username: each.student.student_id for each in CLASS})
    site.imports((course / "exports" / "tiny" / "moodle-import.csv").read_bytes())
    assert site.grades == {
        **{"student00": 5.5, "student01": 5.75, "student06": 0},
        **{"student07": 5.0, "student10": 0},
    }


# A table ---------------------------------------------------------------------------------------


def table(path: Path) -> dict[str, dict[str, str]]:
    """The rows by student."""
    text = path.read_text(encoding="utf-8-sig")
    return {row["student_id"]: row for row in csv.DictReader(io.StringIO(text, newline=""))}


def test_a_table_of_all(course: Path) -> None:
    """In the file that was asked for; who is absent may have 0."""
    code, told = export(
        course, "--to", "csv", "--partial", "--absent", "zero", "--output", "out/all.csv"
    )
    assert code == 1  # one could not be graded
    assert told == [
        "tiny: 6 students in out/all.csv",
        *LEFT_OUT[:2],
        "1 has a flag that nobody has settled: student10",
        "UTF-8 with a byte order mark; cells are parted by commas, and points have a point.",
    ]
    rows = table(course / "out" / "all.csv")
    assert {key: each["after"] for key, each in rows.items()} == {
        **{"student00": "5.5", "student01": "5.75", "student06": "0", "student07": "5"},
        **{"student09": "EX", "student10": "0"},
    }
    assert rows["student01"]["timestamp"] == "2026-12-04 13:00:00+01:00"
    assert files(course) == []


def test_all_is_well_where_nobody_was_left_out_for_an_unusual_reason(course: Path) -> None:
    """Who waits, or is absent or excused, is what one expects."""
    with Gradebook(f"sqlite:///{course}/gradebook.db") as gradebook:
        gradebook.db.connection().exec_driver_sql(
            "UPDATE autograder_submission SET status = 'graded' WHERE status = 'failed'"
        )
        gradebook.db.commit()
    assert export(course, "--to", "csv", "--partial")[0] == 0


def test_where_nobody_has_points_nothing_is_written(course: Path) -> None:
    """And that is told."""
    (course / "roster.csv").write_text("student_id\nstudent02\nnew\n")
    code, told = export(course, "--to", "csv", "--partial")
    assert (code, told[0]) == (1, "tiny: nobody has points to export; nothing is written.")
    assert not (course / "exports").exists()


# nbgrader's command ----------------------------------------------------------------------------


NAMES = {
    "canvas": ("Canvas", "canvas.csv"),
    "moodle": ("Moodle", "moodle.csv"),
    "csv": ("Csv", "grades.csv"),
}


@pytest.mark.parametrize(("plugin", "name"), daily(NAMES))
def test_nbgrader_s_export_writes_the_same(course: Path, plugin: str, name: str) -> None:
    """Refused while answers wait, unless the configuration leaves such rows out."""
    (course / "collected" / "tiny").mkdir(parents=True)
    (course / "collected" / "tiny" / "worksheet.csv").write_text(Moodle(participants()).worksheet())
    from_canvas(course)
    path = course / "exports" / "tiny" / name
    exporter = ("nbgrader", "export", f"--exporter=autograder.lms.plugins.{plugin}Export")
    done = run(course, *exporter)
    assert done.returncode == 1
    assert "tiny is not exported: 1 student's answers wait for a person's points" in done.stderr
    assert not path.exists()
    with (course / "course_config.py").open("a") as config:
        config.write(f"\nc.{plugin}Export.partial = True\n")
    done = run(course, *exporter)
    assert done.returncode == 1  # one could not be graded
    assert "Left out, the last hand-in could not be graded: student04" in done.stderr
    assert "Traceback" not in done.stderr
    by_nbgrader = {each: (course / each).read_bytes() for each in files(course)}
    export(course, "--to", plugin.lower(), "--partial")
    assert {each: (course / each).read_bytes() for each in files(course)} == by_nbgrader
    done = run(
        course, *exporter, "--to=one.csv", "--assignment=['tiny']", "--student=['student01']"
    )
    assert done.returncode == 0, done.stderr
    assert (course / "one.csv").exists()


# A real class ----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def graded(processes: None, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two who were graded, one of them wrong, with a person's points on both."""
    course = tiny_course(tmp_path_factory.mktemp("graded") / "course")
    for key, double in (("student00", "def double(x):\n    return x"), ("student01", None)):
        folder = course / "submitted" / key / "tiny"
        folder.mkdir(parents=True)
        notebook = answered(course, double) if double else answered(course)
        nbformat.write(notebook, folder / "tiny.ipynb")
    (course / "roster.csv").write_text(
        "student_id,lms_user_id,email\nstudent00,1000,s0@example.org\nstudent01,1001,s1@example.org\n"
    )
    assert autograder(course, "grade", "tiny").returncode == 0
    with Gradebook(f"sqlite:///{course}/gradebook.db") as gradebook:
        for key in ("student00", "student01"):
            grade = gradebook.find_grade("why", "tiny", "tiny", key)
            grade.manual_score, grade.needs_manual_grade = 1.5, False
        gradebook.db.commit()
    return course


def test_the_feedback_notebook_has_nothing_hidden(graded: Path) -> None:
    """What the student wrote, what the visible test said, and no line of a hidden one."""
    files_of = (Attachment("a_1000_2001_", "tiny.ipynb"),)
    origins.write(load(graded), "tiny", {"student00": Origin("canvas", attachments=files_of)})
    code, told = export(graded, "--to", "canvas")
    assert code == 1, told  # one did not come from Canvas
    archive = (graded / "exports" / "tiny" / "canvas-feedback.zip").read_bytes()
    taken, _ = Canvas({1000: ""}, {}, {2001: 1000}).takes(archive)
    cells = nbformat.reads(taken[2001].decode(), as_version=4).cells
    whole = "\n".join(cell.source for cell in cells)
    assert "return x" in whole
    assert "1.5 / 2" in whole
    for hidden in ("double(-3)", "-6", "HIDDEN", "Traceback", "/autograder/", "return 2 * x"):
        assert hidden not in whole


def test_two_thousand_students_are_exported_in_seconds(tmp_path: Path) -> None:
    """As a table; each of 2,000 feedbacks takes its own time beside."""
    course = tiny_course(tmp_path / "course")
    fill(course, [Member(replace(student(n), student_id=f"s{n:04}")) for n in range(2000)])
    start = time.process_time()
    assert export(course, "--to", "csv")[0] == 0
    assert time.process_time() - start < 8
    assert len(table(course / "exports" / "tiny" / "grades.csv")) == 2000
