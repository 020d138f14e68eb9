"""Which cell of a file stands for which place of a notebook.

An answer is known by its grade_id, or else by the function it defines, its cell id, its text or its
place.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from autograder.grading.intake.cells import Cell, Document
from autograder.grading.rebuild.skeleton import Given, Place, Skeleton

ALIKE = 0.6  # as SequenceMatcher counts: a given cell that a student has changed
MOST_COMPARED = 20  # cells, for likeness to one of the source's


@dataclass
class Match:
    """Which cell stands for which place of the skeleton.

    Args:
        skeleton: the source notebook.
        document: the file of a submission, parted.
        given: the course's own text, with which no answer is filled.
        others: cells of the file that belong to other notebooks.
        found: by the index of each place, that of its cell.
        copies: further cells that claim the same place, in order.
    """

    skeleton: Skeleton
    document: Document
    given: Given
    others: frozenset[int] = frozenset()
    found: dict[int, int] = field(default_factory=dict)
    copies: dict[int, list[int]] = field(default_factory=dict)

    @property
    def cells(self) -> Sequence[Cell]:
        """The cells of the file."""
        return self.document.cells

    @property
    def claimed(self) -> dict[int, int]:
        """The place that each cell stands for, or is a copy of."""
        claims = {cell: place for place, cells in self.copies.items() for cell in cells}
        return claims | {cell: place for place, cell in self.found.items()}

    @property
    def answers(self) -> list[str]:
        """The answers in which anything was written."""
        return [c.text for place, c in self._answers() if _is_written(place, c)]

    @property
    def complete(self) -> bool:
        """Whether every answer is there."""
        return len(self.answers) == sum(place.answer for place in self.skeleton.places)

    @property
    def certain(self) -> int:
        """How many answers are there beyond doubt: by their grade_id, or by what they define.

        Of a notebook without any it is how many cells are, if most of them.
        """
        if not any(place.answer for place in self.skeleton.places):
            there = len(self.found)
            return there if 2 * there > len(self.skeleton.places) else 0
        return sum(c.grade_id == p.grade_id or bool(c.names & p.names) for p, c in self._answers())

    def _answers(self) -> Iterator[tuple[Place, Cell]]:
        found = ((self.skeleton.places[i], self.cells[n]) for i, n in self.found.items())
        return ((place, cell) for place, cell in found if place.answer)

    def claim(self, index: int, numbers: Sequence[int]) -> None:
        """Gives a place the last of these cells that holds an answer, in Python where code is due.

        Beside one that defines what is asked, code that doesn't is no answer: it stays unclaimed.
        """
        place = self.skeleton.places[index]
        if any(place.names & self.cells[n].defines.bound for n in numbers):
            numbers = [
                n
                for n in numbers
                if place.names & self.cells[n].defines.bound
                or not (self.cells[n].runs and _is_written(place, self.cells[n]))
            ]
        chosen = _chosen(place, self.cells, numbers)
        self.found[index] = chosen
        self.copies[index] = [n for n in numbers if n != chosen]

    def own(self) -> list[tuple[int, Cell]]:
        """The cells that may be this notebook's."""
        return [(n, cell) for n, cell in enumerate(self.cells) if n not in self.others]

    def free(self) -> list[int]:
        """The cells that may be this notebook's, and stand for no place yet."""
        claimed = self.claimed
        return [number for number, _ in self.own() if number not in claimed]

    def open(self) -> list[tuple[int, Place]]:
        """The places for which there is no cell yet."""
        return [(i, place) for i, place in enumerate(self.skeleton.places) if i not in self.found]

    @cached_property
    def settled(self) -> frozenset[str]:
        """The names that are asked for, and are defined in the cell with the grade_id for that."""
        asked = {place.grade_id: place.names for place in self.skeleton.places if place.answer}
        there = (
            (cell.names - cell.defines.hollow) & asked.get(cell.grade_id, frozenset())
            for _, cell in self.own()
        )
        return frozenset[str]().union(*there)

    def is_the_courses(self, number: int) -> bool:
        """Whether a cell has a text of the course's, and no more have it than the course gave.

        Who answers as an example has it has written one more.
        """
        cell = self.cells[number]
        return self._texts[cell.stripped] <= self.given.count(cell)

    @cached_property
    def _texts(self) -> Counter[str]:
        return Counter(cell.stripped for cell in self.cells)

    def unanswered(self, index: int) -> bool:
        """Whether a place has no cell, or one in which nothing was written."""
        found = self.found.get(index)
        return found is None or not _is_written(self.skeleton.places[index], self.cells[found])

    def different(self, index: int) -> list[int]:
        """The further copies of an answer that say something else than the one that is graded."""
        place = self.skeleton.places[index]
        if index not in self.found or not place.answer:
            return []
        known = {self.cells[self.found[index]].stripped, *self.skeleton.stubs}
        copies = (n for n in self.copies.get(index, ()) if _is_written(place, self.cells[n]))
        return [n for n in copies if self.cells[n].stripped not in known]

    def steady(self) -> set[int]:
        """The longest sequence of cells in the order of their places; any other was moved."""
        ends: list[int] = []  # the lowest place in which an order of each length ends
        order: list[int] = []  # and its cell
        before: dict[int, int | None] = {}
        for place, cell in sorted(self.found.items(), key=lambda item: item[1]):
            at = bisect_left(ends, place)
            ends[at : at + 1], order[at : at + 1] = [place], [cell]
            before[cell] = order[at - 1] if at else None
        kept = set[int]()
        last = order[-1] if order else None
        while last is not None:
            kept.add(last)
            last = before[last]
        return kept


