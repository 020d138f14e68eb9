"""What becomes known of a notebook while it is examined, and which of it a person is told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import asdict, dataclass, field, fields
from typing import Any

from autograder.accounts import Account
from autograder.isolation.errors import Stopped
from autograder.isolation.remote_function import RemoteFunction
from autograder.isolation.student_process import OVER
from autograder.results import CellResult, Flag, FlagKind


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
        printed: what the student's functions printed when tests called them, by the grade_id.
        results: of the tests that ran named checks, by the grade_id.
        accounts: of their checks, where these are wanted, by the grade_id.
    """

    flags: list[Flag] = field(default_factory=list)
    stopped: dict[int, bool] = field(default_factory=dict)
    setbacks: list[Flag] = field(default_factory=list)
    missing: list[Missing] = field(default_factory=list)
    refused: dict[str, str] = field(default_factory=dict)
    waiting: set[str] = field(default_factory=set)
    printed: dict[str, str] = field(default_factory=dict)
    results: dict[str, CellResult] = field(default_factory=dict)
    accounts: dict[str, list[Account]] = field(default_factory=dict)

    def flag(self, kind: FlagKind, cell: str, detail: str) -> None:
        """Tells a person something, once."""
        flag = Flag(kind, cell, detail)
        if flag not in self.flags:
            self.flags.append(flag)

    def flag_stop(self, what: str, stop: Stopped, cell: str) -> None:
        """Flags a stop; that the time is over, once.

        Args:
            what: what was stopped, as a sentence begins with it.
            stop: why.
            cell: the grade_id of the cell that it concerns, or "".
        """
        if str(stop) == OVER:
            self.flag(stop.reason, "", "The notebook's time was over before its last cell.")
        else:
            self.flag(stop.reason, cell, sentence(what, stop))

    def flag_setbacks(self, uses: Set[str]) -> None:
        """Where points are lost: flags what has gone wrong and is not the answer's own failure.

        Whether that was the reason, a person sees.

        Args:
            uses: the names that the test uses, by the student's functions too.
        """
        self.setbacks += [each.flag for each in self.missing if uses & set(each.names)]
        flagged = {(flag.kind, flag.cell) for flag in self.flags if flag.cell}
        for setback in self.setbacks:
            if (setback.kind, setback.cell) not in flagged:
                self.flag(setback.kind, setback.cell, setback.detail)

    def flag_refused(self) -> None:
        """Flags what was refused, all of it in one."""
        if self.refused:
            detail = "; ".join(f"{what} (in {where})" for what, where in self.refused.items())
            self.flag(FlagKind.SANDBOX_VIOLATION, "", f"Refused: {detail}.")

    def blame_missing(self) -> None:
        """Where something of the notebook fails, what it asked for in vain may be the reason."""
        self.setbacks += [each.flag for each in self.missing]
        self.missing.clear()

    def go_back(self, earlier: Mapping[str, Any]) -> None:
        """Forgets what has become known since `to_json` gave this."""
        known = Known.from_json(earlier)
        for each in fields(self):
            setattr(self, each.name, getattr(known, each.name))

    def to_json(self) -> dict[str, Any]:
        """As plain data."""
        return {
            "flags": [flag.to_json() for flag in self.flags],
            "stopped": sorted(self.stopped.items()),
            "setbacks": [flag.to_json() for flag in self.setbacks],
            "missing": [[each.flag.to_json(), each.names] for each in self.missing],
            "refused": self.refused,
            "waiting": sorted(self.waiting),
            "printed": self.printed,
            "results": {test: asdict(result) for test, result in self.results.items()},
            "accounts": {test: list(map(vars, several)) for test, several in self.accounts.items()},
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
            dict(data.get("printed", {})),
            {test: CellResult.from_json(r) for test, r in data.get("results", {}).items()},
            {
                test: list(map(Account.from_json, several))
                for test, several in data.get("accounts", {}).items()
            },
        )


def sentence(what: str, stop: Stopped) -> str:
    """What a person is told of a stop, and its author is not."""
    return f"{what} {stop}{': ' + stop.detail if stop.detail else ''}."
