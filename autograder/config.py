"""The course's settings: traitlets in course_config.py, the format that nbgrader itself reads.

`nbgrader_config.py` loads the same file, so both programs see one configuration.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from nbgrader.coursedir import CourseDirectory
from traitlets import Dict, Enum, Float, Int, TraitError, Unicode, validate
from traitlets.config import Config, LoggingConfigurable
from traitlets.config.loader import PyFileConfigLoader

from autograder.limits import FULL_CELLS, MIB, Limits
from autograder.words import few

CONFIG_NAME = "course_config.py"


class CourseError(Exception):
    """Something the operator has to mend; the text says what and how, in one line."""


class Course(LoggingConfigurable):
    """What this kit has to know of a course beyond nbgrader's own settings."""

    due = Dict(
        key_trait=Unicode(),
        value_trait=Unicode(),
        help="Due dates: assignment to 'YYYY-MM-DD HH:MM' in the course's timezone.",
    ).tag(config=True)

    timezone = Unicode("UTC", help="IANA name of the course's timezone: 'Europe/Zagreb'.").tag(
        config=True
    )

    roster = Unicode(
        "roster.csv",
        help="Who takes the course: student_id, first_name, last_name, email, lms_user_id, "
        "idnumber, username, section, group.",
    ).tag(config=True)

    secret = Unicode(
        ".course_secret",
        help="Where the course's secret seed is kept. Losing it loses the means to replay a draw.",
    ).tag(config=True)

    canvas_column = Dict(
        key_trait=Unicode(),
        value_trait=Unicode(),
        help="The titles of Canvas's columns: assignment to 'TITLE (NUMBER)', as Canvas exports "
        "them.",
    ).tag(config=True)

    @validate("timezone")
    def _check_timezone(self, proposal: dict[str, str]) -> str:
        try:
            ZoneInfo(proposal["value"])
        except (ZoneInfoNotFoundError, ValueError):
            raise TraitError(
                f"c.Course.timezone is {proposal['value']!r}; an IANA name is meant, such as "
                "'Europe/Zagreb'."
            ) from None
        return proposal["value"]

    def due_utc(self, assignment: str) -> datetime | None:
        """When an assignment is due: UTC without tzinfo, as nbgrader's database has it.

        Raises:
            CourseError: the date in course_config.py can't be read.
        """
        text = self.due.get(assignment)
        if text is None:
            return None
        try:
            local = datetime.fromisoformat(text)
        except ValueError:
            raise CourseError(
                f"c.Course.due has {text!r} for {assignment}; 'YYYY-MM-DD HH:MM' is meant."
            ) from None
        if local.tzinfo is None:
            local = local.replace(tzinfo=ZoneInfo(self.timezone))
        return local.astimezone(UTC).replace(tzinfo=None)

    def shown(self, moment: datetime) -> str:
        """A time of nbgrader's database, which is UTC without tzinfo, as people here read it."""
        local = moment.replace(tzinfo=UTC).astimezone(ZoneInfo(self.timezone))
        return f"{local:%Y-%m-%d %H:%M} {self.timezone}"


class Sandbox(LoggingConfigurable):
    """What a student's code may do, and how much of the machine it may use."""

    policy = Enum(
        ["on", "off"],
        "on",
        help="'off' runs students' code under your account, with nothing between it and you.",
    ).tag(config=True)

    cell_seconds = Float(
        30,
        min=1,
        help="Processor time of a cell, on its busiest thread; half of it after each that was "
        "stopped.",
    ).tag(config=True)

    call_seconds = Float(
        10, min=1, help="Processor time of one call from a grade cell, on its busiest thread."
    ).tag(config=True)

    notebook_seconds = Float(
        600,
        min=1,
        help="Processor time of all cells and calls of a notebook together, counted like theirs.",
    ).tag(config=True)

    wall_factor = Float(
        5,
        min=1,
        help="By the wall clock, each of the three may take so many times as long: for what waits, "
        "and for what shares the machine with others.",
    ).tag(config=True)

    cpu_seconds = Int(600, min=1, help="Processor time of a kernel, on all its threads.").tag(
        config=True
    )

    memory_mib = Int(2048, min=64, help="Memory of a kernel, beyond what it starts with.").tag(
        config=True
    )

    file_mib = Int(64, min=1, help="Size of one file that a notebook writes.").tag(config=True)

    scratch_mib = Int(128, min=1, help="Size of all files that it writes.").tag(config=True)

    scratch_files = Int(1000, min=10, help="Number of files and folders.").tag(config=True)

    output_kib = Int(
        2048,
        min=16,
        max=3072,
        help=f"What is kept of a cell's output; of a notebook's, {FULL_CELLS} times that.",
    ).tag(config=True)

    def limits(self) -> Limits:
        """The settings as the processes that keep them have them."""
        return Limits(
            sandbox=self.policy == "on",
            cell_seconds=self.cell_seconds,
            call_seconds=self.call_seconds,
            notebook_seconds=self.notebook_seconds,
            wall_factor=self.wall_factor,
            cpu_seconds=self.cpu_seconds,
            memory_bytes=self.memory_mib * MIB,
            file_bytes=self.file_mib * MIB,
            scratch_bytes=self.scratch_mib * MIB,
            scratch_files=self.scratch_files,
            output_bytes=self.output_kib * MIB // 1024,
        )


