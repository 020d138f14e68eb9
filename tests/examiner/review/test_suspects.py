"""The reading of the source: what goes around the rule is told, and nothing that is honest."""

from __future__ import annotations

from contextlib import suppress

import pytest

from autograder.checks import ByHand
from autograder.examiner.review.standing import TooLongError
from autograder.exercises.losses.rule import BY_HAND
from tests.classroom.student import Student, students
from tests.examiner.review.honest import HONEST
from tests.examiner.review.submissions import read_class, told
from tests.examiner.review.suspicious import SUSPICIOUS

RULE = ByHand(
    operators={"aten._softmax": "softmax"},
    internals=("torch._C", "torch.special"),
    libraries=("torch.distributions", "sklearn"),
)


@pytest.mark.parametrize("submission", SUSPICIOUS.values(), ids=SUSPICIOUS)
def test_a_way_around_the_rule_is_told(submission: str) -> None:
    """Whatever name it goes by, and in whichever cell or file: a person is to look at it."""
    assert told(submission)


@pytest.mark.parametrize("submission", HONEST.values(), ids=HONEST)
def test_nothing_honest_is_accused(submission: str) -> None:
    """Names that the student binds, checks of oneself, made data and texts that are shown."""
    assert told(submission) == {}


def test_there_are_enough_of_both() -> None:
    """A reading that tells all, or nothing, passes one of them."""
    assert len(SUSPICIOUS) >= 100
    assert len(HONEST) >= 101


@pytest.mark.parametrize("student", students(), ids=lambda student: student.student_id)
def test_nobody_of_the_class_is_accused(student: Student) -> None:
    """Nothing that the honest class wrote is suspect, wrong answers included."""
    assert read_class(student) == {}


# What is told --------------------------------------------------------------------------------

LONGEST = {
    "attribute": ("torch._C._nn.nll_loss(z, y)", ["torch._C._nn.nll_loss"]),
    "import": ("import torch._C", ["torch._C"]),
    "import-as": ("import torch._C as c\nc.f(z, y)", ["torch._C", "torch._C.f"]),
    "from-inside": ("from torch._C._nn import nll_loss", ["torch._C._nn.nll_loss"]),
    "alias-of-torch": ("import torch as t\nt.special.entr(z)", ["torch.special.entr"]),
    "not-called": ("own = torch.special.entr", ["torch.special.entr"]),
    "in-a-function": ("def f(z):\n    return torch.special.entr(z)", ["torch.special.entr"]),
    "in-a-default": ("def f(z, own=torch.special):\n    return z", ["torch.special"]),
    "deep-import": ("def f(z):\n    import torch.special\n    return z", ["torch.special"]),
    "decorated": ("@torch.special.wrap\ndef f(z):\n    return z", ["torch.special.wrap"]),
    "getattr": ('getattr(torch, "_" + "C")._nn', ["torch._C._nn"]),
    "magic": ("%timeit torch.special.entr(z)", ["torch.special.entr"]),
}


@pytest.mark.parametrize("title", ["", "answer"], ids=["own-cell", "answer"])
@pytest.mark.parametrize(("source", "names"), LONGEST.values(), ids=LONGEST)
def test_internals_are_told_anywhere(source: str, names: list[str], title: str) -> None:
    """No notebook needs what a rule calls internal: in any cell, by the longest dotted name."""
    found = told(f"# %% {title}\n{source}", rule=RULE)
    assert found == {title or "cell 2": names}


@pytest.mark.parametrize("call", ["exec('1')", "eval('1')", "compile('1', '', 'eval')", "exec"])
@pytest.mark.parametrize("frame", ["{}", "def f(z):\n    return {}"], ids=["top", "function"])
def test_code_in_texts_is_told(call: str, frame: str) -> None:
    """Whoever runs a text hides it: the call is named, whatever the text is."""
    assert told(frame.format(call)) == {"cell 1": [call.partition("(")[0]]}


def test_each_name_is_told_once_and_in_order() -> None:
    """In the order of the text, each in its longest form."""
    source = "exec('1')\nexec('2')\ntorch._C._nn(z)\ntorch._C._nn(y)\ngetattr(torch, '_C')\n"
    assert told(source) == {"cell 1": ["exec", "torch._C._nn", "torch._C"]}


def test_what_is_told_stands_with_its_cell_or_file() -> None:
    """A name that leads through several is told in each that uses it."""
    submission = (
        "D = torch._refs\n# %%\nE = D.nn\n# %% answer\nsoftmax = m.E\n# %% m.py\nimport gc\n"
    )
    assert told(submission + "gc.get_objects()\n") == {
        "cell 1": ["torch._refs"],
        "cell 2": ["torch._refs.nn"],
        "m.py": ["gc.get_objects"],
    }


# What an answer reaches ----------------------------------------------------------------------

