"""Ways in which a submission comes to be broken, and what each must be worth.

Each begins with a right submission, of full marks, and breaks it in one way.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Mapping
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat

from tests.classroom.editors import WRITERS
from tests.course import ROOT

RELEASE = ROOT / "release" / "losses"

Notebook = dict[str, Any]
Break = Callable[[Path], None]

ALL = 28.0  # machine's points, of which each notebook has:
BINARY, MULTICLASS = 10.0, 18.0
BCE, SOFTMAX = 5.0, 4.0


@dataclass(frozen=True)
class Case:
    """A way of breaking a submission.

    Args:
        student: who hands it in: what it is called.
        broken: does it to the folder.
        score: the machine's points that are left; None where nothing can be graded.
        flags: (kind, cell) of each flag.
    """

    student: str
    broken: Break
    score: float | None
    flags: tuple[tuple[str, str], ...]

    def lost(self) -> set[str]:
        """The grade cells that are worth nothing by it."""
        if self.score == ALL - BCE:
            return {"bce_visible", "bce_hidden"}
        missing = {MULTICLASS: "binary", BINARY: "multiclass"}.get(self.score or ALL)
        cells = load(RELEASE, missing)["cells"] if missing else ()
        absent = {name for kind, name in self.flags if kind == "missing-cell"}
        graded = {grade_id(cell) for cell in cells if is_graded(cell)}
        return graded | {name for name in absent if name.startswith("written")}


CASES: list[Case] = []


def case(
    score: float | None, *flags: tuple[str, str], student: str = ""
) -> Callable[[Break], Break]:
    """Lists a function as a case, under its own name."""

    def listed(broken: Break) -> Break:
        name = student or broken.__name__.replace("_", "-")
        CASES.append(Case(name, broken, score, flags))
        return broken

    return listed


def load(folder: Path, name: str = "binary") -> Notebook:
    """A notebook of the submission."""
    notebook: Notebook = json.loads((folder / f"{name}.ipynb").read_text(encoding="utf-8"))
    for cell in notebook["cells"]:
        cell["source"] = "".join(cell["source"])
    return notebook


def save(folder: Path, notebook: Notebook, name: str = "binary") -> None:
    """Puts it back."""
    (folder / f"{name}.ipynb").write_text(json.dumps(notebook), encoding="utf-8")


def grade_id(cell: Mapping[str, Any]) -> str:
    """nbgrader's name for a cell, or ""."""
    return str(cell["metadata"].get("nbgrader", {}).get("grade_id", ""))


def is_graded(cell: Mapping[str, Any]) -> bool:
    """Whether nbgrader gives points to a cell."""
    return bool(cell["metadata"].get("nbgrader", {}).get("grade"))


def find(notebook: Notebook, name: str) -> dict[str, Any]:
    """The cell of that grade_id."""
    cell: dict[str, Any]
    (cell,) = (cell for cell in notebook["cells"] if grade_id(cell) == name)
    return cell


def place(notebook: Notebook, name: str) -> int:
    """Where the cell of that grade_id stands."""
    return int(notebook["cells"].index(find(notebook, name)))


# Names of files ----------------------------------------------------------------------------------


@case(ALL, ("renamed", ""))
def browser_renamed(folder: Path) -> None:
    (folder / "binary.ipynb").rename(folder / "binary (1).ipynb")


@case(ALL, ("renamed", ""), ("renamed", ""))
def own_names(folder: Path) -> None:
    (folder / "binary.ipynb").rename(folder / 'abgabe, "teil 1" = ä.ipynb')
    (folder / "work").mkdir()
    (folder / "multiclass.ipynb").rename(folder / "work" / "Homework-2.IPYNB")


@case(ALL, ("renamed", ""), ("renamed", ""))
def swapped(folder: Path) -> None:
    (folder / "binary.ipynb").rename(folder / "aside")
    (folder / "multiclass.ipynb").rename(folder / "binary.ipynb")
    (folder / "aside").rename(folder / "multiclass.ipynb")


@case(ALL, ("renamed", ""))
def merged(folder: Path) -> None:
    notebook, second = load(folder), load(folder, "multiclass")
    own = {"cell_type": "code", "id": "own", "metadata": {}, "outputs": [], "source": "HALF = 0.5"}
    notebook["cells"].insert(place(notebook, "bce"), {**own, "execution_count": None})
    find(second, "softmax")["source"] += "\n\nassert HALF == 0.5"
    notebook["cells"] += second["cells"]
    save(folder, notebook)
    (folder / "multiclass.ipynb").unlink()


