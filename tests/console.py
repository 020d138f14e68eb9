"""The commands that the docs show, and what they say that these print.

In a block of the kind `console` a line that begins with `$ ` is typed, and those below it are
printed. There `…` stands for anything within a line, and a line of its own for any lines.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

BLOCK = re.compile(r"^```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)
# One in a console block, or in a block that is only indented.
TYPED = re.compile(r"^(?:\$ | {4})((?:autograder|nbgrader) .*)$", re.MULTILINE)
LEFT_OUT = "…"


@dataclass(frozen=True)
class Shown:
    """A command that a page shows, with what it is said to print."""

    command: str
    output: str

    def fits(self, printed: str) -> bool:
        """Whether this is what it prints, but for what the page leaves out."""
        parts = [
            r"(?:.*\n)*?"
            if line.strip() == LEFT_OUT
            else ".*?".join(map(re.escape, line.rstrip().split(LEFT_OUT))) + r"\n"
            for line in self.output.splitlines()
        ]
        lines = [f"{line.rstrip()}\n" for line in printed.strip("\n").splitlines()]
        return re.fullmatch("".join(parts), "".join(lines)) is not None


def section(page: str, title: str) -> str:
    """What stands on a page under a heading of the second level."""
    _, found, rest = page.partition(f"\n## {title}\n")
    assert found, f"no section {title!r}"
    return rest.partition("\n## ")[0]


def shown(text: str) -> list[Shown]:
    """The commands of all console blocks of a text, in order."""
    found = []
    for block in BLOCK.findall(text):
        before, *commands = re.split(r"^\$ ", block, flags=re.MULTILINE)
        assert not before, f"a block that does not begin with a command: {before!r}"
        for each in commands:
            command, _, output = each.partition("\n")
            found.append(Shown(command, output.strip("\n")))
    return found


def typed(page: str) -> list[str]:
    """Every command of the kit's or of nbgrader's that a page shows in a block."""
    return TYPED.findall(page)