@dataclass(frozen=True)
class Settings:
    """One course: its folder, its traitlets configuration, and what its parts make of it.

    `copies` is where graded copies go, if that is not what the configuration says.
    """

    root: Path
    config: Config
    course: Course
    sandbox: Sandbox
    directory: CourseDirectory
    copies: Path | None = None

    @property
    def roster_path(self) -> Path:
        return self.root / self.course.roster

    @property
    def secret_path(self) -> Path:
        return self.root / self.course.secret

    @property
    def hidden(self) -> tuple[str, ...]:
        """The folders that a student's kernel must not read, wherever they are."""
        return (str(self.root),)

    @property
    def assignments(self) -> list[str]:
        """The folders in source/ that have a notebook."""
        notebooks = self.step("source", "*") / "*.ipynb"
        return sorted({path.parent.name for path in self.glob(notebooks)})

    @property
    def dates_of_none(self) -> str:
        """What is to be told of names in c.Course.due that are no assignment; "" for nothing."""
        if not (names := sorted(self.course.due.keys() - set(self.assignments))):
            return ""
        have = "has" if len(names) == 1 else "have"
        return (
            f"c.Course.due names {few(names)}, which {have} no notebook in source/: misspelt, "
            "or still to be written"
        )

    def step(self, step: str, assignment: str, student: str = ".") -> Path:
        """The folder of one assignment in one of nbgrader's steps ("source", "submitted", …)."""
        if step == "autograded" and self.copies:
            return self.copies / student / assignment
        folder = getattr(self.directory, f"{step}_directory")
        return Path(self.directory.format_path(folder, student, assignment))

    def glob(self, pattern: Path) -> list[Path]:
        """The paths in the course that match a pattern made by `step`, in order."""
        return sorted(self.root.glob(str(pattern.relative_to(self.root))))


def load(root: Path) -> Settings:
    """The settings of the course in a folder.

    Raises:
        CourseError: the folder has no course_config.py, or it can't be used.
    """
    root = root.resolve()
    if not (root / CONFIG_NAME).is_file():
        raise CourseError(
            f"{root} is no course: it has no {CONFIG_NAME}. Go to the course's folder, or name it "
            "with --course."
        )
    try:
        config = PyFileConfigLoader(CONFIG_NAME, path=str(root)).load_config()
        if "root" not in config.CourseDirectory:
            config.CourseDirectory.root = str(root)  # nbgrader's default is where it was started
        return from_config(config)
    except Exception as error:  # the file is Python: anything can go wrong in it
        reason = f"{type(error).__name__}: {error}"
        raise CourseError(f"{root / CONFIG_NAME} can't be used: {reason}") from error


def from_config(config: Config) -> Settings:
    """The settings in a configuration that is already loaded, as a part of nbgrader has it."""
    directory = CourseDirectory(config=config)
    root = Path(directory.root)
    located = _located(config, root)
    return Settings(root, located, Course(config=config), Sandbox(config=config), directory)


def _located(config: Config, root: Path) -> Config:
    """The configuration with the header's and the footer's paths from the course's folder.

    nbgrader says that they are, and looks for them from wherever it was started.
    """
    found = {key: config.IncludeHeaderFooter.get(key) for key in ("header", "footer")}
    located = Config(config)
    located.IncludeHeaderFooter = Config(config.IncludeHeaderFooter)
    for key, path in found.items():
        if isinstance(path, str) and path:
            located.IncludeHeaderFooter[key] = str(root / path)
    return located