@case(ALL, ("renamed", ""), ("renamed", ""))
def as_text(folder: Path) -> None:
    (folder / "binary.ipynb").rename(folder / "binary.txt")
    (folder / "multiclass.ipynb").rename(folder / "multiclass.ipynb.json")


@case(ALL)
def copy_beside(folder: Path) -> None:
    (folder / "binary (1).ipynb").write_bytes((folder / "binary.ipynb").read_bytes())


@case(ALL, ("duplicate-notebook", ""))
def other_copy_beside(folder: Path) -> None:
    notebook = load(folder)
    find(notebook, "bce")["source"] = "def bce(y_hat, y, reduction='none'):\n    return y_hat"
    save(folder, notebook, "binary-Copy1")


@case(ALL, ("renamed", ""))
def fresh_copy_in_the_way(folder: Path) -> None:
    (folder / "binary.ipynb").rename(folder / "binary (1).ipynb")
    (folder / "binary.ipynb").write_bytes((RELEASE / "binary.ipynb").read_bytes())


# Cells -------------------------------------------------------------------------------------------


@case(ALL, ("restored", ""))
def same_cell_twice(folder: Path) -> None:
    notebook = load(folder)
    at = place(notebook, "bce")
    notebook["cells"].insert(at, deepcopy(notebook["cells"][at]))
    save(folder, notebook)


@case(ALL, ("duplicate-cell", "bce"))
def other_cell_before(folder: Path) -> None:
    notebook = load(folder)
    at = place(notebook, "bce")
    wrong = deepcopy(notebook["cells"][at])
    wrong["source"] = "def bce(y_hat, y, reduction='none'):\n    return y_hat"
    notebook["cells"].insert(at, wrong)
    save(folder, notebook)


@case(ALL - BCE, ("duplicate-cell", "bce"))
def other_cell_after(folder: Path) -> None:
    notebook = load(folder)
    at = place(notebook, "bce")
    wrong = deepcopy(notebook["cells"][at])
    wrong["source"] = "def bce(y_hat, y, reduction='none'):\n    return 0 * y_hat"
    notebook["cells"].insert(at + 1, wrong)
    save(folder, notebook)


@case(ALL, ("duplicate-cell", "bce"))
def broken_cell_after(folder: Path) -> None:
    notebook = load(folder)
    at = place(notebook, "bce")
    wrong = deepcopy(notebook["cells"][at])
    wrong["source"] = "def bce(y_hat, y, reduction='none'):\n    return (y_hat"
    notebook["cells"].insert(at + 1, wrong)
    save(folder, notebook)


@case(ALL, ("restored", ""))
def stub_after(folder: Path) -> None:
    notebook = load(folder)
    at = place(notebook, "bce")
    stub = deepcopy(notebook["cells"][at])
    stub["source"] = find(load(RELEASE), "bce")["source"]
    notebook["cells"].insert(at + 1, stub)
    save(folder, notebook)


@case(ALL - BCE, ("missing-cell", "bce"))
def answer_deleted(folder: Path) -> None:
    notebook = load(folder)
    del notebook["cells"][place(notebook, "bce")]
    save(folder, notebook)


@case(ALL, ("metadata-changed", "bce"))
def answer_in_own_cell(folder: Path) -> None:
    notebook = load(folder)
    cell = find(notebook, "bce")
    source = cell["source"]
    notebook["cells"].remove(cell)
    own = {"cell_type": "code", "id": "mine", "metadata": {}, "outputs": [], "source": source}
    notebook["cells"].append({**own, "execution_count": None})
    save(folder, notebook)


@case(ALL, ("restored", ""))
def all_in_one_cell(folder: Path) -> None:
    notebook = load(folder, "multiclass")
    names = ("softmax", "log_softmax", "nll", "cross_entropy")
    cells = [find(notebook, name) for name in names]
    cells[0]["source"] = "\n\n".join(cell["source"] for cell in cells)
    for cell in cells[1:]:
        notebook["cells"].remove(cell)
    save(folder, notebook, "multiclass")


@case(ALL, ("restored", ""))
def tests_deleted(folder: Path) -> None:
    notebook = load(folder)
    notebook["cells"] = [c for c in notebook["cells"] if not grade_id(c).startswith("bce_")]
    notebook["cells"].insert(20, find(load(folder), "bce_with_logits"))
    save(folder, notebook)


