"""The outputs of a graded notebook as text that any page can show, and that costs little to show.

nbconvert copies the rest of a text for each sequence that colours it: a student's 255,000 of them
took it half a minute.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from nbformat import NotebookNode

MOST = 5_000  # sequences in a notebook; a coloured traceback has some hundred
LONGEST = 100_000  # characters of a text that keeps its colours
# A colour; any other sequence, as xterm's "Control Sequences" has them; any other control character
# but line ends and tabs.
CONTROL = re.compile(
    r"(?P<colour>\x1b\[[\d;]{0,40}m)"
    r"|\x1b\[[^@-~\n\x1b]*[@-~]?"
    r"|\x1b\][^\x07\x1b\n]*(?:\x07|\x1b\\)?"
    r"|[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]"
)


def tame(notebook: NotebookNode) -> None:
    """Takes control characters and escape sequences out of all outputs, but for some colours."""
    limit = _Limit()
    for cell in notebook.cells:
        for output in cell.get("outputs", ()):
            output.update({key: limit.tamed(output[key]) for key in _texts(output)})
            if "data" in output:
                data = output["data"]
                data.update({kind: limit.tamed(data[kind]) for kind in _shown(data)})


def _texts(output: Mapping[str, Any]) -> list[str]:
    return [key for key in ("text", "ename", "evalue", "traceback") if key in output]


def _shown(data: Mapping[str, Any]) -> list[str]:
    """The MIME types under which a bundle has text."""
    return [kind for kind in data if kind.startswith("text/") or kind == "image/svg+xml"]


class _Limit:
    """Counts the colours of a notebook."""

    def __init__(self) -> None:
        self.left = MOST

    def tamed(self, value: Any) -> Any:
        """A text, or lines of one, without what is too much."""
        if isinstance(value, list):
            return [self.tamed(line) for line in value]
        if not isinstance(value, str):
            return value
        long = len(value) > LONGEST
        return CONTROL.sub(lambda found: "" if long else self._kept(found), value)

    def _kept(self, found: re.Match[str]) -> str:
        colour = found["colour"] or ""
        self.left -= bool(colour)
        return colour if self.left >= 0 else ""