def match(
    skeleton: Skeleton, document: Document, given: Given, others: frozenset[int] = frozenset()
) -> Match:
    """Finds the cells of a parted file that stand for a notebook's; arguments as of `Match`.

    Where none of its answers is there beyond doubt, and nothing has the name of one, nothing is
    guessed.
    """
    matched = Match(skeleton, document, given, others)
    for step in (_by_grade_id, _by_names, _by_id, _by_text):
        step(matched)
    if matched.certain or any(cell.names & skeleton.names for _, cell in matched.own()):
        for step in (_by_neighbours, _by_contents, _by_order):
            step(matched)
    return matched


def _by_grade_id(matched: Match) -> None:
    marked: dict[str, list[int]] = defaultdict(list)
    for number, cell in matched.own():
        if cell.grade_id:
            marked[cell.grade_id].append(number)
    for index, place in matched.open():
        claims = [n for n in marked[place.grade_id] if not _is_anothers(matched, place, n)]
        if claims and place.names and not any(_is_written(place, matched.cells[n]) for n in claims):
            unmarked = _defining(matched, place, _unmarked(matched))
            claims = sorted([*claims, *unmarked])  # an answer beside an empty one
        if claims:
            matched.claim(index, claims)


def _unmarked(matched: Match) -> Iterator[int]:
    """Unclaimed cells whose grade_id is missing, or is that of another cell's place."""
    places = {place.grade_id: place for place in matched.skeleton.places if place.grade_id}
    for number in matched.free():
        place = places.get(matched.cells[number].grade_id)
        if place is None or _is_anothers(matched, place, number):
            yield number


def _defining(matched: Match, place: Place, numbers: Iterable[int]) -> list[int]:
    """The code cells that define an answer's names: as functions, or else as variables.

    The course's own does not count: its example is nobody's answer.
    """
    code = [n for n in numbers if matched.cells[n].kind == "code"]
    named = [n for n in code if matched.cells[n].names & place.names]
    own = [n for n in named if not matched.given.defines(matched.cells[n], place.names)]
    found = [n for n in own if matched.cells[n].defines.functions & place.names] or own
    others = matched.skeleton.names - place.names
    return [n for n in found if not matched.cells[n].names & others] or found


def _is_anothers(matched: Match, place: Place, number: int) -> bool:
    """Whether a cell that claims a place holds what belongs into another."""
    cell = matched.cells[number]
    if place.as_released(cell):
        return False
    if place.answer and matched.is_the_courses(number):
        return True
    asked_for = cell.names & matched.skeleton.names
    misplaced = asked_for - matched.settled
    return bool(place.names and misplaced) and not asked_for & place.names


def _by_names(matched: Match) -> None:
    for index, place in matched.open():
        if not place.names:
            continue
        free = matched.free()
        text = [n for n in free if matched.cells[n].kind != "code" and _answers(matched, place, n)]
        if claims := _defining(matched, place, free) or text:
            matched.claim(index, claims)


def _answers(matched: Match, place: Place, number: int) -> bool:
    """Whether a cell of text is Python that defines an answer's names, and not the course's own."""
    cell = matched.cells[number]
    found = bool(cell.names & place.names) and cell.runs
    return found and not matched.given.defines(cell, place.names)


def _by_id(matched: Match) -> None:
    counts = Counter(cell.id for cell in matched.cells)
    numbers = {matched.cells[n].id: n for n in matched.free() if counts[matched.cells[n].id] == 1}
    for index, place in matched.open():
        number = numbers.get(place.id)
        if number is None or _is_anothers(matched, place, number):
            continue
        if place.answer or matched.cells[number].kind == place.kind:
            matched.claim(index, [number])


