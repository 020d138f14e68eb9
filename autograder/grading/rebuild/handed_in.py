"""Which of the files that were handed in holds which notebook: known by its cells, not its name."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from nbformat import NotebookNode

from autograder.grading.intake.cells import ARCHIVES, Document, is_notebook
from autograder.grading.intake.folder import NOTEBOOK, TIMESTAMP, Folder
from autograder.grading.intake.reading import read_all
from autograder.grading.rebuild.former import up_to_date
from autograder.grading.rebuild.locked import parted
from autograder.grading.rebuild.match import Match
from autograder.grading.rebuild.mended import Mended
from autograder.grading.rebuild.owners import ANYONE, UNKNOWN, Owners
from autograder.grading.rebuild.repair import Repair
from autograder.grading.rebuild.search import match
from autograder.grading.rebuild.skeleton import Given, Skeleton
from autograder.results import Flag, FlagKind
from autograder.words import MOST_NAMED, few, short

NOBODYS = (ANYONE, UNKNOWN)
DOCUMENTS = (".md", ".txt", ".html", ".pdf", ".doc", ".docx", ".odt", ".png", ".jpg", ".jpeg")


@dataclass(frozen=True)
class _Candidate:
    """A file that may hold a notebook.

    Args:
        name: in the folder.
        matched: what of the notebook it has.
        others: its cells that may belong to another notebook of the assignment.
        undecided: whether it may as well be another notebook, and can be only one.
    """

    name: str
    matched: Match
    others: frozenset[int] = frozenset()
    undecided: bool = False

    @property
    def shown(self) -> str:
        return short(self.name)

    def rank(self, wanted: str) -> tuple[bool, int, bool, int]:
        """Who answered most comes first, a notebook before any other file that has answers.

        Then the right name, and who answered beyond doubt.
        """
        answers, notebook = len(self.matched.answers), is_notebook(self.name)
        return bool(answers) and notebook, answers, self.name == wanted, self.matched.certain

    def says(self) -> set[str]:
        """The answers, and the student's own code that defines anything."""
        free = set(self.matched.free()) - self.others
        own = [c for n, c in enumerate(self.matched.cells) if n in free and c.kind == "code"]
        return {*map(str.strip, self.matched.answers), *(c.stripped for c in own if c.names)}


def notebooks(
    folder: Folder, skeletons: Mapping[str, Skeleton], given: Iterable[str]
) -> tuple[dict[str, NotebookNode], tuple[Flag, ...], frozenset[Path]]:
    """The assignment's notebooks as they are graded, by name, and what was mended.

    Args:
        folder: what was handed in.
        skeletons: the assignment's notebooks.
        given: files of the source, by their path: they hold nobody's answers.

    Returns:
        The notebooks of which the folder holds anything; a flag tells of the others. And the
        folders in it in which they were found.
    """
    wanted = {name: f"{name}{NOTEBOOK}" for name in skeletons}
    there = _there(folder, wanted.values(), given)
    files, failed = read_all(folder, there, set(wanted.values()))
    files = _with_todays_text(files, skeletons.values())
    holding = _candidates(skeletons, files)
    first = _first(holding, wanted)
    names = frozenset[str]().union(*(skeleton.names for skeleton in skeletons.values()))
    documents = [str(p) for p in there if p.suffix in DOCUMENTS and p.name != TIMESTAMP]
    beside = [other for other in documents if other not in files]
    found: dict[str, NotebookNode] = {}
    flags: list[Flag] = []
    for name, file in wanted.items():
        unread = _unread(file, failed, wanted.values())
        if name not in first:
            flags.append(_missing(file, unread, files, there))
            continue
        graded = first[name]
        taken = _taken(graded, first.values(), names)
        rivals = [c for c in holding[name] if not _is_anothers(c, graded, first.values())]
        flags += _naming(file, graded, unread, rivals)
        aside = beside if is_notebook(graded.name) else [*beside, graded.name]
        repair = Repair(graded.matched, taken, aside)
        found[name] = repair.notebook()
        flags += Mended(repair, graded.shown).flags()
    folders = frozenset(Path(graded.name).parent for graded in first.values())
    return found, tuple(dict.fromkeys(flags)), folders - {Path()}


def _there(folder: Folder, wanted: Iterable[str], given: Iterable[str]) -> list[Path]:
    """What is in the folder but the course's own; the wanted files also where they are links."""
    on_top = {Path(name) for name in wanted if os.path.lexists(folder.path / name)}
    return [path for path in sorted({*folder.inside, *on_top}) if str(path) not in given]


def _with_todays_text(
    files: Mapping[str, Document], skeletons: Collection[Skeleton]
) -> dict[str, Document]:
    """The files brought up to today's release, with what students wrote in given cells apart."""
    changed = [change for skeleton in skeletons for change in skeleton.changed]
    current = [place.cell for skeleton in skeletons for place in skeleton.places]
    return {
        name: parted(up_to_date(document, changed, current), skeletons)
        for name, document in files.items()
    }


def _unread(wanted: str, failed: Mapping[str, str], all_wanted: Collection[str]) -> dict[str, str]:
    """The files that can't be read and may be the wanted one, each with the reason."""
    return {
        file: why
        for file, why in failed.items()
        if file == wanted or (_may_be_any(file) and file not in all_wanted)
    }