@case(ALL, ("restored", ""))
def tests_changed(folder: Path) -> None:
    notebook = load(folder)
    find(notebook, "bce_visible")["source"] = "print('all well')"
    find(notebook, "bce_hidden")["source"] = "10.0"
    save(folder, notebook)


@case(ALL, ("restored", ""))
def answer_moved(folder: Path) -> None:
    notebook = load(folder)
    cell = find(notebook, "bce")
    notebook["cells"].remove(cell)
    notebook["cells"].append(cell)
    save(folder, notebook)


@case(ALL, ("restored", ""))
def upside_down(folder: Path) -> None:
    notebook = load(folder)
    notebook["cells"].reverse()
    save(folder, notebook)


@case(ALL, ("restored", ""))
def given_cells_deleted(folder: Path) -> None:
    notebook = load(folder)
    notebook["cells"] = [cell for cell in notebook["cells"] if grade_id(cell)]
    save(folder, notebook)


@case(ALL, ("metadata-changed", "bce"))
def answer_as_markdown(folder: Path) -> None:
    notebook = load(folder)
    cell = find(notebook, "bce")
    cell["cell_type"] = "markdown"
    del cell["outputs"], cell["execution_count"]
    save(folder, notebook)


@case(ALL, ("metadata-changed", "written_misprint"))
def words_as_code(folder: Path) -> None:
    notebook = load(folder)
    find(notebook, "written_misprint").update(cell_type="code", outputs=[], execution_count=None)
    save(folder, notebook)


def own(source: str, kind: str = "code") -> dict[str, Any]:
    """A cell that a student has added."""
    code = {"outputs": [], "execution_count": None} if kind == "code" else {}
    return {"cell_type": kind, "id": "mine", "metadata": {}, "source": source, **code}


def released(name: str) -> str:
    """An answer's text before anything is written there."""
    return str(find(load(RELEASE), name)["source"])


SAME = "def same(losses):\n    return losses"


def use_same(notebook: Notebook) -> None:
    """Lets the answer bce call a function that is not there yet."""
    cell = find(notebook, "bce")
    cell["source"] = cell["source"].replace("return losses", "return same(losses)")
    assert "same(losses)" in cell["source"]


@case(ALL, ("metadata-changed", "bce"), ("restored", ""))
def merged_with_a_test(folder: Path) -> None:
    notebook = load(folder)
    answer, test = find(notebook, "bce"), find(notebook, "bce_visible")
    test["source"] = answer["source"] + "\n\n" + test["source"]
    notebook["cells"].remove(answer)
    save(folder, notebook)


@case(ALL, ("metadata-changed", "bce"), ("restored", ""))
def typed_over_a_test(folder: Path) -> None:
    notebook = load(folder)
    answer, test = find(notebook, "bce"), find(notebook, "bce_visible")
    test["source"], answer["source"] = answer["source"], released("bce")
    save(folder, notebook)


@case(ALL, ("restored", ""))
def helper_below_a_test(folder: Path) -> None:
    notebook = load(folder)
    use_same(notebook)
    find(notebook, "bce_visible")["source"] += "\n\n" + SAME
    save(folder, notebook)


@case(ALL)
def helper_in_a_copied_test(folder: Path) -> None:
    notebook = load(folder)
    use_same(notebook)
    copy = deepcopy(find(notebook, "bce_visible"))
    copy["source"] = SAME
    notebook["cells"].insert(place(notebook, "bce"), copy)
    save(folder, notebook)


@case(ALL, ("metadata-changed", "bce"), ("restored", ""))
def answer_and_test_swapped(folder: Path) -> None:
    notebook = load(folder)
    first, second = find(notebook, "bce"), find(notebook, "bce_visible")
    first["metadata"], second["metadata"] = second["metadata"], first["metadata"]
    save(folder, notebook)


@case(ALL, ("metadata-changed", "bce"), ("restored", ""))
def all_in_the_last_answer(folder: Path) -> None:
    notebook = load(folder)
    first, last = find(notebook, "bce"), find(notebook, "bce_with_logits")
    last["source"] = first["source"] + "\n\n" + last["source"]
    notebook["cells"].remove(first)
    save(folder, notebook)


