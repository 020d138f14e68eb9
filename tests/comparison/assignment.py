"""Binary cross-entropy from probabilities and from logits, in the form that each tool reads.

Each function is worth 4 points: 1 for what students see tested, 3 for what is hidden. For stock
nbgrader and otter the tests are one and the same text. This kit's hidden cells hand the function to
an exercise of `exercises/bce.py`, which draws its numbers and checks the same; its visible cells
are that text, too.
"""

from __future__ import annotations

from dataclasses import dataclass
from textwrap import indent

from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_raw_cell

from tests.tiny import marks

NAME = "bce"
POINTS = 8
FUNCTIONS = ("bce", "bce_with_logits")
HINT = "Work one example by hand, then compare."
MARK = "binary_cross_entropy"  # in hidden tests alone: who finds it has read them

RIGHT = {
    "bce": """\
def bce(y_hat, y):
    log_p, log_q = y_hat.log().clamp(min=-100), (1 - y_hat).log().clamp(min=-100)
    return -(y * log_p + (1 - y) * log_q)
""",
    "bce_with_logits": """\
def bce_with_logits(z, y):
    return z.clamp(min=0) - z * y + (-z.abs()).exp().log1p()
""",
}


@dataclass(frozen=True)
class Asked:
    """One test of one function.

    Args:
        name: its grade_id in nbgrader; in otter, of its function.
        function: what it calls.
        points: all of them or none.
        code: it raises where the function is wrong. Names torch and F.
        hidden: whether students are not given it.
    """

    name: str
    function: str
    points: int
    code: str
    hidden: bool = True


TESTS = (
    Asked(
        "bce_visible",
        "bce",
        1,
        """\
y_hat, y = torch.tensor([0.5, 0.25]), torch.tensor([1.0, 0.0])
expected = torch.tensor([0.6931472, 0.2876821])
torch.testing.assert_close(bce(y_hat, y), expected)
""",
        hidden=False,
    ),
    Asked(
        "bce_values",
        "bce",
        2,
        """\
generator = torch.Generator().manual_seed(1)
y_hat = 0.02 + 0.96 * torch.rand(7, generator=generator)
y = torch.randint(2, (7,), generator=generator).float()
expected = F.binary_cross_entropy(y_hat, y, reduction="none")
torch.testing.assert_close(bce(y_hat, y), expected)
""",
    ),
    Asked(
        "bce_edges",
        "bce",
        1,
        """\
y_hat, y = torch.tensor([0.0, 0.0, 1.0, 1.0]), torch.tensor([0.0, 1.0, 0.0, 1.0])
expected = F.binary_cross_entropy(y_hat, y, reduction="none")
torch.testing.assert_close(bce(y_hat, y), expected)
""",
    ),
    Asked(
        "bce_with_logits_visible",
        "bce_with_logits",
        1,
        """\
z, y = torch.tensor([0.0, 0.0]), torch.tensor([1.0, 0.0])
expected = torch.tensor([0.6931472, 0.6931472])
torch.testing.assert_close(bce_with_logits(z, y), expected)
""",
        hidden=False,
    ),
    Asked(
        "bce_with_logits_values",
        "bce_with_logits",
        2,
        """\
generator = torch.Generator().manual_seed(1)
z = 2 * torch.randn(7, generator=generator)
y = torch.randint(2, (7,), generator=generator).float()
expected = F.binary_cross_entropy_with_logits(z, y, reduction="none")
torch.testing.assert_close(bce_with_logits(z, y), expected)
""",
    ),
    Asked(
        "bce_with_logits_large",
        "bce_with_logits",
        1,
        """\
z, y = torch.tensor([-300.0, 300.0, -300.0, 300.0]), torch.tensor([0.0, 0.0, 1.0, 1.0])
expected = F.binary_cross_entropy_with_logits(z, y, reduction="none")
torch.testing.assert_close(bce_with_logits(z, y), expected)
""",
    ),
)

