"""What becomes known of a notebook while it is examined."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from autograder.isolation.remote_function import RemoteFunction
from autograder.results import Flag


@dataclass(frozen=True)
class Missing:
    """What a cell asked for in vain.

    Args:
        flag: in which it is told.
        names: what the cell has bound that may be otherwise for it.
    """

    flag: Flag
    names: Sequence[str] = ()


@dataclass(frozen=True)
class Called:
    """What a given cell has called of the student's, on the way to what it binds.

    Args:
        functions: those that it called, and the cells above that made what it uses.
        setbacks: what went wrong with them: it concerns the tests that use what the cell binds.
    """

    functions: Sequence[RemoteFunction]
    setbacks: Sequence[Flag]


@dataclass
class Known:
    """What is known of a notebook so far.

    Args:
        flags: what a person may want to know.
        stopped: the indices of cells that were stopped, and whether that ended the kernel.
        setbacks: what went wrong and is not the answer's own failure: told where points are lost.
        missing: what the notebook asked for and is not here: a setback once something of it fails,
            or a test of what may have come of it.
        refused: what was tried, and the cell: it is told when all is known.
        waiting: hidden tests that are to be asked in a new kernel.
    """

    flags: list[Flag] = field(default_factory=list)
    stopped: dict[int, bool] = field(default_factory=dict)
    setbacks: list[Flag] = field(default_factory=list)
    missing: list[Missing] = field(default_factory=list)
    refused: dict[str, str] = field(default_factory=dict)
    waiting: set[str] = field(default_factory=set)

    def to_json(self) -> dict[str, Any]:
        """As plain data."""
        return {
            "flags": [flag.to_json() for flag in self.flags],
            "stopped": sorted(self.stopped.items()),
            "setbacks": [flag.to_json() for flag in self.setbacks],
            "missing": [[each.flag.to_json(), each.names] for each in self.missing],
            "refused": self.refused,
            "waiting": sorted(self.waiting),
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Known:
        """What `to_json` has made; nothing yet of an empty dict."""
        return cls(
            [Flag.from_json(flag) for flag in data.get("flags", ())],
            dict(data.get("stopped", ())),
            [Flag.from_json(flag) for flag in data.get("setbacks", ())],
            [Missing(Flag.from_json(flag), names) for flag, names in data.get("missing", ())],
            dict(data.get("refused", {})),
            set(data.get("waiting", ())),
        )