@case(ALL, ("restored", ""))
def all_in_the_first_answer(folder: Path) -> None:
    notebook = load(folder)
    first, last = find(notebook, "bce"), find(notebook, "bce_with_logits")
    first["source"] += "\n\n" + last["source"]
    last["source"] = released("bce_with_logits")
    save(folder, notebook)


@case(ALL, ("restored", ""))
def moved_with_its_helper(folder: Path) -> None:
    notebook = load(folder)
    use_same(notebook)
    cell = find(notebook, "bce")
    notebook["cells"].remove(cell)
    notebook["cells"] += [own(SAME), cell]
    save(folder, notebook)


@case(ALL, ("restored", ""))
def moved_before_its_helper(folder: Path) -> None:
    notebook = load(folder)
    use_same(notebook)
    cell = find(notebook, "bce")
    notebook["cells"].remove(cell)
    notebook["cells"] += [cell, own(SAME)]
    save(folder, notebook)


@case(ALL, ("restored", ""))
def helper_beside_a_moved_test(folder: Path) -> None:
    notebook = load(folder)
    use_same(notebook)
    test = find(notebook, "bce_with_logits_visible")
    notebook["cells"].remove(test)
    at = place(notebook, "bce")
    notebook["cells"][at:at] = [test, own(SAME)]
    save(folder, notebook)


@case(ALL, ("restored", ""))
def helper_beside_a_copied_test(folder: Path) -> None:
    notebook = load(folder)
    use_same(notebook)
    at = place(notebook, "bce")
    notebook["cells"][at:at] = [deepcopy(find(notebook, "bce_with_logits_visible")), own(SAME)]
    save(folder, notebook)


@case(ALL, ("duplicate-cell", "bce"))
def magics_in_the_last(folder: Path) -> None:
    notebook = load(folder)
    at = place(notebook, "bce")
    draft = deepcopy(notebook["cells"][at])
    draft["source"] = "def bce(y_hat, y, reduction='none'):\n    return 0 * y_hat"
    notebook["cells"][at]["source"] += "\n\nbce?\nhere = %pwd\n"
    notebook["cells"].insert(at, draft)
    save(folder, notebook)


@case(ALL, ("restored", ""))
def empty_second_half(folder: Path) -> None:
    notebook = load(folder)
    at = place(notebook, "bce")
    notebook["cells"].insert(at + 1, {**deepcopy(notebook["cells"][at]), "source": ""})
    save(folder, notebook)


@case(ALL, ("duplicate-cell", "bce"))
def long_last_answer(folder: Path) -> None:
    notebook = load(folder)
    at = place(notebook, "bce")
    draft = deepcopy(notebook["cells"][at])
    draft["source"] = "def bce(y_hat, y, reduction='none'):\n    return 0 * y_hat"
    notebook["cells"][at]["source"] += "\n# " + "x" * 150_000
    notebook["cells"].insert(at, draft)
    save(folder, notebook)


@case(ALL, ("restored", ""))
def answer_from_a_module(folder: Path) -> None:
    notebook = load(folder)
    (folder / "mine.py").write_text("import torch\n\n" + find(notebook, "bce")["source"])
    notebook["cells"][place(notebook, "bce")] = own("from mine import bce")
    save(folder, notebook)


@case(ALL, ("metadata-changed", "written_misprint"), ("restored", ""))
def words_below_the_empty_cell(folder: Path) -> None:
    notebook = load(folder)
    cell = find(notebook, "written_misprint")
    at = place(notebook, "written_misprint")
    notebook["cells"].insert(at + 1, own(cell["source"], "markdown"))
    cell["source"] = released("written_misprint")
    save(folder, notebook)


@case(ALL, ("metadata-changed", "written_misprint"), ("restored", ""))
def words_in_the_question(folder: Path) -> None:
    notebook = load(folder)
    cell = find(notebook, "written_misprint")
    find(notebook, "written_misprint_question")["source"] += "\n\n" + cell["source"]
    cell["source"] = released("written_misprint")
    save(folder, notebook)


# Metadata ----------------------------------------------------------------------------------------


def stripped(notebook: Notebook, ids: bool) -> None:
    for cell in notebook["cells"]:
        cell["metadata"] = {}
        if ids:
            cell.pop("id", None)


@case(ALL, ("metadata-changed", ""))
def metadata_stripped(folder: Path) -> None:
    notebook = load(folder)
    stripped(notebook, ids=False)
    save(folder, notebook)


