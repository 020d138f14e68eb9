"""The kit's own tables in the gradebook: brought up to date, refused, and rid of what is gone."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
from nbgrader.api import Gradebook
from sqlalchemy import event, inspect, select, text

from autograder import __version__
from autograder.config import CourseError
from autograder.grading.records import details, judgement, standing, tables
from autograder.grading.records.details import Details, NotebookRecord
from autograder.grading.records.record import SCORES
from autograder.grading.records.tables import ANSWERS, RELEASES, SCHEMA, SETTLED, SUBMISSIONS
from autograder.results import Flag, FlagKind, Line, Plot
from tests.course import command
from tests.tiny import tiny_course

NEWER = (
    "the gradebook was brought up to date by a newer autograder (its tables are of version 99, and "
    f"autograder {__version__} knows them up to 5): install that one, or go on with a copy of the "
    "gradebook from before."
)
LATE = Flag(FlagKind.LATE, "", "1 h 0 min after the due date.")


pytestmark = pytest.mark.usefixtures("processes")


@pytest.fixture
def url(gradebook_url: str) -> str:
    """The address of a gradebook in which student01 has a graded and judged submission of hw."""
    with Gradebook(gradebook_url) as gradebook:
        tables.prepare(gradebook)
        fill(gradebook)
    return gradebook_url


def fill(gradebook: Gradebook) -> None:
    """Enters an assignment, and a submission with what the kit keeps of it."""
    gradebook.add_assignment("hw")
    gradebook.add_notebook("hw", "hw")
    gradebook.add_grade_cell("test", "hw", "hw", max_score=2, cell_type="code")
    gradebook.add_solution_cell("answer", "hw", "hw")
    gradebook.update_or_create_student("student01")
    entry = gradebook.add_submission("hw", "student01")
    (notebook,) = entry.notebooks
    (grade,), (comment,) = notebook.grades, notebook.comments
    grade.manual_score = 1
    notes = judgement.Notes(gradebook, [grade, comment])
    notes.asked_again(grade, "a" * 64)
    notes.commented(comment, "b" * 64)
    notes.write()
    details.keep(gradebook, "hw", "student01", Details("flagged", 1.0, (LATE,)))
    gradebook.db.commit()


def test_to_find_a_submissions_rows_no_table_is_read_whole(
    made_gradebook: Path, tmp_path: Path
) -> None:
    """Or a class would take as long as all classes before it."""
    file = shutil.copy(made_gradebook, tmp_path)
    with Gradebook(f"sqlite:///{file}") as gradebook:
        tables.prepare(gradebook)
        fill(gradebook)
        said: list[tuple[str, Any]] = []
        engine = gradebook.db.get_bind()
        event.listen(engine, "before_cursor_execute", lambda *told: said.append(told[2:4]))
        assert standing.read(gradebook, "hw", ["student01"])["student01"].grades
        entry = gradebook.find_submission("hw", "student01")
        assert gradebook.db.execute(SCORES, {"entry": entry.id}).all()
        for statement, values in said[:]:
            plan = gradebook.db.connection().exec_driver_sql(
                f"EXPLAIN QUERY PLAN {statement}", values
            )
            read = {step.split()[1] for *_, step in plan if step.startswith("SCAN")}
            assert not read & {"grade", "comment", "submitted_notebook", "base_cell"}, statement


def rows(gradebook: Gradebook, table: Any) -> list[Any]:
    """What is in a table."""
    return list(gradebook.db.execute(select(table)))


def as_version_0(gradebook: Gradebook) -> None:
    """Leaves the tables as kits before the first version did."""
    for table in (SCHEMA, SUBMISSIONS, SETTLED):
        table.drop(gradebook.db.connection())
    gradebook.db.commit()


def test_what_an_older_kit_has_kept_is_brought_up_to_date(url: str) -> None:
    """Its answers stay, the new tables are there, and a second time changes nothing."""
    with Gradebook(url) as gradebook:
        answers = rows(gradebook, ANSWERS)
        as_version_0(gradebook)
        for _ in range(2):
            tables.prepare(gradebook)
            assert [row.version for row in rows(gradebook, SCHEMA)] == [5]
            assert rows(gradebook, ANSWERS) == answers
            assert rows(gradebook, SUBMISSIONS) == rows(gradebook, RELEASES) == []
        details.keep(gradebook, "hw", "student01", Details("graded", 1.0, ()))
        assert details.read(gradebook, "hw")["student01"].status == "graded"


def test_version_1_gets_a_place_for_what_is_printed(url: str) -> None:
    """What it kept is there as before; a run that was killed after the change is no trouble."""
    with Gradebook(url) as gradebook:
        SETTLED.drop(gradebook.db.connection())
        for column in ("printed", "plots", "content", "handed_in", "notebooks"):
            gradebook.db.execute(text(f"ALTER TABLE autograder_submission DROP COLUMN {column}"))
        gradebook.db.execute(SCHEMA.update().values(version=1))
        gradebook.db.commit()
        for _ in range(2):
            tables.prepare(gradebook)
            assert [row.version for row in rows(gradebook, SCHEMA)] == [5]
            kept = details.read(gradebook, "hw")["student01"]
            assert (kept.flags, kept.printed) == ((LATE,), {})
            gradebook.db.execute(SCHEMA.update().values(version=1))
            gradebook.db.commit()
        details.keep(gradebook, "hw", "student01", Details("graded", 1.0, (), printed={"t": "x"}))
        assert details.read(gradebook, "hw")["student01"].printed == {"t": "x"}


def test_version_2_gets_a_place_for_plots(url: str) -> None:
    """What it kept is there as before, and a plot is kept as it was made."""
    plot = Plot("x", "loss", (0.0, 1.0), (Line("y = 1", (0.5, None), (0.0, 1.0)),), (0.0, 5.0))
    with Gradebook(url) as gradebook:
        gradebook.db.execute(text("ALTER TABLE autograder_submission DROP COLUMN plots"))
        gradebook.db.execute(SCHEMA.update().values(version=2))
        gradebook.db.commit()
        tables.prepare(gradebook)
        kept = details.read(gradebook, "hw")["student01"]
        assert (kept.flags, kept.plots) == ((LATE,), {})
        details.keep(gradebook, "hw", "student01", Details("graded", 1.0, (), plots={"t": plot}))
        assert details.read(gradebook, "hw")["student01"].plots == {"t": plot}


def test_version_3_gets_places_for_notebooks_and_for_what_is_settled(url: str) -> None:
    """What it kept is there as before; of nothing is it known what it was graded from."""
    with Gradebook(url) as gradebook:
        SETTLED.drop(gradebook.db.connection())
        for column in ("content", "handed_in", "notebooks"):
            gradebook.db.execute(text(f"ALTER TABLE autograder_submission DROP COLUMN {column}"))
        gradebook.db.execute(SCHEMA.update().values(version=3))
        gradebook.db.commit()
        tables.prepare(gradebook)
        kept = details.read(gradebook, "hw")["student01"]
        assert (kept.flags, kept.content, kept.handed_in, kept.notebooks) == ((LATE,), "", (), {})
        assert rows(gradebook, SETTLED) == []
        notebooks = {"hw": NotebookRecord("a" * 64, "c" * 64, ("test",), (LATE,))}
        new = Details("graded", 1.0, (), content="b" * 64, handed_in=(LATE,), notebooks=notebooks)
        details.keep(gradebook, "hw", "student01", new)
        assert details.read(gradebook, "hw")["student01"] == new


def test_an_upgrade_that_was_killed_is_done_again(url: str) -> None:
    """Tables that are there without a version are no trouble."""
    with Gradebook(url) as gradebook:
        SCHEMA.drop(gradebook.db.connection())
        gradebook.db.commit()
        tables.prepare(gradebook)
        assert [row.version for row in rows(gradebook, SCHEMA)] == [5]
        assert details.read(gradebook, "hw")["student01"].flags == (LATE,)


def test_a_gradebook_without_tables_gets_them(gradebook_url: str) -> None:
    """All that the kit keeps has its place, and nbgrader's tables are as they were."""
    with Gradebook(gradebook_url) as gradebook:
        before = set(inspect(gradebook.engine).get_table_names())
        tables.prepare(gradebook)
        made = set(inspect(gradebook.engine).get_table_names()) - before
    assert made == {table.name for table in (SCHEMA, ANSWERS, RELEASES, SUBMISSIONS, SETTLED)}
    assert all(name.startswith("autograder_") for name in made)


