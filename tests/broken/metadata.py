"""What nbgrader keeps in a cell: stripped, forged, swapped."""

from __future__ import annotations

from pathlib import Path

from tests.broken.case import ALL, Break, Notebook, case, find, grade_id, load, own, place, save


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


@case(ALL, ("duplicate-cell", "bce"), ("metadata-changed", ""))
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


@case(ALL, ("metadata-changed", ""))
def helper_repeated_with_metadata_lost(folder: Path) -> None:
    notebook = load(folder, "multiclass")
    find(notebook, "cross_entropy")["source"] += "\n\ndef softmax(z, axis):\n    return z"
    stripped(notebook, ids=True)
    save(folder, notebook, "multiclass")