@case(ALL, ("metadata-changed", ""), ("metadata-changed", ""))
def metadata_and_ids_stripped(folder: Path) -> None:
    for name in ("binary", "multiclass"):
        notebook = load(folder, name)
        stripped(notebook, ids=True)
        notebook["nbformat_minor"] = 0
        save(folder, notebook, name)


@case(ALL, ("metadata-changed", ""))
def called_with_metadata_lost(folder: Path) -> None:
    notebook = load(folder)
    at = place(notebook, "bce_hidden")
    notebook["cells"].insert(at + 1, own("bce_now = bce\nbce = bce(y_hat, y)\nbce = bce_now"))
    stripped(notebook, ids=True)
    save(folder, notebook)


@case(ALL, ("metadata-changed", ""))
def points_forged(folder: Path) -> None:
    notebook = load(folder)
    for name in ("bce_visible", "bce_hidden"):
        find(notebook, name)["metadata"]["nbgrader"]["points"] = 1000
    save(folder, notebook)


@case(ALL, ("metadata-changed", ""))
def locks_and_roles_forged(folder: Path) -> None:
    notebook = load(folder)
    for name in ("bce", "bce_hidden"):
        marks = find(notebook, name)["metadata"]["nbgrader"]
        marks.update(locked=not marks["locked"])
    save(folder, notebook)


def schema(version: int) -> Break:
    def forged(folder: Path) -> None:
        notebook = load(folder)
        for cell in notebook["cells"]:
            if grade_id(cell):
                cell["metadata"]["nbgrader"]["schema_version"] = version
        save(folder, notebook)

    return forged


for version in (0, 1, 99):
    case(ALL, ("metadata-changed", ""), student=f"schema-{version}")(schema(version))


@case(ALL, ("metadata-changed", ""))
def other_grade_ids(folder: Path) -> None:
    notebook = load(folder)
    for cell in notebook["cells"]:
        if grade_id(cell):
            cell["metadata"]["nbgrader"]["grade_id"] += "_mine"
    save(folder, notebook)


@case(ALL, ("metadata-changed", ""))
def grade_ids_swapped(folder: Path) -> None:
    notebook = load(folder)
    first, second = find(notebook, "bce"), find(notebook, "bce_with_logits")
    first["metadata"], second["metadata"] = second["metadata"], first["metadata"]
    save(folder, notebook)


@case(ALL)
def odd_metadata(folder: Path) -> None:
    notebook = load(folder)
    notebook["metadata"] = {"kernelspec": {"name": "julia-1.9"}, "language_info": 7}
    for cell in notebook["cells"]:
        if not grade_id(cell):
            cell["metadata"] = ["no", "object"] if len(cell["source"]) % 2 else {"nbgrader": 3}
            cell["id"] = 5
    save(folder, notebook)


# Files -------------------------------------------------------------------------------------------


@case(ALL)
def future_minor(folder: Path) -> None:
    save(folder, {**load(folder), "nbformat_minor": 99, "news": {}})


@case(ALL, ("restored", ""))
def future_major(folder: Path) -> None:
    save(folder, {**load(folder), "nbformat": 5})


@case(ALL, ("restored", ""))
def format_3(folder: Path) -> None:
    notebook = load(folder)
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            cell["input"] = cell.pop("source")
            cell["language"] = "python"
    sheet = {"cells": notebook.pop("cells"), "metadata": {}}
    save(folder, {**notebook, "nbformat": 3, "nbformat_minor": 0, "worksheets": [sheet]})


@case(ALL)
def fifty_megabytes(folder: Path) -> None:
    notebook = load(folder)
    output = {"output_type": "stream", "name": "stdout", "text": "x" * (50 << 20)}
    find(notebook, "bce_shape")["outputs"] = [output]
    save(folder, notebook)


@case(ALL)
def windows_bytes(folder: Path) -> None:
    text = (folder / "binary.ipynb").read_text(encoding="utf-8")
    text = text.replace("\\n", "\\r\\n").replace("\n", "\r\n")
    (folder / "binary.ipynb").write_bytes(b"\xef\xbb\xbf" + text.encode())
    text = (folder / "multiclass.ipynb").read_text(encoding="utf-8")
    (folder / "multiclass.ipynb").write_bytes(text.encode("utf-16"))


