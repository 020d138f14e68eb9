"""Which file is which notebook: renamed, swapped, merged, copied, turned into a script, missing."""

from __future__ import annotations

import os
from pathlib import Path

from tests.broken.case import (
    ALL,
    BCE,
    BINARY,
    MULTICLASS,
    RELEASE,
    SAME,
    case,
    find,
    load,
    own,
    place,
    released,
    save,
)


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
    (folder / "binary.PY").write_text(
        "#!/usr/bin/env python\n# coding: utf-8\n\n" + "\n\n".join(parts)
    )
    (folder / "binary.ipynb").unlink()


@case(ALL, ("renamed", ""), ("renamed", ""))
def no_names_of_text(folder: Path) -> None:
    for name, other in (("binary", b"\xe4.ipynb"), ("multiclass", b"\xf6.ipynb")):
        (folder / f"{name}.ipynb").rename(folder / os.fsdecode(other))


@case(ALL)
def huge_beside(folder: Path) -> None:
    with (folder / "a-with-outputs.ipynb").open("wb") as file:
        file.truncate(300 << 20)


@case(ALL)
def hundreds_beside(folder: Path) -> None:
    (folder / "archive").mkdir()
    for number in range(300):
        (folder / "archive" / f"{number}.ipynb").write_text('{"cells": []}')


@case(MULTICLASS, ("missing-notebook", ""))
def cut_off_as_text(folder: Path) -> None:
    text = (folder / "binary.ipynb").read_text(encoding="utf-8")
    (folder / "binary.ipynb").unlink()
    (folder / "binary.ipynb.txt").write_text(text[: len(text) // 2])


@case(ALL - BCE, ("unreadable", ""))
def archive_beside(folder: Path) -> None:
    notebook = load(folder)
    find(notebook, "bce")["source"] = released("bce")
    save(folder, notebook)
    (folder / "losses.zip").write_bytes(b"PK\3\4")


@case(ALL, ("renamed", ""))
def fuller_copy_beside(folder: Path) -> None:
    notebook = load(folder)
    save(folder, notebook, "binary-final")
    find(notebook, "bce")["source"] = released("bce")
    save(folder, notebook)


@case(ALL)
def helper_with_another_answers_name(folder: Path) -> None:
    notebook = load(folder)
    notebook["cells"].insert(place(notebook, "bce"), own("def nll(losses):\n    return losses"))
    answer = find(notebook, "bce")
    answer["source"] = answer["source"].replace("return losses", "return nll(losses)")
    save(folder, notebook)


@case(ALL, ("renamed", ""))
def merged_with_a_shared_helper(folder: Path) -> None:
    notebook, second = load(folder), load(folder, "multiclass")
    find(notebook, "bce")["source"] += "\n\n" + SAME
    answer = find(second, "nll")
    answer["source"] = answer["source"].replace("return losses", "return same(losses)")
    assert "same(losses)" in answer["source"]
    notebook["cells"] += second["cells"]
    save(folder, notebook)
    (folder / "multiclass.ipynb").unlink()


@case(ALL, ("renamed", ""), ("renamed", ""))
def in_a_folder_with_a_module(folder: Path) -> None:
    notebook = load(folder)
    notebook["cells"].insert(place(notebook, "bce"), own("from mine import same"))
    answer = find(notebook, "bce")
    answer["source"] = answer["source"].replace("return losses", "return same(losses)")
    save(folder, notebook)
    (folder / "part").mkdir()
    (folder / "part" / "mine.py").write_text(SAME)
    for name in ("binary", "multiclass"):
        (folder / f"{name}.ipynb").rename(folder / "part" / f"{name}.ipynb")


@case(ALL, ("renamed", ""), ("metadata-changed", ""), ("restored", ""))
def untouched_beside_a_script(folder: Path) -> None:
    notebook = load(folder)
    answers = [find(notebook, name)["source"] for name in ("bce", "bce_with_logits")]
    parts = ["import torch", "raise SystemExit", *answers, '"""In words."""']
    (folder / "mine.py").write_text("\n\n".join(parts))
    (folder / "binary.ipynb").write_bytes((RELEASE / "binary.ipynb").read_bytes())


@case(ALL - BCE, ("duplicate-notebook", ""))
def unfinished_beside_a_script(folder: Path) -> None:
    notebook = load(folder)
    (folder / "mine.py").write_text("import torch\n\n" + find(notebook, "bce")["source"])
    find(notebook, "bce")["source"] = released("bce")
    save(folder, notebook)