def _by_text(matched: Match) -> None:
    # An answer that nobody touched may have the text of a given cell, which comes first.
    for index, place in sorted(matched.open(), key=lambda item: (item[1].answer, item[0])):
        same = (number for number in matched.free() if place.as_released(matched.cells[number]))
        if (number := next(same, None)) is not None:
            matched.claim(index, [number])


def _by_neighbours(matched: Match) -> None:
    """Answers in words, and given cells that were changed, in the gaps between what was found."""
    for index, place in enumerate(matched.skeleton.places):
        words = place.answer and place.kind == "markdown"
        if not (words and matched.unanswered(index)) and index in matched.found:
            continue
        gap = _gap(matched, index)
        empty = [matched.found[index]] if index in matched.found else []
        if words:
            text = (n for n in gap if _is_text(matched, n))
            # Who leaves a cell empty goes on below it, or wrote into the course's above.
            near = [n for n in text if [n] > empty or matched.cells[n].parted_from]
        elif not place.grade_id:
            near = [n for n in gap if place.likeness(matched.cells[n]) >= ALIKE]
        else:
            near = []
        if near:
            matched.claim(index, sorted([*empty, near[0]]))


def _gap(matched: Match, index: int) -> list[int]:
    """The unclaimed cells where the cell of a place would stand."""
    between = _between(matched, index)
    return [number for number in matched.free() if number in between][:MOST_COMPARED]


def _between(matched: Match, index: int) -> range:
    """The numbers between the cell found for the place before, and that for the place after."""
    before = max((place for place in matched.found if place < index), default=None)
    after = min((place for place in matched.found if place > index), default=None)
    start = 0 if before is None else matched.found[before] + 1
    return range(start, len(matched.cells) if after is None else matched.found[after])


def _is_text(matched: Match, number: int) -> bool:
    """Whether a cell is text of a student's, and more than headings."""
    cell = matched.cells[number]
    if cell.kind == "code" or all(line.startswith("#") for line in cell.stripped.splitlines()):
        return False
    return not matched.given.holds(cell)


def _by_contents(matched: Match) -> None:
    """Answers written into another answer's cell: that goes to the first place that needs it."""
    places, found, copies = matched.skeleton.places, matched.found, matched.copies
    for index, place in enumerate(places):
        if not (place.answer and place.names and matched.unanswered(index)):
            continue
        # Beside an empty cell only a function is an answer: to bind its name is no way to write it.
        empty = index in found
        others = (o for o in sorted(found) if o != index and not matched.unanswered(o))
        holds = (o for o in others if _also_holds(place, places[o], matched.cells[found[o]], empty))
        if (other := next(holds, None)) is None:
            continue
        spare = [*copies.get(index, ()), *([found.pop(index)] if index in found else ())]
        if other > index:
            found[index] = found.pop(other)
            spare += copies.pop(other, ())
        copies[index] = sorted(spare)


def _by_order(matched: Match) -> None:
    """Takes, of a given cell and its copies, the one that stands where it belongs."""
    for index, copies in matched.copies.items():
        place, between = matched.skeleton.places[index], _between(matched, index)
        if place.answer or matched.found[index] in between:
            continue
        same = (n for n in copies if n in between and place.as_released(matched.cells[n]))
        if (number := next(same, None)) is not None:
            copies[copies.index(number)], matched.found[index] = matched.found[index], number


def _also_holds(place: Place, other: Place, cell: Cell, functions_only: bool) -> bool:
    """Whether the cell found for one answer (`other`) also holds that of another (`place`).

    What that other answer has to define, or was given, tells nothing of this one.
    """
    if not other.answer:
        return False
    bound = (cell.defines.functions if functions_only else cell.names) - cell.defines.hollow
    return place.names <= bound and bool(place.names - other.names - other.bound)


def _is_written(place: Place, cell: Cell) -> bool:
    """Whether a cell has more in it than was released in this place, or was emptied."""
    if not cell.stripped or place.stripped == cell.stripped:
        return False
    return not place.names or not place.names <= cell.defines.hollow


def _chosen(place: Place, cells: Sequence[Cell], claims: Sequence[int]) -> int:
    if not place.answer or len(claims) == 1:
        return claims[0]
    written = [n for n in claims if _is_written(place, cells[n])] or claims
    kind = [n for n in written if cells[n].kind == place.kind] or written
    runs = [n for n in kind if place.kind != "code" or cells[n].runs]
    return (runs or kind)[-1]
