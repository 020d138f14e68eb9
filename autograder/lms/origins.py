"""Where each submission came from, as `collect` found it and `export` needs it again.

An LMS takes feedback back only under the names that it gave: these are kept, outside submitted/.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from autograder.config import CourseError, Settings
from autograder.whole_file import write_whole

FOLDER = "collected"  # in the course: what was set aside, worksheets, and the file below
FILE = "origins.json"
WORKSHEET = "worksheet.csv"  # Moodle's, as it was downloaded

Lms = Literal["canvas", "moodle", "folder"]


@dataclass(frozen=True)
class Attachment:
    """One file of a submission, as the LMS named it.

    Args:
        prefix: what Canvas put before the file's name: "doejane_LATE_1001_2002_"; "" elsewhere.
        file: the name without it, or the path in a folder of the student's.
        path: in submitted/, where that is another.
        digest: SHA-256 of what it held.
    """

    prefix: str
    file: str
    path: str = ""
    digest: str = ""

    @property
    def placed(self) -> str:
        """Its path in the submission's folder."""
        return self.path or self.file


@dataclass(frozen=True)
class Origin:
    """Where a student's submission came from.

    Args:
        lms: which one's download it was; "folder" for none's.
        participant: Moodle's number of the student in this assignment; "" where it is not known.
        name: how the LMS calls the student, or the group.
        attachments: the files that were taken.
        newest: Canvas's highest number of an attachment; 0 where it has none.
        downloaded: when the download was made, as its entries say: without a timezone.
        timestamp: what `collect` wrote into the submission's timestamp.txt; "" for no such file.
    """

    lms: Lms
    participant: str = ""
    name: str = ""
    attachments: tuple[Attachment, ...] = ()
    newest: int = 0
    downloaded: str = ""
    timestamp: str = ""

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Origin:
        """The origin that was written as this data."""
        attachments = tuple(Attachment(**each) for each in data["attachments"])
        return cls(**{**data, "attachments": attachments})


def folder(settings: Settings, assignment: str) -> Path:
    """What `collect` keeps of an assignment."""
    return settings.root / FOLDER / assignment


def read(settings: Settings, assignment: str) -> dict[str, Origin]:
    """The origin of each submission that came through `collect`, by student.

    Raises:
        CourseError: the file is damaged.
    """
    path = folder(settings, assignment) / FILE
    if not path.exists():
        return {}
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        return {student: Origin.from_json(each) for student, each in data.items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise CourseError(
            f"{path} can't be read ({type(error).__name__}): `autograder collect {assignment}` "
            "with the same archives writes it anew, once it is moved away."
        ) from None


def write(settings: Settings, assignment: str, origins: Mapping[str, Origin]) -> None:
    """Writes the origins of all submissions of an assignment, whole or not at all."""
    path = folder(settings, assignment) / FILE
    data = {student: asdict(origin) for student, origin in sorted(origins.items())}
    write_whole(path, json.dumps(data, ensure_ascii=False, indent=1) + "\n")
