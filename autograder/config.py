"""The course's settings: traitlets in course_config.py, the format that nbgrader itself reads.

`nbgrader_config.py` loads the same file, so both programs see one configuration.
"""

from __future__ import annotations

from collections.abc import Iterator
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
        "idnumber, username, section, group, extension, excused.",
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

    @property
    def clock(self) -> ZoneInfo:
        """The timezone by which people in the course read a time."""
        return ZoneInfo(self.timezone)

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


class LatePolicy(LoggingConfigurable):
    """What being late takes off the points that a submission has; nothing where nothing is set."""

    grace_minutes = Float(
        0,
        min=0,
        help="So many minutes cost nothing; who is later is counted from the due date.",
    ).tag(config=True)

    percent_a_day = Float(
        0,
        min=0,
        max=100,
        help="Taken off for each day; one that has begun counts as whole. A day ends at the due "
        "date's time of day, by the course's clock.",
    ).tag(config=True)

    percent_an_hour = Float(
        0,
        min=0,
        max=100,
        help="Taken off for each hour; one that has begun counts as whole. Not beside a day's.",
    ).tag(config=True)

    cap_percent = Float(
        100, min=0, max=100, help="No more than that is taken off, as long as there are points."
    ).tag(config=True)

    none_after_hours = Float(
        0, min=0, help="Who is later than that has no points; 0 for whenever it comes."
    ).tag(config=True)

    none_after_days = Int(
        0, min=0, help="The same in days of the course's clock. Not beside hours."
    ).tag(config=True)

    @property
    def is_set(self) -> bool:
        """Whether anything may be taken off."""
        percent = self.percent_a_day or self.percent_an_hour
        return bool(percent or self.none_after_hours or self.none_after_days)

    def told(self, timezone: str) -> str:
        """What is taken off, in words; `timezone` is the course's."""
        parts = [
            f"{self.percent_a_day:g} % a day" if self.percent_a_day else "",
            f"{self.percent_an_hour:g} % an hour" if self.percent_an_hour else "",
            f"at most {self.cap_percent:g} %" if self.cap_percent < 100 else "",
            f"no points after {self.none_after_days} days" if self.none_after_days else "",
            f"no points after {self.none_after_hours:g} hours" if self.none_after_hours else "",
            f"{self.grace_minutes:g} minutes of grace" if self.grace_minutes else "",
        ]
        days = f"; days end by the clock of {timezone}"
        by_day = self.percent_a_day or self.none_after_days
        return ", ".join(filter(None, parts)) + (days if by_day else "")

    def require_sound(self) -> None:
        """Makes sure that the settings can all hold.

        Raises:
            CourseError: they can't.
        """
        if wrong := next((sentence for true, sentence in self._contradictions() if true), ""):
            raise CourseError(wrong)

    def _contradictions(self) -> Iterator[tuple[bool, str]]:
        """What the settings must not say, each with a sentence for who does."""
        name = "c.LatePolicy"
        percent = bool(self.percent_a_day or self.percent_an_hour)
        yield (
            bool(self.percent_a_day and self.percent_an_hour),
            f"{name}.percent_a_day and {name}.percent_an_hour are both set: leave one out.",
        )
        yield (
            bool(self.none_after_hours and self.none_after_days),
            f"{name}.none_after_hours and {name}.none_after_days are both set: leave one out.",
        )
        yield (
            self.cap_percent < 100 and not percent,
            f"{name}.cap_percent is set, and no percent_a_day or percent_an_hour that it bounds.",
        )
        yield (
            percent and not self.cap_percent,
            f"{name}.cap_percent is 0, so nothing is taken off: leave the policy out for that.",
        )
        yield (
            bool(self.grace_minutes and not self.is_set),
            f"{name}.grace_minutes is set, and nothing is taken off whoever is later: say what is.",
        )
        points_end = 60 * (self.none_after_hours or 24 * self.none_after_days)
        yield (
            bool(points_end) and points_end <= self.grace_minutes,
            f"{name} has no points after {points_end:g} minutes, within its grace_minutes, "
            f"{self.grace_minutes:g}.",
        )


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
    late_policy: LatePolicy
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
        settings = from_config(config)
    except Exception as error:  # the file is Python: anything can go wrong in it
        reason = f"{type(error).__name__}: {error}"
        raise CourseError(f"{root / CONFIG_NAME} can't be used: {reason}") from error
    settings.late_policy.require_sound()
    return settings


def from_config(config: Config) -> Settings:
    """The settings in a configuration that is already loaded, as a part of nbgrader has it."""
    directory = CourseDirectory(config=config)
    root = Path(directory.root)
    located = _located(config, root)
    course, sandbox = Course(config=config), Sandbox(config=config)
    return Settings(root, located, course, sandbox, directory, LatePolicy(config=config))


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
