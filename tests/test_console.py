"""Every command that the docs show is one that the kit, or nbgrader, has, with these options."""

from __future__ import annotations

import shlex

import pytest
from nbgrader.apps.nbgraderapp import NbGraderApp

from autograder.cli.options import parser
from tests.console import Shown, shown, typed
from tests.course import ROOT

TEMPLATE = ROOT / "autograder" / "course_template" / "README.md"
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")), TEMPLATE]
SHOWN = list(
    dict.fromkeys(command for path in PAGES for command in typed(path.read_text(encoding="utf-8")))
)
TABLE = "┃ who ┃\n│ student01 │\n│ student02 │\n2 students."
BLOCK = """Text.

```console
$ autograder grade losses
2 submissions: 2 graded.

Gradebook: …
$ cd ..
```

    autograder report losses   # the page
"""


def read(command: str) -> list[str]:
    """A command's words, without a remark behind it."""
    return shlex.split(command, comments=True)


@pytest.mark.parametrize("command", [each for each in SHOWN if each.startswith("autograder ")])
def test_the_kit_has_the_command(command: str) -> None:
    """A renamed option, or a value that is none any more, shows."""
    _, *arguments = read(command)
    chosen = parser().parse_args(arguments)
    assert hasattr(chosen, "run") or hasattr(chosen, "make")


@pytest.mark.parametrize("command", [each for each in SHOWN if each.startswith("nbgrader ")])
def test_nbgrader_has_the_command(command: str) -> None:
    """By the name of the step; its options are nbgrader's own."""
    _, step, *_ = read(command)
    assert step in NbGraderApp.subcommands


def test_all_commands_of_the_kit_are_shown() -> None:
    """And none is passed over here: a page that is written otherwise would be."""
    steps = {read(command)[1] for command in SHOWN if command.startswith("autograder ")}
    (commands,) = (each for each in parser()._actions if each.choices)
    assert steps == {*commands.choices}


def test_blocks_are_read() -> None:
    """What is typed, and what stands below it; of other blocks what is typed."""
    grade = Shown("autograder grade losses", "2 submissions: 2 graded.\n\nGradebook: …")
    assert shown(BLOCK) == [grade, Shown("cd ..", "")]
    assert typed(BLOCK) == ["autograder grade losses", "autograder report losses   # the page"]


@pytest.mark.parametrize(
    ("output", "fits"),
    [
        pytest.param(TABLE, True, id="all"),
        pytest.param("┃ who ┃\n…\n2 students.", True, id="lines-left-out"),
        pytest.param("…\n│ student02 │\n…", True, id="lines-left-out-around"),
        pytest.param("┃ … ┃\n│ student01 …\n│ student02 │\n2 students.", True, id="parts-left-out"),
        pytest.param("…\n2 students.\n…", True, id="no-lines-left-out"),
        pytest.param("┃ who ┃\n2 students.", False, id="lines-missing"),
        pytest.param("…\n3 students.", False, id="another-number"),
        pytest.param("…\n│ student02 │\n│ student01 │\n…", False, id="another-order"),
        pytest.param("… students.", False, id="no-lines-within-a-line"),
        pytest.param("", False, id="nothing"),
    ],
)
def test_what_is_printed_fits(output: str, *, fits: bool) -> None:
    """What is left out may be anything, and all else is as it stands."""
    assert Shown("autograder collect", output).fits(TABLE) == fits
