"""The kit's own tables, which stand beside nbgrader's in the gradebook, and their version.

nbgrader knows nothing of them, and leaves their rows where it removes a submission. Such rows are
found by nbgrader's ids, which are never used again, and go when a command opens the gradebook.
"""

from __future__ import annotations

from nbgrader.api import Assignment, Comment, Grade, Gradebook, SubmittedAssignment
from sqlalchemy import (
    Column,
    ColumnElement,
    Float,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    and_,
    delete,
    exists,
    func,
    inspect,
    not_,
    or_,
    select,
    text,
)
from sqlalchemy.engine import Connection

from autograder import __version__
from autograder.config import CourseError
from autograder.grading.records.gradebook import bound_waiting

METADATA = MetaData()
# One row, with the version of the others.
SCHEMA = Table(
    "autograder_schema",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("version", Integer, nullable=False),
)
# What was graded, and what a person has judged.
ANSWERS = Table(
    "autograder_answer",
    METADATA,
    Column("id", String(32), primary_key=True),  # of nbgrader's Grade or Comment
    Column("graded", String(64), nullable=False),  # SHA-256
    Column("judged", String(64)),
    Column("comment", String(64)),  # its text, as it was when the answer was graded last
)
# What students were given.
RELEASES = Table(
    "autograder_release",
    METADATA,
    Column("id", String(64), primary_key=True),  # SHA-256 of the rest
    Column("assignment", String(255), nullable=False),
    Column("notebook", String(255), nullable=False),
    Column("cells", Text, nullable=False),  # JSON: of each its kind, text, id and metadata
)
# What came of each submission, beside the scores that nbgrader has.
KEPT = "autograder_submission"
SUBMISSIONS = Table(
    KEPT,
    METADATA,
    Column("assignment_id", String(32), primary_key=True),  # of nbgrader's Assignment
    Column("student_id", String(128), primary_key=True),
    Column("submission_id", String(32)),  # of nbgrader's entry; NULL: nothing could be graded yet
    Column("status", String(16), nullable=False),
    Column("seconds", Float, nullable=False),
    Column("digest", String(64), nullable=False),  # SHA-256 of all that the record comes from
    Column("versions", Text, nullable=False),  # JSON: of each package
    Column("flags", Text, nullable=False),  # JSON
    Column("checks", Text, nullable=False),  # JSON: by grade_id
    Column("printed", Text, nullable=False, server_default="{}"),  # JSON: by grade_id
    Column("plots", Text, nullable=False, server_default="{}"),  # JSON: by grade_id
    Column("content", String(64), nullable=False, server_default=""),  # SHA-256: the student's own
    Column("handed_in", Text, nullable=False, server_default="[]"),  # JSON: the flags of that
    Column("notebooks", Text, nullable=False, server_default="{}"),  # JSON: by name
)
# Flags that a person has looked at, of what was handed in then.
SETTLED = Table(
    "autograder_settled",
    METADATA,
    Column("assignment_id", String(32), primary_key=True),
    Column("student_id", String(128), primary_key=True),
    Column("kind", String(32), primary_key=True),
    Column("cell", String(255), primary_key=True),
    Column("answer", String(64), nullable=False),  # SHA-256 of what the flag was about
)

# Of nbgrader's tables, by which rows are looked for.
INDEXED = (
    ("grade", "notebook_id"),
    ("comment", "notebook_id"),
    ("submitted_notebook", "assignment_id"),
)


def prepare(gradebook: Gradebook) -> None:
    """Brings the tables up to date, and takes out rows of what nbgrader has no more.

    Called by each command that grades or releases, before it reads or writes any of them.

    Raises:
        CourseError: a newer kit has made them.
    """
    bound_waiting(gradebook)  # someone who reads is enough to hold up a new column
    connection = gradebook.db.connection()
    version = _version(connection)
    if version > len(UPGRADES):
        raise CourseError(
            f"the gradebook was brought up to date by a newer autograder (its tables are of "
            f"version {version}, and autograder {__version__} knows them up to {len(UPGRADES)}): "
            "install that one, or go on with a copy of the gradebook from before."
        )
    if version not in (0, len(UPGRADES)):  # or another command upgrades them meanwhile
        connection.execute(SCHEMA.update().values(version=SCHEMA.c.version))
        version = _version(connection)
    for upgrade in UPGRADES[version:]:
        upgrade(connection)
    if version < len(UPGRADES):
        connection.execute(delete(SCHEMA))
        connection.execute(SCHEMA.insert().values(id=1, version=len(UPGRADES)))
    _forget(connection, ANSWERS, not_(or_(_has(Grade), _has(Comment))))
    _forget(connection, SUBMISSIONS, not_(is_current()))
    _forget(connection, SETTLED, not_(_is_kept()))
    gradebook.db.commit()