@case(ALL, ("restored", ""))
def nul_and_halves(folder: Path) -> None:
    notebook = load(folder)
    cell = find(notebook, "bce")
    cell["source"] = cell["source"] + "\n# \0 \ud800 \udfff\n"
    find(notebook, "written_misprint")["source"] = "half \ud83d of a face\0"
    save(folder, notebook)


@case(ALL - BCE, ("unreadable", ""))
def cut_off_beside_a_draft(folder: Path) -> None:
    draft = load(folder)
    find(draft, "bce")["source"] = released("bce")
    save(folder, draft, "draft")
    (folder / "binary.ipynb").write_text('{"cells": [')


@case(ALL - BCE, ("unreadable", ""))
def cut_off_draft_of_the_last(folder: Path) -> None:
    draft = load(folder)
    find(draft, "bce")["source"] = released("bce")
    save(folder, draft)
    (folder / "binary-final.ipynb").write_text('{"cells": [')


@case(ALL)
def empty_beside(folder: Path) -> None:
    (folder / "Untitled.ipynb").write_text("")


@case(ALL, ("duplicate-notebook", ""))
def helper_in_the_other_copy(folder: Path) -> None:
    notebook = load(folder)
    notebook["cells"].insert(place(notebook, "bce"), own(SAME))
    save(folder, notebook, "binary (1)")


@case(MULTICLASS, ("unreadable", ""))
def many_cells(folder: Path) -> None:
    (folder / "binary.ipynb").write_text('{"cells": [' + "{}," * 1_000_000 + "{}]}")


@case(ALL, ("left-out", ""))
def deep_folders(folder: Path) -> None:
    (folder / "/".join("a" * 30)).mkdir(parents=True)


@case(ALL, ("left-out", ""))
def names_alike(folder: Path) -> None:
    for name in (b"\xe4.txt", b"\xf6.txt", b"\\xe4"):
        (folder / os.fsdecode(name)).write_text("1")
    (folder / os.fsdecode(b"\xe4")).mkdir()
    (folder / os.fsdecode(b"\xe4") / "data.txt").write_text("1")


@case(None, ("misplaced", ""))
def other_name_for_the_folder(folder: Path) -> None:
    folder.rename(folder.with_name("Losses (1)"))


@case(ALL, ("unknown-time", ""))
def half_a_time(folder: Path) -> None:
    (folder / "timestamp.txt").write_text("Friday")


@case(MULTICLASS, ("unreadable", ""))
def cut_off(folder: Path) -> None:
    path = folder / "binary.ipynb"
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


@case(None, ("unreadable", ""), ("unreadable", ""))
def nothing_readable(folder: Path) -> None:
    (folder / "binary.ipynb").write_bytes(b"")
    (folder / "multiclass.ipynb").write_bytes(b"%PDF-1.7\n\xff")


@case(None, ("unreadable", ""), ("unreadable", ""))
def nested(folder: Path) -> None:
    (folder / "binary.ipynb").write_text("[" * 100_000)
    deep = '{"cells": ' + "[" * 100_000 + "]" * 100_000 + "}"
    (folder / "multiclass.ipynb").write_text(deep)


@case(None, ("unreadable", ""), ("unreadable", ""))
def folder_and_link(folder: Path) -> None:
    (folder / "binary.ipynb").unlink()
    (folder / "binary.ipynb").mkdir()
    (folder / "multiclass.ipynb").unlink()
    (folder / "multiclass.ipynb").symlink_to("/etc/passwd")


