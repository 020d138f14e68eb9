"""The one configuration file of the course: nbgrader's settings and the kit's own.

Every nbgrader command and the formgrader read it through nbgrader_config.py.
"""

import os
import sys
from pathlib import Path

from autograder.batch import converter

c = get_config()  # noqa: F821  (traitlets puts it into the file's namespace)
ROOT = Path(__file__).resolve().parent

# The course ------------------------------------------------------------------------------------

c.CourseDirectory.course_id = "losses-by-hand"
c.CourseDirectory.root = str(ROOT)
c.Exchange.root = str(ROOT / "exchange")

c.Course.timezone = "Europe/Zagreb"
c.Course.due = {"losses": "2026-12-04 18:00"}

# What being late takes off, in percent of the points that a submission has: nothing, by itself.
# c.LatePolicy.grace_minutes = 15  # so many cost nothing
# c.LatePolicy.percent_a_day = 10  # one that has begun counts as whole; or percent_an_hour
# c.LatePolicy.cap_percent = 50  # no more than that
# c.LatePolicy.none_after_days = 7  # no points for who is later; or none_after_hours

# nbgrader calls `alembic` by its bare name, which only an activated environment finds.
os.environ["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])

# The gradebook: SQLite beside this file, or any database that SQLAlchemy can open.
if os.environ.get("GRADEBOOK_URL"):
    c.CourseDirectory.db_url = os.environ["GRADEBOOK_URL"]

# Releasing -------------------------------------------------------------------------------------

# release/ is committed, so it is always there; nbgrader would skip it and make no gradebook.
c.GenerateAssignment.force = True
c.GenerateAssignment.preprocessors = [
    "nbgrader.preprocessors.IncludeHeaderFooter",
    "nbgrader.preprocessors.InstantiateTests",
    "nbgrader.preprocessors.LockCells",
    "nbgrader.preprocessors.ClearSolutions",
    "nbgrader.preprocessors.ClearOutput",
    "nbgrader.preprocessors.CheckCellMetadata",
    "nbgrader.preprocessors.ComputeChecksums",
    "autograder.grading.preprocessors.SaveCells",
    "autograder.grading.preprocessors.RegisterCourse",
    "nbgrader.preprocessors.ClearHiddenTests",
    "nbgrader.preprocessors.ClearMarkScheme",
    "nbgrader.preprocessors.ComputeChecksums",
    "nbgrader.preprocessors.CheckCellMetadata",
]

# Grading ---------------------------------------------------------------------------------------

# What students' code may do and use: `autograder doctor` says what this machine has for it.
c.Sandbox.policy = "on"
# Seconds are those of the processor: a machine that is busy with others costs nobody a cell.
c.Sandbox.cell_seconds = 30
c.Sandbox.call_seconds = 10
c.Sandbox.memory_mib = 2048

c.Execute.timeout = 30  # seconds a cell, in `nbgrader validate`, which has no sandbox

converter.install()  # nbgrader's own commands and the formgrader do as this kit does

# A submission is rebuilt on the source before these: nothing is left to sanitize.
c.Autograde.sanitize_preprocessors = []
c.Autograde.autograde_preprocessors = [
    "autograder.grading.preprocessors.Execute",
    "nbgrader.preprocessors.LimitOutput",
    "autograder.grading.preprocessors.GradeCellOutput",
    "autograder.grading.preprocessors.SaveAutoGrades",
    "nbgrader.preprocessors.AssignLatePenalties",
]
