"""What two machines have to have alike for the same notebook to get the same grade on both."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.metadata import distributions
from platform import machine, python_version
from typing import Any

from autograder.grading import inputs
from autograder.words import few, line

LEFT_OUT = {"pip", "setuptools", "wheel"}  # they install packages, and no notebook needs them
COMMAND = "autograder"  # the kit's own: of the kit a digest is compared


@dataclass(frozen=True)
class Machine:
    """What a notebook is graded with.

    Args:
        kit: a digest of the kit's own code.
        python: its version.
        processor: its architecture, as "x86_64".
        packages: the version of each that a notebook could import, torch and IPython among them.
    """

    kit: str
    python: str
    processor: str
    packages: Mapping[str, str]

    @classmethod
    def here(cls) -> Machine:
        """What this process has."""
        packages = {
            each.name: each.version
            for each in distributions()
            if "Name" in each.metadata  # half of a package that was removed has none
            and each.name not in LEFT_OUT
            and COMMAND not in each.entry_points.names
        }
        return cls(inputs.kit(), python_version(), machine(), dict(sorted(packages.items())))

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Machine:
        """What `vars` gave.

        Raises:
            KeyError, TypeError, AttributeError: it is none.
        """
        packages = {line(name, 80): line(version, 80) for name, version in data["packages"].items()}
        kit, python, processor = (line(data[name], 80) for name in ("kit", "python", "processor"))
        return cls(kit, python, processor, packages)

    def differences(self, other: Machine) -> Iterator[str]:
        """What another one has otherwise, in a few words each."""
        if self.kit != other.kit:
            yield "its kit is another"
        if self.python != other.python:
            yield f"Python {other.python}, and {self.python} here"
        if self.processor != other.processor:
            yield f"processor {other.processor}, and {self.processor} here"
        names = sorted({*self.packages, *other.packages})
        unlike = [
            f"{name} {other.packages.get(name, 'missing')} ({self.packages.get(name, 'none')} here)"
            for name in names
            if self.packages.get(name) != other.packages.get(name)
        ]
        if unlike:
            yield few(unlike)
