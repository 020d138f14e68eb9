"""What two students wrote, side by side, with what they share marked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from autograder.reporting.similar.features import CODE, Feature
from autograder.reporting.similar.pairs import Base, Shared
from autograder.reporting.similar.writers import Place, Writer

BESIDE = 4  # lines that are shown above and below a marked one
MOST_LINES = 60
LONGEST_LINE = 400


@dataclass(frozen=True)
class Part:
    """A part of a line.

    Args:
        text: of it.
        mark: "code" or "words" where the other has it too; else "".
    """

    text: str
    mark: str


@dataclass(frozen=True)
class Line:
    """A line of an answer.

    Args:
        number: from 1 on.
        parts: of it.
        gap: whether it stands for lines that are left out.
    """

    number: int
    parts: tuple[Part, ...] = ()
    gap: bool = False


@dataclass(frozen=True)
class Sides:
    """One place as two students filled it.

    Args:
        place: which.
        left: the lines of the one.
        right: the lines of the other.
    """

    place: Place
    left: tuple[Line, ...]
    right: tuple[Line, ...]


def sides(
    base: Base, shared: Mapping[Place, Mapping[int, Shared]], one: Writer, other: Writer
) -> list[Sides]:
    """The places where two share something that counts, the one with the most first.

    Args:
        base: what is the release's.
        shared: what counts.
        one: a student.
        other: the one beside.
    """
    left, right = base.features(one), base.features(other)
    weighed = list[tuple[float, Sides]]()
    for place in left.keys() & right.keys():
        both = {f.key for f in left[place]} & {f.key for f in right[place]}
        both &= shared[place].keys()
        if both:
            weight = sum(shared[place][key].weight for key in both)
            lines = [
                tuple(_lines(writer.texts[place], [f for f in found[place] if f.key in both]))
                for writer, found in ((one, left), (other, right))
            ]
            weighed.append((weight, Sides(place, lines[0], lines[1])))
    return [each for _, each in sorted(weighed, key=lambda item: (-item[0], item[1].place))]


def _lines(text: str, marked: Sequence[Feature]) -> Iterator[Line]:
    """The lines with a mark and those beside, as many as are shown."""
    marks = _marks(text, marked)
    start, shown, last = 0, 0, 0
    spans = list[tuple[int, int]]()
    for line in text.splitlines(keepends=True):
        spans.append((start, start + len(line.rstrip("\n"))))
        start += len(line)
    near = [any(marks[a:b]) for a, b in spans]
    for number, (start, stop) in enumerate(spans):
        if not any(near[max(0, number - BESIDE) : number + BESIDE + 1]):
            continue
        if shown == MOST_LINES:
            break
        if number > last:
            yield Line(number, gap=True)
        yield Line(number + 1, tuple(_parts(text, marks, start, min(stop, start + LONGEST_LINE))))
        shown, last = shown + 1, number + 1
    if last < len(spans):
        yield Line(last + 1, gap=True)


def _marks(text: str, marked: Sequence[Feature]) -> list[str]:
    """The mark of each letter."""
    marks = [""] * len(text)
    for feature in sorted(marked, key=lambda feature: feature.kind != CODE):  # words are told last
        mark = "code" if feature.kind == CODE else "words"
        marks[feature.start : feature.stop] = [mark] * (feature.stop - feature.start)
    return marks


def _parts(text: str, marks: Sequence[str], start: int, stop: int) -> Iterator[Part]:
    """A line in parts, each with one mark; no mark on the space before a line."""
    first = start + len(text[start:stop]) - len(text[start:stop].lstrip())
    changes = [n for n in range(first + 1, stop) if marks[n] != marks[n - 1]]
    if first > start:
        yield Part(text[start:first], "")
    for begin, end in pairwise([first, *changes, stop]):
        if begin < end:
            yield Part(text[begin:end], marks[begin])
