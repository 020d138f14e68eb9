"""Prints the tables of docs/comparison.md, made anew.

    python -m tests.comparison                          this kit and stock nbgrader
    python -m tests.comparison --otter VENV/bin         and otter, of an environment of its own
    python -m tests.comparison --only speed             one table; or hand-ins, or class

Of hand-ins and class, where seconds count for nothing, as many tools run at a time as there are
cores.
"""

from __future__ import annotations

import argparse
import os
import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.benchmark import print_machine
from tests.comparison import gradescope
from tests.comparison.courses import Kit, Stock
from tests.comparison.listener import listening
from tests.comparison.otter import Otter
from tests.comparison.page import head, row
from tests.comparison.submissions import SUBMISSIONS
from tests.comparison.whole_class import BY_NAME, DEEDS, Tool, speed

Make = Callable[[Path], Tool]  # a tool with a course of its own in this folder
CORES = len(os.sched_getaffinity(0))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--otter", type=Path, metavar="BIN", help="the folder of otter's programs")
    parser.add_argument("--students", type=int, default=8, metavar="N", help="for the speed")
    parser.add_argument("--only", choices=["hand-ins", "class", "speed"], help="one table")
    options = parser.parse_args()
    print_machine()
    with tempfile.TemporaryDirectory(prefix="comparison-") as name, listening() as port:
        root = Path(name)
        makes: dict[str, Make] = {
            Kit.name: lambda folder: Kit(folder, port),
            Stock.name: lambda folder: Stock(folder, port),
        }
        if options.otter:
            makes[Otter.name] = lambda folder: Otter(folder, port, options.otter)
        if options.only in (None, "hand-ins"):
            _print_hand_ins(root / "hand-ins", makes)
        if options.only in (None, "class"):
            _print_deeds(root / "class", makes)
        if options.only in (None, "speed"):
            _print_speed(root / "speed", makes, options.students)


def _print_hand_ins(root: Path, makes: dict[str, Make]) -> None:
    """The table of single hand-ins, and what is told of a wrong answer."""

    def graded(name: str) -> tuple[list[str], list[str]]:
        tool = makes[name](root / name / "course")
        for submission in SUBMISSIONS:
            tool.hand_in(submission.name, submission)
        outcomes = tool.grade([submission.name for submission in SUBMISSIONS])
        return [outcomes[each.name].text() for each in SUBMISSIONS], tool.told("wrong")

    with ThreadPoolExecutor(CORES) as pool:
        columns, told = zip(*pool.map(graded, makes), strict=True)
    print(f"\n{head(['handed in', *makes, gradescope.TITLE])}")
    for submission, *found in zip(SUBMISSIONS, *columns, strict=True):
        print(row([submission.what, *found, gradescope.says(submission.name)]))
    for name, texts in zip(makes, told, strict=True):
        print(f"\n{name}, of {BY_NAME['wrong'].what}:", *filter(None, texts), sep="\n", flush=True)


def _print_deeds(root: Path, makes: dict[str, Make]) -> None:
    """The table of what is done to a class; each deed in a course of its own."""

    def done(name: str) -> list[str]:
        places = enumerate(DEEDS.values())
        return [deed(makes[name](root / name / str(n) / "course")) for n, deed in places]

    with ThreadPoolExecutor(CORES) as pool:
        columns = list(pool.map(done, makes))
    print(f"\n{head(['a class', *makes, gradescope.TITLE])}")
    for (what, deed), *found in zip(DEEDS.items(), *columns, strict=True):
        print(row([what, *found, gradescope.says(deed.__name__)]), flush=True)


def _print_speed(root: Path, makes: dict[str, Make], students: int) -> None:
    """The table of seconds: one tool after the other."""
    print(f"\n{head([f'seconds, start included; {CORES} cores', *makes])}")
    tools = [make(root / name / "course") for name, make in makes.items()]
    first, again = zip(*(speed(tool, students) for tool in tools), strict=True)
    print(row([f"{students} right hand-ins", *(f"{each:.0f}" for each in first)]))
    print(row(["… as a multiple of this kit's", *(f"{each / first[0]:.1f}" for each in first)]))
    print(row(["the same command again", *(f"{each:.1f}" for each in again)]))


if __name__ == "__main__":
    main()