def newer(url: str) -> None:
    """Has the tables be of a version to come."""
    with Gradebook(url) as gradebook:
        gradebook.db.execute(SCHEMA.update().values(version=99))
        gradebook.db.commit()


def test_a_newer_version_is_refused(url: str) -> None:
    """What a newer kit means by its rows is not known here: nothing is changed."""
    newer(url)
    with Gradebook(url) as gradebook:
        with pytest.raises(CourseError) as refused:
            tables.prepare(gradebook)
        assert str(refused.value) == NEWER
        assert [row.version for row in rows(gradebook, SCHEMA)] == [99]
        assert len(rows(gradebook, SUBMISSIONS)) == 1


@pytest.mark.parametrize(
    "by",
    [
        ("autograder", "grade", "tiny"),
        ("autograder", "release", "tiny"),
        pytest.param(("nbgrader", "autograde", "tiny"), marks=pytest.mark.slow),
    ],
    ids=" ".join,
)
def test_every_command_says_so(tmp_path: Path, by: tuple[str, ...]) -> None:
    """One sentence, whoever asks, and no traceback."""
    course = tiny_course(tmp_path / "course")
    (course / "submitted" / "student01" / "tiny").mkdir(parents=True)
    newer(f"sqlite:///{course}/gradebook.db")
    done = command(course, *by)
    assert done.returncode != 0
    assert NEWER in done.stderr
    assert "Traceback" not in done.stderr