def _version(connection: Connection) -> int:
    """The version of the tables; 0 where they have none yet, or are not there at all."""
    if not inspect(connection).has_table(SCHEMA.name):
        return 0
    return connection.execute(select(func.max(SCHEMA.c.version))).scalar() or 0


def _from_0(connection: Connection) -> None:
    """Before they had a version there were answers and releases alone, if anything was there."""
    METADATA.create_all(connection, [SCHEMA, ANSWERS, RELEASES, SUBMISSIONS])


def _from_1(connection: Connection) -> None:
    """Version 1 does not keep what a student's functions print when tests call them."""
    _add_column(connection, "printed")


def _from_2(connection: Connection) -> None:
    """Version 2 keeps no plot of a wrong function."""
    _add_column(connection, "plots")


def _from_3(connection: Connection) -> None:
    """Version 3 keeps nothing by notebook, and nothing of what a person has looked at."""
    for name, empty in (("content", ""), ("handed_in", "[]"), ("notebooks", "{}")):
        _add_column(connection, name, empty)
    METADATA.create_all(connection, [SETTLED])


def _from_4(connection: Connection) -> None:
    """Version 4 has to read all grades of all assignments to find those of one submission.

    nbgrader's tables have no index for that; one more changes nothing for it but its speed.
    """
    for table, column in INDEXED:
        name = f"autograder_{table}_{column}"
        connection.execute(text(f"CREATE INDEX IF NOT EXISTS {name} ON {table} ({column})"))


def _add_column(connection: Connection, name: str, empty: str = "{}") -> None:
    """Adds a column to SUBMISSIONS, empty in each row, if it is not there."""
    if name not in {column["name"] for column in inspect(connection).get_columns(KEPT)}:
        kind = SUBMISSIONS.c[name].type
        added = f"ALTER TABLE {KEPT} ADD COLUMN {name} {kind} DEFAULT '{empty}' NOT NULL"
        connection.execute(text(added))


# What makes of each version, from 0 on, the next: done once more, it changes nothing.
UPGRADES = (_from_0, _from_1, _from_2, _from_3, _from_4)


def _forget(connection: Connection, table: Table, gone: ColumnElement[bool]) -> None:
    """Deletes the rows of what is gone; where there are none, nothing is locked."""
    if connection.execute(select(select(table).where(gone).exists())).scalar():
        connection.execute(delete(table).where(gone))


def _has(kind: type[Grade] | type[Comment]) -> ColumnElement[bool]:
    """Whether nbgrader has what an answer was noted for."""
    return exists().where(kind.id == ANSWERS.c.id)


def _is_kept() -> ColumnElement[bool]:
    """Whether there is a record of the submission whose flag was settled."""
    return exists().where(
        SUBMISSIONS.c.assignment_id == SETTLED.c.assignment_id,
        SUBMISSIONS.c.student_id == SETTLED.c.student_id,
    )


def is_current() -> ColumnElement[bool]:
    """Whether a row of SUBMISSIONS is of the submission that nbgrader has, and not of a former one.

    One of which nothing could be graded is current as long as nbgrader has none.
    """
    theirs = and_(
        SubmittedAssignment.assignment_id == SUBMISSIONS.c.assignment_id,
        SubmittedAssignment.student_id == SUBMISSIONS.c.student_id,
    )
    same = and_(theirs, SubmittedAssignment.id == SUBMISSIONS.c.submission_id)
    known = Assignment.id == SUBMISSIONS.c.assignment_id
    there, another, asked = (
        exists().where(each).correlate(SUBMISSIONS) for each in (same, theirs, known)
    )
    nothing_graded = SUBMISSIONS.c.submission_id.is_(None)
    return or_(there, and_(nothing_graded, not_(another), asked))
