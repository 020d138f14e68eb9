"""What a release must not hold: solutions, hidden tests, model answers and marking schemes.

A line is hidden where a cell of the source has it and the same cell as released does not. Every
text of every released file is looked through, notebooks' metadata and outputs too.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from autograder.environment import EXAMINER
from autograder.grading.rebuild.skeleton import Skeleton

MARKERS = ("### BEGIN", "### END", "=== BEGIN", "=== END")  # nbgrader's, whatever follows
SHORTEST = 12  # letters of a line that says something
LONG = 24  # letters of hidden lines that nothing else has by chance
COMMENT = re.compile(r"#.*")


def leaks(skeletons: Sequence[Skeleton], release: Path) -> Iterator[str]:
    """What stands in a release and should not, a sentence each.

    Args:
        skeletons: of the source's notebooks.
        release: the folder of the students' copy.
    """
    hidden = {block for skeleton in skeletons for block in _hidden(skeleton)}
    for path in sorted(path for path in release.rglob("*") if path.is_file()):
        name, texts = str(path.relative_to(release)), [*_texts(path)]
        lines = [_lines(text) for text in texts]
        everything = {line for several in lines for line in several}
        for grade_id, block in sorted(hidden):
            if _is_told(block, everything):
                yield f"{name} shows what {grade_id} hides: {block[0]}"
        for word in MARKERS:
            if any(word in text for text in texts):
                yield f"{name} has a marker in it that nbgrader does not know: {word} …"
        if path.suffix == ".ipynb" and any(EXAMINER in text for text in texts):
            yield (
                f"{name} shows a hidden test, which imports {EXAMINER}: put it between "
                "### BEGIN HIDDEN TESTS and ### END HIDDEN TESTS"
            )


def _hidden(skeleton: Skeleton) -> Iterator[tuple[str, tuple[str, ...]]]:
    """The lines of each cell that students are not given, with its grade_id."""
    for cell, place in zip(skeleton.solved.cells, skeleton.places, strict=True):
        given = {*_lines(place.released)}
        lines = (line for line in _lines(cell.source) if line not in given)
        if block := tuple(line for line in lines if not line.startswith(MARKERS)):
            yield place.grade_id or place.id, block


def _is_told(block: Sequence[str], lines: set[str]) -> bool:
    """Whether half of the hidden lines, and more than chance has, are among these."""
    there = sum(len(line) for line in block if line in lines)
    return there >= max(LONG, sum(map(len, block)) / 2)


def _lines(text: str) -> list[str]:
    """The lines of a text that say something, without comments and the space around them."""
    bare = (COMMENT.sub("", line).strip() or line.strip() for line in text.splitlines())
    return [line for line in bare if len(line) >= SHORTEST]


def _texts(path: Path) -> Iterator[str]:
    """Every text of a file: of a notebook each string in it, wherever it is."""
    text = path.read_text(encoding="utf-8", errors="replace")
    if path.suffix != ".ipynb":
        yield text
        return
    yield from _strings(json.loads(text))


def _strings(node: Any) -> Iterator[str]:
    if isinstance(node, str):
        yield node
    elif isinstance(node, list):
        if node and all(isinstance(item, str) for item in node):
            yield "".join(node)  # a cell's source, as the format has it
        else:
            for item in node:
                yield from _strings(item)
    elif isinstance(node, dict):
        for key, value in node.items():
            yield from _strings(key)
            yield from _strings(value)
