"""Where the formgrader's pages and the feedback pages lie, as a page in reports/ leads to them."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from autograder.config import Settings
from autograder.reporting import reports

FORMGRADER = "http://localhost:8888/formgrader"  # where `jupyter lab` has it by itself


@dataclass(frozen=True)
class Links:
    """Addresses of other pages.

    Args:
        settings: the course's.
        assignment: its name.
        folder: where the page lies that has the links.
        formgrader: the formgrader's address.
    """

    settings: Settings
    assignment: str
    folder: Path
    formgrader: str = FORMGRADER

    def submission(self, notebook_id: str) -> str:
        """The formgrader's page of a student's notebook, by nbgrader's id of that."""
        return f"{self._base}/submissions/{_part(notebook_id)}/"

    def notebook(self, name: str) -> str:
        """The formgrader's list of what was handed in of a notebook."""
        return f"{self._base}/gradebook/{_part(self.assignment)}/{_part(name)}/"

    def of_student(self, student: str) -> str:
        """The formgrader's list of a student's notebooks."""
        return f"{self._base}/manage_students/{_part(student)}/{_part(self.assignment)}/"

    def feedback(self, student: str) -> str:
        """A student's feedback page, from where the page lies; "" while there is none."""
        name = f"{self.assignment}.html"
        path = self.settings.step("feedback", self.assignment, student) / name
        return self._of(path)

    @property
    def similar(self) -> str:
        """The page of similar submissions, from where the page lies; "" while there is none."""
        return self._of(reports.of_similar(self.settings, self.assignment))

    def _of(self, path: Path) -> str:
        """The way to a file from where the page lies; "" where there is no such file."""
        return quote(os.path.relpath(path, self.folder)) if path.is_file() else ""

    @property
    def _base(self) -> str:
        return self.formgrader.rstrip("/")


def _part(name: str) -> str:
    """A name as one part of an address."""
    return quote(name, safe="")