def test_what_nbgrader_removes_is_known_no_more(url: str) -> None:
    """Neither at once nor when the student hands in again; the next command takes the rows out."""
    with Gradebook(url) as gradebook:
        gradebook.remove_submission("hw", "student01")
        assert details.read(gradebook, "hw") == {}
        gradebook.add_submission("hw", "student01")
        assert details.read(gradebook, "hw") == {}
        assert (len(rows(gradebook, ANSWERS)), len(rows(gradebook, SUBMISSIONS))) == (2, 1)
        tables.prepare(gradebook)
        assert rows(gradebook, ANSWERS) == rows(gradebook, SUBMISSIONS) == []


def test_an_assignment_made_anew_has_nothing_of_the_former(url: str) -> None:
    """It has the same name, the same student and the same cells, and nobody has judged it."""
    with Gradebook(url) as gradebook:
        details.keep(gradebook, "hw", "student02", Details("failed", 0.0, ()))
        gradebook.remove_assignment("hw")
        assert details.read(gradebook, "hw") == {}
        former = {row.id for row in rows(gradebook, ANSWERS)}
        fill(gradebook)
        tables.prepare(gradebook)
        assert details.read(gradebook, "hw").keys() == {"student01"}
        assert len(rows(gradebook, SUBMISSIONS)) == 1
        assert len(rows(gradebook, ANSWERS)) == 2
        assert not former & {row.id for row in rows(gradebook, ANSWERS)}


def test_what_is_there_stays(url: str) -> None:
    """A command that opens the gradebook takes nothing out of it that nbgrader has."""
    with Gradebook(url) as gradebook:
        details.keep(gradebook, "hw", "student02", Details("failed", 0.0, ()))  # not in nbgrader's
        gradebook.db.commit()
        tables.prepare(gradebook)
        assert details.read(gradebook, "hw").keys() == {"student01", "student02"}
        assert len(rows(gradebook, ANSWERS)) == 2
