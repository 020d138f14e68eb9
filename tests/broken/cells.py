"""Cells that are no answers: tests and given cells, and the student's own."""

from __future__ import annotations

from copy import deepcopy
from pathlib import Path

from tests.broken.case import (
    ALL,
    SAME,
    Notebook,
    case,
    find,
    grade_id,
    load,
    own,
    place,
    save,
    use_same,
)


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


@case(ALL, ("restored", ""))
def helper_below_a_test(folder: Path) -> None:
    notebook = load(folder)
    use_same(notebook)
    find(notebook, "bce_visible")["source"] += "\n\n" + SAME
    save(folder, notebook)


@case(ALL, ("restored", ""))
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


@case(ALL, ("metadata-changed", "bce_hidden"))
def test_as_markdown(folder: Path) -> None:
    notebook = load(folder)
    test = find(notebook, "bce_hidden")
    test["cell_type"] = "markdown"
    del test["outputs"], test["execution_count"]
    save(folder, notebook)


def use(notebook: Notebook, name: str) -> None:
    """Lets the answer bce look up a name that is not there yet."""
    answer = find(notebook, "bce")
    answer["source"] = answer["source"].replace(":\n", f":\n    {name}\n", 1)


@case(ALL, ("restored", ""))
def import_in_a_given_cell(folder: Path) -> None:
    notebook = load(folder)
    use(notebook, "math.pi")
    given = find(notebook, "setup")
    given["source"] = given["source"].replace("import torch\n", "import torch, math\n")
    assert "math" in given["source"]
    save(folder, notebook)


@case(ALL, ("restored", ""))
def import_in_a_changed_test(folder: Path) -> None:
    notebook = load(folder)
    use(notebook, "pi")
    find(notebook, "bce_visible")["source"] = "from math import pi\nprint(bce)"
    save(folder, notebook)


@case(ALL, ("restored", ""))
def code_below_the_setup(folder: Path) -> None:
    notebook = load(folder)
    find(notebook, "setup")["source"] += '\n\nhere = torch.device("cpu")'
    use(notebook, "here")
    save(folder, notebook)


@case(ALL, ("restored", ""))
def question_mended(folder: Path) -> None:
    notebook = load(folder)
    question = find(notebook, "written_misprint_question")
    question["source"] = question["source"].replace("the", "The", 1)
    save(folder, notebook)


@case(ALL)
def deep_cell(folder: Path) -> None:
    notebook = load(folder)
    notebook["cells"].append(
        own("text = ''" + ".replace('a', 'b')" * 600 + "\nn = 1" + " + 1" * 2000)
    )
    save(folder, notebook)