@case(None, ("missing-notebook", ""), ("missing-notebook", ""))
def other_work(folder: Path) -> None:
    for name in ("binary", "multiclass"):
        save(folder, {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": []}, name)


@case(None, ("missing-notebook", ""), ("missing-notebook", ""))
def a_report(folder: Path) -> None:
    (folder / "binary.ipynb").unlink()
    (folder / "multiclass.ipynb").unlink()
    (folder / "report.pdf").write_bytes(b"%PDF-1.7")


@case(BINARY, ("missing-notebook", ""))
def one_of_two(folder: Path) -> None:
    (folder / "multiclass.ipynb").unlink()


@case(
    ALL,
    ("renamed", ""),
    ("missing-cell", "written_misprint"),
    ("metadata-changed", ""),
    ("restored", ""),
)
def as_script(folder: Path) -> None:
    cells = [c for c in load(folder)["cells"] if c["cell_type"] == "code"]
    parts = [f"# In[{n}]:\n\n\n{c['source']}\n" for n, c in enumerate(cells, start=1)]
    (folder / "binary.py").write_text(
        "#!/usr/bin/env python\n# coding: utf-8\n\n" + "\n\n".join(parts)
    )
    (folder / "binary.ipynb").unlink()


@case(ALL, ("restored", ""))
def files_in_the_way(folder: Path) -> None:
    for name in ("torch.py", "sitecustomize.py", "helper.py", "matplotlib.py", "numpy.py"):
        (folder / name).write_text("raise SystemExit('gotcha')\n")
    (folder / "data").mkdir()
    (folder / "data" / "out").symlink_to("/etc")
    (folder / "notes").symlink_to("/etc/passwd")


# Editors ---------------------------------------------------------------------------------------


def saved_by(editor: str) -> Break:
    def saved(folder: Path) -> None:
        for path in sorted(folder.glob("*.ipynb")):
            text = WRITERS[editor](nbformat.read(path, as_version=4))
            path.write_text(text, encoding="utf-8", newline="")

    return saved


for editor in filter(None, WRITERS):
    case(ALL, student=f"saved-by-{editor}")(saved_by(editor))


@case(ALL, ("renamed", ""), ("left-out", ""))
def many_files(folder: Path) -> None:
    (folder / "binary.ipynb").rename(folder / "zz.ipynb")
    for number in range(300):
        (folder / f"data{number:03}.txt").write_text("1")
    (folder / ".git" / "objects").mkdir(parents=True)
    (folder / ".git" / "objects" / "ab").write_bytes(b"x")


@case(MULTICLASS, ("unreadable", ""))
def folder_for_a_notebook(folder: Path) -> None:
    (folder / "binary.ipynb").unlink()
    (folder / "binary.ipynb").mkdir()
    (folder / "binary.ipynb" / "notes.txt").write_text("mine")


@case(None, ("misplaced", ""))
def one_level_up(folder: Path) -> None:
    for path in sorted(folder.iterdir()):
        path.rename(folder.parent / path.name)
    folder.rmdir()


@case(None, ("misplaced", ""))
def file_for_the_folder(folder: Path) -> None:
    notebook = (folder / "binary.ipynb").read_bytes()
    shutil.rmtree(folder)
    folder.write_bytes(notebook)


@case(None, ("misplaced", ""))
def folder_of_another(folder: Path) -> None:
    shutil.rmtree(folder)
    folder.symlink_to("../student01/losses")


@case(ALL, ("restored", ""))
def other_helper(folder: Path) -> None:
    (folder / "helper.py").write_text("def look(*args): print('mine')\n")


@case(ALL, ("unknown-time", ""))
def no_time(folder: Path) -> None:
    (folder / "timestamp.txt").write_text("9" * 30)


@case(BINARY, ("unreadable", ""))
def one_cut_off(folder: Path) -> None:
    (folder / "multiclass.ipynb").write_text('{"cells": [')
    (folder / "._binary.ipynb").write_bytes(b"\0\5\26\7")


@case(None, ("unreadable", ""), ("missing-notebook", ""))
def one_cut_off_and_one_missing(folder: Path) -> None:
    (folder / "binary.ipynb").write_text('{"cells": [')
    (folder / "multiclass.ipynb").unlink()


@case(ALL, ("renamed", ""), ("renamed", ""))
def no_names_of_text(folder: Path) -> None:
    for name, other in (("binary", b"\xe4.ipynb"), ("multiclass", b"\xf6.ipynb")):
        (folder / f"{name}.ipynb").rename(folder / os.fsdecode(other))


@case(ALL, ("metadata-changed", "bce"), ("restored", ""))
def answer_above_its_empty_cell(folder: Path) -> None:
    notebook = load(folder)
    at = place(notebook, "bce")
    own = {**deepcopy(notebook["cells"][at]), "metadata": {}, "id": "mine"}
    notebook["cells"][at]["source"] = find(load(RELEASE), "bce")["source"]
    notebook["cells"].insert(at, own)
    save(folder, notebook)


@case(ALL)
def blank_lines(folder: Path) -> None:
    notebook = load(folder)
    cell = find(notebook, "bce")
    cell["source"] += "\n" * 60_000 + "# end"
    save(folder, notebook)


# Names of students -------------------------------------------------------------------------------

for name in ("=\"O'Brien, Jr", "student", "Student", "student-1 [x]*", "schön 学生"):
    case(ALL, student=name)(lambda folder: None)
