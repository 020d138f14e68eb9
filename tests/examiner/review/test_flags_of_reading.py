"""How a reading of the source is told: in flags, of cells and of files, where an examiner reads."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest

from autograder.checks import Exercise
from autograder.checks.exercise import FREE
from autograder.examiner.review import flags, program_of, source_of, standing
from autograder.examiner.student_cell import StudentCell
from tests.asked import ASKED
from tests.examiner.notebooks import Examine, asked, given, graded

NOTEBOOK = [given("import torch\nimport helper"), asked("nll"), graded("t", "nll")]
ANSWER = "def nll(log_probs, y, reduction='none'):\n    return -log_probs[range(len(y)), y]"
SEE = "see whether it goes around the by-hand rule."


def details(
    *cells: str,
    files: Mapping[str, str | None] | None = None,
    exercise: Exercise | None = None,
) -> list[tuple[str, str]]:
    """The cell and the sentence of each flag."""
    own = [StudentCell(n, "" if n else "nll", text) for n, text in enumerate(cells)]
    exercises = [exercise or ASKED.find("nll")]
    found = list(flags(own, files or {}, program_of(["import torch"]), ["nll"], exercises))
    assert {flag.kind for flag in found} <= {"suspect-code"}
    return [(flag.cell, flag.detail) for flag in found]


# Through an examiner -------------------------------------------------------------------------


def test_a_module_beside_the_notebook_is_read(examine: Examine) -> None:
    """It is the student's own, and what it has is told by its name."""
    module = b"import torch\n\ndef loss(z, y):\n    return torch.ops.aten.nll_loss(z, y)\n"
    answer = "from mine import loss\nnll = loss"
    outcome = examine(
        NOTEBOOK, {"nll": answer}, files={"helper.py": b""}, own_files={"mine.py": module}
    )
    assert ("suspect-code", "") in outcome.flags
    assert f"mine.py has torch.ops.aten.nll_loss: {SEE}" in outcome.details


def test_a_module_that_a_cell_writes_is_read(examine: Examine) -> None:
    """It stands in the cell as a text, and the answer imports it."""
    module = "import torch\nfrom torch.distributions import Categorical as C\nloss = C\n"
    writes = f"with open('mine.py', 'w') as file:\n    file.write({module!r})"
    outcome = examine(
        NOTEBOOK,
        {"nll": "from mine import loss\nnll = lambda z, y: loss(logits=z).log_prob(y)"},
        before={"nll": writes},
        files={"helper.py": b""},
    )
    assert [flag for flag in outcome.flags if flag[0] == "suspect-code"] == [
        ("suspect-code", ""),
        ("suspect-code", "nll"),
    ]
    assert f"cell 2 has torch.distributions.Categorical: {SEE}" in outcome.details


def test_a_name_that_another_cell_assigns_is_followed(examine: Examine) -> None:
    """`D = torch.distributions` here, used there."""
    answer = "def nll(z, y, reduction='none'):\n    return -D.Categorical(logits=z).log_prob(y)"
    outcome = examine(
        NOTEBOOK,
        {"nll": answer},
        before={"nll": "D = torch.distributions"},
        files={"helper.py": b""},
    )
    assert ("suspect-code", "nll") in outcome.flags
    assert f"nll has torch.distributions.Categorical: {SEE}" in outcome.details


def test_the_courses_own_files_are_nobodys_doing(examine: Examine) -> None:
    """What the course gives may use whatever it likes, and lies beside every notebook."""
    helper = b"import torch\ninside = torch._C\n"
    outcome = examine(NOTEBOOK, {"nll": ANSWER}, files={"helper.py": helper})
    assert [flag for flag in outcome.flags if flag[0] == "suspect-code"] == []


# The sentences -------------------------------------------------------------------------------


def test_each_cell_and_file_has_one_flag() -> None:
    """At the cell of an answer, or at none."""
    found = details("exec('1')\ntorch.ops", "eval('1')", files={"a/b.py": "import ctypes"})
    assert found == [
        ("nll", f"nll has exec, torch.ops: {SEE}"),
        ("", f"cell 2 has eval: {SEE}"),
        ("", f"a/b.py has ctypes: {SEE}"),
    ]