IMPORTS = "import torch\nfrom torch.nn import functional as F\n"
TITLE = "# Binary cross-entropy by hand\n\nNo loss of torch's: write it from logarithms."


def for_nbgrader() -> NotebookNode:
    """The source notebook as stock nbgrader reads it: plain tests."""
    cells = [new_markdown_cell(TITLE), new_code_cell(IMPORTS)]
    for function in FUNCTIONS:
        cells.append(_solution(function))
        cells += [_nbgrader_test(asked) for asked in TESTS if asked.function == function]
    return _notebook(cells)


def for_this_kit() -> NotebookNode:
    """The source notebook as this kit's instructors are told to write it."""
    cells = [new_markdown_cell(TITLE), new_code_cell(IMPORTS)]
    for function in FUNCTIONS:
        tests = [asked for asked in TESTS if asked.function == function]
        hidden = sum(asked.points for asked in tests if asked.hidden)
        graded = f'from autograder.examiner import grade\ngrade("{function}", {function})\n'
        cells.append(_solution(function))
        cells += [_nbgrader_test(asked) for asked in tests if not asked.hidden]
        cells.append(_nbgrader_test(Asked(f"{function}_hidden", function, hidden, graded)))
    return _notebook(cells)


def _solution(function: str) -> NotebookNode:
    head, _, body = RIGHT[function].partition("\n")
    text = f"{head}\n    ### BEGIN SOLUTION\n{body}    ### END SOLUTION"
    return new_code_cell(text, metadata=marks(function, solution=True))


def _nbgrader_test(asked: Asked) -> NotebookNode:
    text = f"# {HINT}\n{asked.code}"
    if asked.hidden:
        text = f"### BEGIN HIDDEN TESTS\n{asked.code}### END HIDDEN TESTS"
    metadata = marks(asked.name, grade=True, locked=True, points=asked.points)
    return new_code_cell(text, metadata=metadata)


def for_otter() -> NotebookNode:
    """The master notebook that `otter assign` reads."""
    config = "# ASSIGNMENT CONFIG\nexport_cell: false\ntests:\n    ok_format: false\n"
    cells = [new_raw_cell(config), new_markdown_cell(TITLE), new_code_cell(IMPORTS)]
    for function in FUNCTIONS:
        head, _, body = RIGHT[function].partition("\n")
        solution = f"{head}\n    # BEGIN SOLUTION\n{body}    # END SOLUTION"
        cells += [
            new_raw_cell(f"# BEGIN QUESTION\nname: {function}\n"),
            new_markdown_cell(f"Write `{function}`."),
            new_raw_cell("# BEGIN SOLUTION"),
            new_code_cell(solution),
            new_raw_cell("# END SOLUTION"),
            new_raw_cell("# BEGIN TESTS"),
            *(_otter_test(asked) for asked in TESTS if asked.function == function),
            new_raw_cell("# END TESTS"),
            new_raw_cell("# END QUESTION"),
        ]
    return _notebook(cells)


def _otter_test(asked: Asked) -> NotebookNode:
    """otter's tests are functions that get the student's names as arguments."""
    hidden = str(asked.hidden).lower()
    config = f"points: {asked.points}\nhidden: {hidden}\nfailure_message: {HINT}\n"
    body = indent(IMPORTS + asked.code, "    ")
    return new_code_cell(
        f'""" # BEGIN TEST CONFIG\n{config}""" # END TEST CONFIG\n'
        f"def test_{asked.name}({asked.function}):\n{body}\n"
        f"test_{asked.name}({asked.function})  # IGNORE"
    )


def _notebook(cells: list[NotebookNode]) -> NotebookNode:
    """With the kernel that every environment has, and ids that are the same in every run."""
    for number, cell in enumerate(cells):
        cell.id = f"cell-{number}"
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    return new_notebook(cells=cells, metadata={"kernelspec": kernel})