def _may_be_any(file: str) -> bool:
    """Whether a file that can't be read may be any notebook of the assignment."""
    return is_notebook(file) or file.lower().endswith(ARCHIVES)


def _candidates(
    skeletons: Mapping[str, Skeleton], files: Mapping[str, Document]
) -> dict[str, list[_Candidate]]:
    """The files that hold answers of each notebook."""
    there: dict[str, list[_Candidate]] = {}
    given, owners = Given(skeletons.values()), Owners(skeletons)
    belong = {file: owners.of(file, document.cells) for file, document in files.items()}
    for name, skeleton in skeletons.items():
        for file, document in files.items():
            others = frozenset(n for n, o in enumerate(belong[file]) if o not in (name, *NOBODYS))
            matched = match(skeleton, document, given, others)
            if matched.certain:
                undecided = UNKNOWN in belong[file]
                there.setdefault(name, []).append(_Candidate(file, matched, undecided=undecided))
    claimed: dict[str, set[int]] = {}
    for candidate in (candidate for candidates in there.values() for candidate in candidates):
        claimed.setdefault(candidate.name, set()).update(candidate.matched.claimed)
    return {
        name: [
            replace(c, others=frozenset(claimed[c.name] - c.matched.claimed.keys())) for c in all_
        ]
        for name, all_ in there.items()
    }


def _first(
    holding: Mapping[str, Sequence[_Candidate]], wanted: Mapping[str, str]
) -> dict[str, _Candidate]:
    """The file that is graded as each notebook; one that may be any of them is graded as one."""
    first: dict[str, _Candidate] = {}
    used: set[str] = set()
    for name, candidates in holding.items():
        left = [c for c in candidates if not (c.undecided and c.name in used)]
        if left:
            first[name] = max(left, key=partial(_Candidate.rank, wanted=wanted[name]))
            used.add(first[name].name)
    return first


def _taken(
    graded: _Candidate, all_graded: Iterable[_Candidate], names: frozenset[str]
) -> frozenset[int]:
    """The cells of a graded file that belong to other notebooks: it may be graded as several.

    An answer that also defines what no notebook asks for stays: it may be needed here.
    """
    cells = graded.matched.cells
    return graded.matched.others | frozenset(
        number
        for other in all_graded
        if other is not graded and other.name == graded.name
        for number, place in other.matched.claimed.items()
        if number not in graded.matched.claimed
        and not (other.matched.skeleton.places[place].names and cells[number].names - names)
    )


def _is_anothers(
    candidate: _Candidate, graded: _Candidate, all_graded: Iterable[_Candidate]
) -> bool:
    """Whether it is clear why a file was not graded, so that no flag has to tell of it.

    It is another notebook's, in which a name is bound that is asked for here; or a script that the
    graded one imports.
    """
    if is_notebook(candidate.name):
        return graded.matched.complete and any(
            candidate.name == other.name for other in all_graded if other is not graded
        )
    imported = frozenset[str]().union(*(c.defines.modules for c in graded.matched.cells))
    return graded.matched.complete or Path(candidate.name).stem in imported


def _missing(
    wanted: str, unread: Mapping[str, str], files: Iterable[str], there: Iterable[Path]
) -> Flag:
    """Why there is no notebook of this name.

    Args:
        wanted: its file.
        unread: what is wrong with the files that may have been it.
        files: those that could be read.
        there: whatever is in the folder.
    """
    if wanted in unread:
        return Flag(FlagKind.UNREADABLE, "", f"{wanted} {unread[wanted]}.")
    if wanted in files:
        return Flag(FlagKind.MISSING_NOTEBOOK, "", f"{wanted} holds none of its answer cells.")
    other = list(dict.fromkeys(path.parts[0] for path in there if path.name != TIMESTAMP))
    also = [f"{short(file)} {why}" for file, why in unread.items()]
    also += [f"the folder holds {few(other)}" if other else "the folder is empty"]
    return Flag(FlagKind.MISSING_NOTEBOOK, "", f"{wanted} is not there; {also[0]}.")


def _naming(
    wanted: str, graded: _Candidate, unread: Mapping[str, str], all_: Iterable[_Candidate]
) -> Iterator[Flag]:
    """What there is to tell of the files that could have been graded.

    Args:
        wanted: the notebook's file.
        graded: the one that was.
        unread: what is wrong with those that could not be read.
        all_: those that hold an answer.
    """
    if wanted in unread:
        yield Flag(
            FlagKind.UNREADABLE, "", f"{wanted} {unread[wanted]}; {graded.shown} was graded."
        )
    elif graded.name != wanted:
        yield Flag(FlagKind.RENAMED, "", f"{wanted} was found in {graded.shown}.")
    if not graded.matched.complete:
        others = [(file, why) for file, why in unread.items() if file != wanted]
        for file, why in others[:MOST_NAMED]:
            yield Flag(FlagKind.UNREADABLE, "", f"{short(file)} {why}.")
        if (more := len(others) - MOST_NAMED) > 0:
            yield Flag(FlagKind.UNREADABLE, "", f"{more} more files can't be read.")
    says = graded.says()
    if also := [other.name for other in all_ if other.says() - says]:
        detail = f"{few(also)} also answered {wanted}; {graded.shown} was graded."
        yield Flag(FlagKind.DUPLICATE_NOTEBOOK, "", detail)
