"""Where an answer stands: deleted, copied, merged, in another cell."""

from __future__ import annotations

from copy import deepcopy
from pathlib import Path

from tests.broken.case import ALL, BCE, RELEASE, case, find, load, own, place, released, save


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


@case(ALL, ("duplicate-cell", "bce"), ("suspect-code", "bce"))
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


@case(ALL, ("metadata-changed", "written_misprint"))
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


@case(ALL, ("metadata-changed", "bce"))
def answer_above_its_empty_cell(folder: Path) -> None:
    notebook = load(folder)
    at = place(notebook, "bce")
    own = {**deepcopy(notebook["cells"][at]), "metadata": {}, "id": "mine"}
    notebook["cells"][at]["source"] = find(load(RELEASE), "bce")["source"]
    notebook["cells"].insert(at, own)
    save(folder, notebook)


@case(ALL, ("metadata-changed", "bce_with_logits"))
def answer_in_a_copy_of_another(folder: Path) -> None:
    notebook = load(folder)
    second = find(notebook, "bce_with_logits")
    copy = {**deepcopy(find(notebook, "bce")), "source": second["source"]}
    second["source"] = released("bce_with_logits")
    notebook["cells"].insert(place(notebook, "bce_with_logits"), copy)
    save(folder, notebook)


@case(ALL)
def scratch_in_a_copy(folder: Path) -> None:
    notebook = load(folder)
    at = place(notebook, "bce")
    for source in ("print(bce(torch.rand(3), torch.ones(3)))", "# TODO: tidy up"):
        notebook["cells"].insert(at + 1, {**deepcopy(notebook["cells"][at]), "source": source})
    save(folder, notebook)


@case(ALL)
def notes_above_an_unwritten_answer(folder: Path) -> None:
    notebook = load(folder)
    at = place(notebook, "written_misprint")
    notebook["cells"][at]["source"] = released("written_misprint")
    notebook["cells"].insert(at, own("## My notes on the lecture", "markdown"))
    save(folder, notebook)


@case(ALL, ("duplicate-cell", "bce"))
def scratch_function_below(folder: Path) -> None:
    notebook = load(folder)
    source = "def bce(y_hat, y, reduction='none'):\n    return 0 * y_hat"
    notebook["cells"].insert(place(notebook, "bce_with_logits"), own(source))
    notebook["cells"].append(own(find(notebook, "bce")["source"]))
    save(folder, notebook)


@case(ALL, ("metadata-changed", "bce"))
def hollow_copy_below(folder: Path) -> None:
    notebook = load(folder)
    at = place(notebook, "bce")
    source = 'def bce(y_hat, y, reduction="none"):\n    """Mine."""\n    pass'
    notebook["cells"].insert(at, own(notebook["cells"][at]["source"]))
    notebook["cells"][at + 1]["source"] = source
    save(folder, notebook)


@case(ALL - BCE, ("missing-cell", "bce"))
def answer_in_the_text_above(folder: Path) -> None:
    notebook = load(folder)
    at = place(notebook, "bce")
    notebook["cells"][at - 1]["source"] += "\n\n" + notebook["cells"][at]["source"]
    assert notebook["cells"].pop(at)["cell_type"] == "code"
    assert notebook["cells"][at - 1]["cell_type"] == "markdown"
    save(folder, notebook)


@case(ALL)
def pictures_lost(folder: Path) -> None:
    notebook = load(folder)
    cell = find(notebook, "written_misprint")
    cell["source"] += "\n![as drawn](attachment:image%20one.png)"
    notebook["cells"].append(own("![](attachment:two.png)", "markdown"))
    cell["attachments"] = {"empty.png": {}, "lines.png": {"image/png": ["abc", "def"]}}
    save(folder, notebook)


@case(ALL)
def half_a_hidden_test(folder: Path) -> None:
    notebook = load(folder)
    find(notebook, "bce")["source"] += "\n### BEGIN HIDDEN TESTS"
    save(folder, notebook)