CATEGORICAL = "torch.distributions.Categorical"
USED = f"def softmax(z):\n    return helper(z)\n# %%\ndef helper(z):\n    return {CATEGORICAL}(z)\n"
REACHING = {
    "its-cell": f"# %% answer\n{CATEGORICAL}(z)\n",
    "a-function": f"# %% answer\n{USED}",
    "a-function-that-is-bound-in-any-cell": USED,
    "through-another": f"# %% answer\nsoftmax = lambda z: other(z)\n# %%\nother = helper\n{USED}",
    "in-a-block": f"# %% answer\n{USED}# %%\nif True:\n    helper = {CATEGORICAL}\n",
    "as-an-attribute": f"# %% answer\ndef softmax(z):\n    pass\n# %%\nsoftmax.d = {CATEGORICAL}\n",
    "by-a-text": "# %% answer\ndef softmax(z):\n    return globals()['helper'](z)\n# %%\n"
    f"def helper(z):\n    return {CATEGORICAL}(z)\n",
}
UNREACHED = {
    "own-cell": f"{CATEGORICAL}(z)\n",
    "own-function": f"def helper(z):\n    return {CATEGORICAL}(z)\n",
    "another-function": f"# %% answer\nsoftmax = len\n# %%\ndef helper(z):\n    {CATEGORICAL}(z)\n",
    "a-check-in-its-cell": "# %% answer\ndef softmax(z):\n    return z\nprint(made)\n# %%\n"
    f"made = {CATEGORICAL}(z).sample()\n",
    "a-name-of-its-own": "# %% answer\ndef softmax(z):\n    made = z.exp()\n    return made\n# %%\n"
    f"made = {CATEGORICAL}(z).sample()\n",
    "an-import": "# %% answer\nfrom torch.distributions import Categorical\nsoftmax = len\n",
}


@pytest.mark.parametrize("submission", REACHING.values(), ids=REACHING)
def test_a_library_counts_where_an_answer_reaches_it(submission: str) -> None:
    """By names, by what is set on them, and by texts."""
    assert {name for names in told(submission).values() for name in names} == {CATEGORICAL}


@pytest.mark.parametrize("submission", UNREACHED.values(), ids=UNREACHED)
def test_a_library_counts_nowhere_else(submission: str) -> None:
    """Who makes data with it, or checks an answer, has nothing to explain."""
    assert told(submission) == {}


def test_the_rule_says_which_libraries() -> None:
    """What one exercise forbids another may want."""
    source = "# %% answer\nsoftmax = torch.distributions.Categorical\nimport scipy\nscipy.special"
    assert told(source, rule=RULE) == {"answer": ["torch.distributions.Categorical"]}
    assert "scipy.special" in told(source, rule=BY_HAND)["answer"]


@pytest.mark.parametrize("ordinary", ["torch.specially.x", "z.special.C", "sk.learn", "re.compile"])
def test_what_only_looks_alike_is_left_alone(ordinary: str) -> None:
    """A dotted name is compared part by part, from its first."""
    assert told(f"# %% answer\nsoftmax = {ordinary}", rule=RULE) == {}


# Texts that take long to read ----------------------------------------------------------------

HEAVY = {
    "one-name": "x = 1\n" * 16_000,
    "one-list": "x = []\n" + "x.append(1)\n" * 8_000,
    "one-name-that-an-answer-uses": "x = 1\n" * 8_000 + "# %% answer\ndef nll(z, y):\n    x\n",
    "sums": "x = " + " + ".join(["'a'"] * 400),
    "brackets": "x = " + "[" * 80 + "]" * 80,
    "attributes": "x = torch" + ".x" * 900,
    "doubling": "a = 'ab'\n" + "a = a + a\n" * 60,
    "loops": "\n".join(f"for a{n} in b{n - 1}: b{n} = [a{n}]" for n in range(1, 60)),
    "ring": "\n".join(f"a{n} = a{(n + 1) % 80}.x" for n in range(80)),
    "classes": "class A(B): pass\nclass B(A): pass\nA.x.y",
    "calls-itself": "def f(x):\n    return f(f)(x)\nf(f)(f)",
    "big-numbers": "getattr(x, 'a' * 10 ** 9); '{:999999999}'.format(1); 'a'.ljust(10 ** 9)",
    "products": "a = ['a', 'b', 'c', 'd']\n" + "for a0 in a: s = '" + "%s" * 8 + "' % (a0,) * 8",
    "comprehensions": "x = " + "[" * 6 + "a" + " for a in 'abcdefgh']" * 6,
}


@pytest.mark.parametrize("source", HEAVY.values(), ids=HEAVY)
def test_reading_ends_soon(source: str) -> None:
    """Whatever is written, the steps are counted, and a text that is put together stays small."""
    with suppress(TooLongError):  # which is told
        assert told(source) == {}
