"""Canvas's side of an export, by the rules of its own importer.

Read from https://github.com/instructure/canvas-lms: lib/gradebook_importer.rb for grades, and what
app/models/abstract_assignment.rb says of names in a zip of re-uploaded submissions.
"""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field

STUDENT_COLUMNS = {"Integration ID", "Root Account"}
OWN = re.compile(
    "Current Score|Current Points|Current Grade|Final Score|Final Points|Final Grade"
    "|Override Score|Override Grade|Override Status"
)


class InvalidHeaderRowError(Exception):
    """What Canvas says of such a file."""


@dataclass
class Imported:
    """What Canvas makes of a gradebook.

    Args:
        grades: of each student by number, as they stand in the file.
        unknown: names of those whom it asks about on the screen.
        new_columns: titles of assignments that it would make.
        points_possible: of the columns, where a row has them.
    """

    grades: dict[int, str] = field(default_factory=dict)
    unknown: list[str] = field(default_factory=list)
    new_columns: list[str] = field(default_factory=list)
    points_possible: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Canvas:
    """A course in Canvas.

    Args:
        students: the sortable name of each, by number.
        assignments: the title of each, by number.
        submissions: the student's number of each attachment, by its own.
        groups: names of groups as they stand in a zip, which are taken off first.
    """

    students: Mapping[int, str]
    assignments: Mapping[int, str] = field(default_factory=dict)
    submissions: Mapping[int, int] = field(default_factory=dict)
    groups: tuple[str, ...] = ()

    def imports(self, content: bytes) -> Imported:
        """What comes of a gradebook with one column of an assignment.

        Raises:
            InvalidHeaderRowError: of it nothing.
        """
        header, *rows = _rows(content.decode("utf-8"))
        lead = _lead(header)
        found = Imported()
        titles = [title for title in header[lead:] if not OWN.search(title)]
        assert len(titles) <= 1
        for title in titles:
            numbered = re.fullmatch(r"(.*)\s\((\d+)\)", title, re.DOTALL)
            known = numbered is not None and int(numbered[2]) in self.assignments
            if not known and title not in self.assignments.values():
                found.new_columns.append(title)
        for row in rows:
            if "Points Possible" in row[0]:
                found.points_possible = row[lead:]
            elif not all(re.fullmatch(r"\s*(Muted|Manual Posting.*)?\s*", cell) for cell in row):
                self._student(row, lead, found)
        return found

    def _student(self, row: list[str], lead: int, found: Imported) -> None:
        digits = re.match(r"\s*(\d+)", row[1])
        number = int(digits[1]) if digits else 0
        if number not in self.students:
            named = [key for key, name in self.students.items() if name == row[0]]
            if not named:
                found.unknown.append(row[0])
                return
            number = named[0]
        if row[lead:]:
            found.grades[number] = row[lead].strip()

    def takes(self, archive: bytes) -> tuple[dict[int, bytes], list[str]]:
        """Of a zip of re-uploaded submissions: each file by the attachment, and what is ignored."""
        taken, ignored = dict[int, bytes](), list[str]()
        seen = set[str]()
        with zipfile.ZipFile(io.BytesIO(archive)) as files:
            for path in files.namelist():
                name = path.rpartition("/")[2]
                assert name not in seen, "folders are flattened, and one would overwrite the other"
                seen.add(name)
                attachment = self._attachment(name)
                if attachment is None:
                    ignored.append(name)
                else:
                    taken[attachment] = files.read(path)
        return taken, ignored

    def _attachment(self, name: str) -> int | None:
        for group in self.groups:
            name = name.removeprefix(f"{group}_")
        parts = name.split("_")
        if parts[-1].startswith("link") or name.startswith("._"):
            return None
        numbers = [int(part) for part in parts if re.fullmatch(r"\d+", part)]
        if len(numbers) < 2:
            return None
        user, attachment = numbers[:2]
        return attachment if self.submissions.get(attachment) == user else None


def _rows(text: str) -> list[list[str]]:
    """The rows, with the separator that Canvas guesses, and its commas made points."""
    separator = _separator(text.splitlines(keepends=True)[:3])
    kept = "".join(
        text_line
        for text_line in text.splitlines(keepends=True)
        if not re.fullmatch(r"[;, ]+\s*", text_line)
    )
    rows = csv.reader(io.StringIO(kept, newline=""), delimiter=separator, strict=True)
    return [[_number(cell) for cell in row] for row in rows]


def _separator(lines: list[str]) -> str:
    counts = {}
    for separator in ";,":
        try:
            fields = {
                len(next(csv.reader([each], delimiter=separator, strict=True), []))
                for each in lines
            }
        except csv.Error:
            fields = set()
        counts[separator] = fields.pop() if len(fields) == 1 else 0
    return ";" if counts[";"] > counts[","] else ","


def _number(cell: str) -> str:
    if not re.fullmatch(r"-?[0-9.,]+%?", cell):
        return cell
    *first, last = re.split("[,.]", cell)
    return f"{''.join(first)}.{last}" if first else last


def _lead(header: list[str]) -> int:
    """How many columns are about the student."""
    if not (len(header) > 3 and "Student" in header[0] and "ID" in header[1]):
        raise InvalidHeaderRowError
    number = 3
    if re.search(r"SIS\s+Login\s+ID", header[2]):
        number += 1
    elif re.search(r"SIS\s+User\s+ID", header[2]) and re.search(r"SIS\s+Login\s+ID", header[3]):
        number += 2 + ("Integration ID" in header[4])
        number += "Root Account" in header[number - 1]
    if "Section" not in header[number - 1]:
        raise InvalidHeaderRowError
    return number


def exported(
    people: Mapping[int, tuple[str, str, str]],
    columns: Mapping[str, str],
    separator: str = ",",
    mark: str = "",
) -> bytes:
    """A gradebook as Canvas exports it.

    Args:
        people: of each student by number the name, the SIS login and the section.
        columns: the titles, each with what stands in the row of points possible.
        separator: between cells.
        mark: at the beginning of the file.
    """
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=separator)
    writer.writerow(["Student", "ID", "SIS User ID", "SIS Login ID", "Section", *columns])
    writer.writerow(["", "", "", "", "", *("Manual Posting" for _ in columns)])
    writer.writerow(["    Points Possible", "", "", "", "", *columns.values()])
    for number, (name, login, section) in people.items():
        writer.writerow([name, number, f"S{number}", login, section, *("" for _ in columns)])
    return (mark + text.getvalue()).encode()
