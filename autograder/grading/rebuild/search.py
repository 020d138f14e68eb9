"""Finding the cell of a file that stands for each place of a notebook.

An answer is known by its grade_id, or else by the function it defines, its cell id, its text or its
place.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator

from autograder.grading.intake.cells import Cell, Document
from autograder.grading.rebuild.match import Match, is_written
from autograder.grading.rebuild.skeleton import Given, Place, Skeleton

ALIKE = 0.6  # as SequenceMatcher counts: a given cell that a student has changed
MOST_COMPARED = 20  # cells, for likeness to one of the source's


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
        if claims and place.names and not any(is_written(place, matched.cells[n]) for n in claims):
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