def test_of_many_names_some_are_told() -> None:
    """A person has to read it, and a hole in a text is shown as one."""
    lines = "\n".join(f"torch.ops.a{n}" for n in range(20))
    [(_, detail)] = details(f"open(f'/proc/{{n}}/mem')\n{lines}")
    assert detail.startswith("nll has /proc/…/mem, torch.ops.a0, torch.ops.a1, ")
    assert detail.endswith(f"torch.ops.a10 and 9 more: {SEE}")


def test_a_module_without_its_source_is_told() -> None:
    """An import finds it, and nobody can read it."""
    [(cell, detail)] = details(ANSWER, files={"mine.so": None, "old.pyc": None})
    assert cell == ""
    assert detail == "No source to see whether it goes around the by-hand rule: mine.so, old.pyc."


def test_a_long_file_is_not_searched() -> None:
    """That it was not is told, and the cells are searched."""
    assert details("import torch._C", files={"long.py": "x = 1\n" * 20_000}) == [
        ("", "Too long to be searched for what goes around the by-hand rule: long.py."),
        ("nll", f"nll has torch._C: {SEE}"),
    ]


TOO_MUCH = {
    "signs": "x = " + "-" * 3_000 + "1",
    "brackets": "x = " + "(" * 300 + "1" + ")" * 300,
    "attributes": "x" + ".x" * 4_000,
    "below-a-magic": "%pwd\nx = " + "-" * 3_000 + "1",
    "under-a-magic": "%%time\nx = " + "-" * 3_000 + "1",
}


@pytest.mark.parametrize("deep", TOO_MUCH.values(), ids=TOO_MUCH)
def test_what_is_too_deep_to_be_read_is_told(deep: str) -> None:
    """Where a student lets Python go deeper, it runs; the other cells are searched."""
    assert details("import torch._C", deep) == [
        ("", "Too long to be searched for what goes around the by-hand rule: cell 2."),
        ("nll", f"nll has torch._C: {SEE}"),
    ]


def test_what_takes_long_to_follow_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """The steps are counted, and a reading that did not come to its end is none."""
    monkeypatch.setattr(standing, "MOST_STEPS", 20)
    [(_, detail)] = details(ANSWER, "getattr(torch, ''.join(a0))")
    assert detail == ("Too long to be searched for what goes around the by-hand rule: nll, cell 2.")


@pytest.mark.parametrize(
    "source", ["exec('1')", "import ctypes\ntorch._C", "import gc\ngc.garbage"]
)
def test_an_exercise_that_forbids_nothing_accuses_nobody(source: str) -> None:
    """There is nothing to go around."""
    assert details(source, exercise=replace(ASKED.find("nll"), by_hand=FREE)) == []


def test_no_file_and_no_cell_is_no_flag() -> None:
    """Nor is an honest one."""
    assert details() == []
    assert details(ANSWER, files={"mine.py": "def double(x):\n    return 2 * x"}) == []


@pytest.mark.parametrize(
    ("content", "source"),
    [
        (b"x = 1\n", "x = 1\n"),
        ("# Füße\n".encode(), "# Füße\n"),
        ("# coding: latin-1\n# Füße\n".encode("latin-1"), "# coding: latin-1\n# Füße\n"),
        (b"# coding: utf-7\n+AGUAeABlAGM-('1')\n", None),
        (b"# coding: rot13\nvzcbeg pglcrf\n", None),
        (b"# coding: unicode_escape\n\\x65xec('1')\n", None),
        (b"\xff\xfe", ""),
    ],
    ids=["plain", "utf-8", "latin-1", "utf-7", "rot13", "escapes", "broken"],
)
def test_a_source_is_read_as_python_reads_it(content: bytes, source: str | None) -> None:
    """Of one that is spelled in a way of its own nothing is read, and that is told."""
    assert source_of("mine.py", content) == source
    assert source_of("mine.pyc", content) is None
