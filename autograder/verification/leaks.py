"""What a release must not hold: solutions, hidden tests, model answers and marking schemes.

A line is hidden where a cell of the source has it and the same cell as released does not. Every
text of every released file is looked through, notebooks' metadata and outputs too. Lines are the
same however they are spaced, and with comment, prompt, quotation or list marks before them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from autograder.environment import EXAMINER
from autograder.grading.rebuild.skeleton import Skeleton

# nbgrader's, whatever follows, and what was meant as one of them.
MARKER = re.compile(
    r"^[^\w\n]*((?-i:(###|===)[ -]*(BEGIN|END)\b)"  # "### End" may be a heading
    r"|(BEGIN|END)[ _-]*(SOLUTION|HIDDEN|MARK(ING)?\b)).*",
    re.IGNORECASE | re.MULTILINE,
)
SHORTEST = 10  # letters of a line that says something, spaces apart
LONG = 20  # letters of hidden lines that nothing else has by chance
COMMENT = re.compile(r"#.*")
MARKS = re.compile(r"^([\s#>*`-]|\.{3}\s)+")  # of comments, prompts, quotations and lists
IMPORT = re.compile(r"(import|from)\s")
# What may stand in other cells for other reasons, in the place of all that is hidden in one: a
# name, returned or given to another, and what a block begins with.
PLAIN = re.compile(
    r"((return|print)\b)?[\s(]*[\w.]*(\(\))?[\s)]*"
    r"|[\w., ]+[-+*/]?=\s*[\w.]+"
    r"|(def|class|with|for|while|if|else|try|raise|del|global)\b.*"
)


def leaks(skeletons: Sequence[Skeleton], release: Path) -> Iterator[str]:
    """What stands in a release and should not, a sentence each.

    Args:
        skeletons: of the source's notebooks.
        release: the folder of the students' copy.
    """
    hidden = {block for skeleton in skeletons for block in _hidden(skeleton)}
    for path in sorted(path for path in release.rglob("*") if path.is_file()):
        name, texts = str(path.relative_to(release)), [*_texts(path)]
        lines = [[_bare(line) for line in _lines(text)] for text in texts]
        everything = {line for several in lines for line in several}
        for grade_id, block in sorted(hidden):
            if _is_told(block, everything) or any(_is_whole(block, several) for several in lines):
                yield f"{name} shows what {grade_id} hides: {_first(block)}"
        for marker in dict.fromkeys(m[0].strip() for t in texts for m in MARKER.finditer(t)):
            yield f"{name} has a marker in it that nbgrader does not know: {marker}"
        if path.suffix == ".ipynb" and any(EXAMINER in text for text in texts):
            yield (
                f"{name} shows a hidden test, which imports {EXAMINER}: put it between "
                "### BEGIN HIDDEN TESTS and ### END HIDDEN TESTS"
            )


def _hidden(skeleton: Skeleton) -> Iterator[tuple[str, tuple[str, ...]]]:
    """The lines of each cell that students are not given, with its grade_id.

    Comments on code are left out, as who copies it may do, and imports, which say nothing.
    """
    for cell, place in zip(skeleton.solved.cells, skeleton.places, strict=True):
        given = {_bare(line) for line in _lines(place.released)}
        code = "\n".join(t for t in cell.source.splitlines() if not t.lstrip().startswith("#"))
        text = code if cell.cell_type == "code" and _lines(code) else cell.source
        lines = [line for line in _lines(text) if _bare(line) not in given]
        if block := tuple(n for n in lines if not MARKER.match(n) and not IMPORT.match(n)):
            yield place.grade_id or place.id, block


def _is_told(block: Sequence[str], lines: set[str]) -> bool:
    """Whether half of the hidden letters, and more than chance has, are in one of these lines."""
    long = [line for line in map(_bare, block) if len(line) >= SHORTEST]
    there = sum(len(line) for line in long if line in lines)
    return there >= max(LONG, sum(map(len, long)) / 2)


def _is_whole(block: Sequence[str], lines: Sequence[str]) -> bool:
    """Whether all hidden lines are among these in their order, and are not there by chance."""
    if len(block) < 2 and PLAIN.fullmatch(block[0]):
        return False
    left = iter(lines)
    return all(_bare(line) in left for line in block)


def _first(block: Sequence[str]) -> str:
    """The first hidden line by which a person finds the others."""
    return next((line for line in block if len(_bare(line)) >= SHORTEST), block[0])


def _lines(text: str) -> list[str]:
    """The lines of a text that have letters, without marks before and comments behind."""
    marked = (MARKS.sub("", line) for line in text.splitlines())
    bare = (COMMENT.sub("", line).strip().rstrip("`") for line in marked)
    return [line for line in bare if any(letter.isalnum() for letter in line)]


def _bare(line: str) -> str:
    """A line without spaces."""
    return "".join(line.split())


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
