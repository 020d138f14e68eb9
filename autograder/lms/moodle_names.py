"""What Moodle calls a student's files: `Full name_4711_assignsubmission_file/binary.ipynb`.

What follows the name is a folder, or where the teacher unticks these the beginning of a file's
name. The number is of this assignment alone; a team's may be missing. Folders ended in "_" before
Moodle 4.1, and the importer of feedback takes that in every version.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

TEXT = "onlinetext"  # the plugin in which students type
MOST_BYTES_OF_NAME = 100  # in a folder's name, of a file system that takes 255
SUBMISSION = "assignsubmission"
ENTRY = re.compile(
    rf"(?:[^/]+/)*?(?P<name>[^_/]+)(?:_(?P<number>\d+))?_{SUBMISSION}_(?P<plugin>[a-z]+)"
    r"(?:_?/|_)(?P<path>.+)",
    re.DOTALL,
)
VANISH = re.compile(r"[\x00-\x1f\x7f&<>\"'|:\\/`]")  # of what Moodle's clean_param takes from names


@dataclass(frozen=True)
class Owner:
    """Whose an entry is: a student, or a team.

    Args:
        name: how Moodle calls them.
        number: of the student in this assignment, or of the team; "" where there is none.
    """

    name: str
    number: str

    @property
    def shown(self) -> str:
        """As the entry begins."""
        return f"{self.name}_{self.number}" if self.number else self.name


@dataclass(frozen=True)
class Entry:
    """An entry of a download.

    Args:
        owner: whose it is.
        plugin: by which it was handed in.
        path: in what was handed in.
    """

    owner: Owner
    plugin: str
    path: str

    @classmethod
    def read(cls, path: str) -> Entry | None:
        """The entry of this name; None where it is none of Moodle's."""
        found = ENTRY.fullmatch(path)
        if found is None:
            return None
        return cls(Owner(found["name"], found["number"] or ""), found["plugin"], found["path"])


def cleaned(name: str, instead: str = "") -> str:
    """A name without what Moodle takes from it; it writes "_" as a space.

    Args:
        name: a student's or a team's.
        instead: what stands where something was taken.
    """
    return VANISH.sub(instead, name).replace("_", " ")


def folder(name: str, number: str) -> str:
    """A student's folder in a zip of feedback, which goes by the number."""
    clean = " ".join(cleaned(name, " ").split()).lstrip(".~ ")
    short = clean.encode()[:MOST_BYTES_OF_NAME].decode(errors="ignore").strip()
    shown = short if short and short.isprintable() else "Participant"
    return f"{shown}_{number}_{SUBMISSION}_file_"
