"""What is said of a broken rule, and which names in a cell a person should look at."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from autograder.checks.by_hand import OWN, ByHand, forbidden
from autograder.examiner.names import python
from autograder.exercises.rule import BY_HAND
from autograder.isolation.watch import Watch
from autograder.results import CellResult, CheckResult
from tests.classroom.student import students

RULE = ByHand(
    operators={"aten._softmax": "softmax", "aten.nll_loss*": "negative log-likelihood"},
    internals=("torch._C", "torch.ops"),
    libraries=("torch.distributions", "sklearn"),
)


# Operators that ran --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("ran", "message"),
    [
        pytest.param([], "", id="nothing"),
        pytest.param(["aten.exp", "aten.sum"], "", id="allowed"),
        pytest.param(
            ["aten._softmax"],
            "f calls torch's own softmax (aten._softmax), and the by-hand rule forbids that.",
            id="exact",
        ),
        pytest.param(
            ["aten.nll_loss2d_forward"],
            "f calls torch's own negative log-likelihood (aten.nll_loss2d_forward), and the "
            "by-hand rule forbids that.",
            id="pattern",
        ),
        pytest.param(
            ["aten.nll_loss_forward", "aten._softmax", "aten.exp"],
            "f calls torch's own softmax (aten._softmax), and the by-hand rule forbids that.",
            id="the-first-in-order",
        ),
        pytest.param(["Aten._softmax"], "", id="case-counts"),
    ],
)
def test_the_operator_is_named(ran: list[str], message: str) -> None:
    """The sentence has the function, what it computes and the operator; "" where none counts."""
    assert RULE.broken("f", ran) == message


@pytest.mark.parametrize(
    ("pattern", "close"),
    [
        ("aten.hubr_loss", "aten.huber_loss"),
        ("F.huber_loss", "torch.nn.functional.huber_loss"),
        ("torch.nn.functional.huber", "torch.nn.functional.huber_loss"),
        ("huber_loss", "aten.huber_loss"),
        ("Tensor.softmax", "torch.Tensor.softmax"),
        ("torch.nn.HuberLoss", "torch.nn.functional.huber_loss"),
        ("aten.hubr*", "aten.huber_loss"),
        ("torch.einsum", "torch.functional.einsum"),  # by its whole name it is reported
        ("", ""),
        ("aten.nothing_of_this_kind_xyz", ""),
    ],
)
def test_a_pattern_that_nothing_matches_is_refused(pattern: str, close: str) -> None:
    """Nobody can break such a rule: it is told, with what may have been meant."""
    with pytest.raises(ValueError, match=re.escape(repr(pattern))) as caught:
        ByHand({"aten._softmax": "softmax", pattern: "loss"})
    assert close in str(caught.value)


@pytest.mark.parametrize(
    "pattern",
    [
        *("aten.huber_loss", "aten.huber_loss_backward", "aten.*huber*", "*huber_loss"),
        *("torch.nn.functional.huber_loss", "torch.softmax", "torch.Tensor.softmax"),
        *(
            "torch.eye",
            "torch.functional.einsum",
            "torch.linalg.norm",
            "torch.special.expit",
            "aten.[a-c]*",
        ),
    ],
)
def test_a_pattern_that_torch_has_a_name_for_is_taken(pattern: str) -> None:
    """An operator, a function or a method, one that makes tensors too, written out or not."""
    assert ByHand({pattern: "loss"}).operators == {pattern: "loss"}


@pytest.mark.parametrize(
    "call",
    [
        lambda z: torch.nn.functional.huber_loss(z, z),
        lambda z: z.softmax(0),
        lambda z: torch.eye(2),
        lambda z: torch.einsum("i,i", z, z),
        lambda z: torch.linalg.norm(z),
        lambda z: torch.special.expit(z),
        lambda z: torch.distributions.Bernoulli(logits=z).log_prob(z.sign().relu()),
        lambda z: torch.nn.init.uniform_(z),
        lambda z: torch.stack([z, z]).T @ z.new_zeros(2),
    ],
    ids=[
        "loss",
        "method",
        "factory",
        "einsum",
        "linalg",
        "special",
        "distribution",
        "init",
        "operators",
    ],
)
def test_whatever_a_watch_reports_may_be_forbidden(call: Callable[[Tensor], object]) -> None:
    """No name that a function is caught by is refused as a pattern."""
    watch = Watch(["aten.*", "torch.*", "Tensor.*"])
    with watch.calls():
        call(torch.randn(3))
    assert watch.found
    ByHand(dict.fromkeys(watch.found, "loss"))


@pytest.mark.parametrize(
    "operators", [{"aten.huber_loss"}, ("aten.huber_loss",), "aten.huber_loss"]
)
def test_operators_without_what_they_compute_are_refused(operators: object) -> None:
    """The sentence to who broke the rule needs it."""
    with pytest.raises(TypeError, match=r"operators of a ByHand is a \w+, not a dict"):
        ByHand(operators)  # type: ignore[arg-type]


def test_a_broken_rule_pays_nothing() -> None:
    """Every check of the function fails, with the sentence and a hint, whatever it earned."""
    result = CellResult(
        1.5,
        2.0,
        (CheckResult("demo", True, 1.5, 1.5), CheckResult("gradient", False, 0.0, 0.5, "Off.")),
    )
    assert forbidden(result, "No.") == CellResult(
        0.0,
        2.0,
        (
            CheckResult("demo", False, 0.0, 1.5, "No.", OWN),
            CheckResult("gradient", False, 0.0, 0.5, "No.", OWN),
        ),
    )


# Names in a cell -----------------------------------------------------------------------------

INTERNAL = {
    "attribute": ("torch._C._nn.nll_loss(z, y)", "torch._C._nn.nll_loss"),
    "import": ("import torch._C", "torch._C"),
    "import-as": ("import torch._C as c\nc._nn.nll_loss(z, y)", "torch._C._nn.nll_loss"),
    "from-import": ("from torch import _C", "torch._C"),
    "from-import-as": ("from torch import ops as o\no.aten._softmax(z)", "torch.ops.aten._softmax"),
    "from-inside": ("from torch._C._nn import nll_loss", "torch._C._nn.nll_loss"),
    "alias-of-torch": ("import torch as t\nt.ops.aten._softmax(z)", "torch.ops.aten._softmax"),
    "not-called": ("own = torch.ops.aten", "torch.ops.aten"),
    "in-a-function": (
        "def f(z):\n    return torch.ops.aten._softmax(z)",
        "torch.ops.aten._softmax",
    ),
    "in-a-default": ("def f(z, own=torch._C):\n    return z", "torch._C"),
    "deep-import": ("def f(z):\n    import torch._C\n    return z", "torch._C"),
    "decorated": ("@torch.ops.wrap\ndef f(z):\n    return z", "torch.ops.wrap"),
}


@pytest.mark.parametrize("solution", [True, False], ids=["solution", "own-cell"])
@pytest.mark.parametrize(("source", "name"), INTERNAL.values(), ids=list(INTERNAL))
def test_internals_are_suspect_anywhere(source: str, name: str, solution: bool) -> None:
    """No notebook needs torch's inside: its names count in any cell, however they are bound."""
    assert name in RULE.suspects(source, solution=solution)


@pytest.mark.parametrize(
    "call",
    ["exec('1')", "eval('1')", "compile('1', '', 'eval')", "__import__('torch')", "exec"],
    ids=["exec", "eval", "compile", "import", "alias"],
)
@pytest.mark.parametrize("frame", ["{}", "def f(z):\n    return {}"], ids=["top", "function"])
def test_code_in_strings_is_suspect(call: str, frame: str) -> None:
    """What a string holds can't be read, so the call that runs it is named."""
    name = call.partition("(")[0]
    assert RULE.suspects(frame.format(call), solution=False) == [name]


def test_ipythons_ways_to_run_a_string_are_suspect() -> None:
    """What `get_ipython()` runs is as unread as what exec runs; its magics are ordinary."""
    assert RULE.suspects("get_ipython().run_cell('1')", solution=False) == ["run_cell"]
    assert RULE.suspects("get_ipython().run_line_magic('time', '1')", solution=True) == []


LIBRARY = {
    "import-inside": (
        "def f(z):\n    from torch.distributions import Bernoulli\n    return Bernoulli(z)",
        "torch.distributions.Bernoulli",
    ),
    "import-outside": (
        "from torch.distributions import Bernoulli as B\ndef f(z):\n    return B(z)",
        "torch.distributions.Bernoulli",
    ),
    "module": (
        "import torch.distributions as D\nf = lambda z: D.Bernoulli(z)",
        "torch.distributions.Bernoulli",
    ),
    "method": (
        "import sklearn.metrics\nclass Loss:\n    def __call__(self, p, y):\n"
        "        return sklearn.metrics.log_loss(y, p)",
        "sklearn.metrics.log_loss",
    ),
    "coroutine": ("async def f(z):\n    return torch.distributions", "torch.distributions"),
}


@pytest.mark.parametrize("solution", [True, False], ids=["solution", "own-cell"])
@pytest.mark.parametrize(("source", "name"), LIBRARY.values(), ids=list(LIBRARY))
def test_libraries_are_suspect_inside_functions(source: str, name: str, solution: bool) -> None:
    """A library that does the exercise counts where a function of the notebook uses it."""
    assert name in RULE.suspects(source, solution=solution)


@pytest.mark.parametrize(
    "source",
    [
        "from torch.distributions import Bernoulli\nBernoulli(logits=z).log_prob(y)",
        "import sklearn.metrics\nprint(sklearn.metrics.log_loss([0, 1], [0.1, 0.8]))",
    ],
    ids=["distributions", "sklearn"],
)
def test_libraries_outside_functions_count_in_an_answer_alone(source: str) -> None:
    """Checking oneself with a library in a cell of one's own is fine; in the answer it is named."""
    assert RULE.suspects(source, solution=False) == []
    assert RULE.suspects(source, solution=True) != []


@pytest.mark.parametrize(
    "source",
    [
        "import re\nre.compile('x').match(s)",
        "import torch\nfrom torch import nn\nimport torch.nn.functional as F\nF.softplus(z)",
        "torch.optional.ops",
        "torch._Comfort",
        "z.ops.C",
        "model.eval()",
        "df.eval('a + b')",
        "'torch._C exec(1)'  # torch.ops",
        "from torch.nn.functional import nll_loss\nnll_loss(z, y)",
        "distributions = [torch.rand(3)]\ndef f():\n    return distributions",
    ],
    ids=[
        "re-compile",
        "imports",
        "longer-name",
        "longer-name-of-internals",
        "attributes-of-others",
        "model-eval",
        "frame-eval",
        "text",
        "a-loss-by-its-name",
        "a-name-like-a-module",
    ],
)
def test_ordinary_code_is_not_suspect(source: str) -> None:
    """Names that only look alike are left alone, and what an operator shows is left to that."""
    assert RULE.suspects(source, solution=True) == []


@pytest.mark.parametrize(
    "source",
    [
        "t = torch\nt._C.x",
        "getattr(torch, '_C')",
        "sys._getframe(1).f_back",
        "class A(torch.Tensor):\n    def __torch_dispatch__(self): pass",
    ],
    ids=["alias", "getattr", "frame", "dispatch"],
)
def test_ways_around_a_watch_are_suspect_under_any_name(source: str) -> None:
    """What reaches into frames and modules, or answers for operators, counts wherever it stands."""
    assert RULE.suspects(source, solution=False)


def test_each_name_is_said_once_and_in_order() -> None:
    """Internals first, then libraries, then code in strings; each in its longest form."""
    source = (
        "exec('1')\nexec('2')\ntorch._C._nn(z)\ntorch._C._nn(y)\n"
        "def f(z):\n    return torch.distributions.Normal(z, 1)\n"
    )
    assert RULE.suspects(source, solution=False) == [
        "torch._C._nn",
        "torch.distributions.Normal",
        "exec",
        "_C",
    ]


def test_a_cell_that_is_no_python_is_an_error() -> None:
    """Whoever asks has to know that such a cell can't be read."""
    with pytest.raises(SyntaxError):
        RULE.suspects("def f(:", solution=True)


# This course ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ("torch._C._nn.nll_loss(z, y)", "torch._C._nn.nll_loss"),
        ("import torch._refs as r\nr.softmax(z, -1)", "torch._refs.softmax"),
        ("from torch._decomp import decompositions as d\nd.x", "torch._decomp.decompositions.x"),
        ("torch.ops.aten._softmax(z, -1, False)", "torch.ops.aten._softmax"),
        ("from torch.utils._python_dispatch import _disable_current_modes", None),
        ("from torch.overrides import _no_torch_function_mode", None),
        ("import _thread", "_thread"),
        ("import torch._prims", "torch._prims"),
        ("from builtins import exec as e\ne('1')", "builtins.exec"),
        ("__builtins__.exec('1')", "__builtins__.exec"),
    ],
    ids=[
        *("C", "refs", "decomp", "ops", "no-dispatch", "no-function", "thread", "prims"),
        *("builtins", "dunder-builtins"),
    ],
)
def test_this_courses_internals(source: str, name: str | None) -> None:
    """What never reaches an operator, or switches the watch off, is found in any cell."""
    found = BY_HAND.suspects(source, solution=False)
    assert found
    assert name is None or name in found


@pytest.mark.parametrize(
    "call",
    [
        "torch.distributions.Categorical(logits=z).log_prob(y)",
        "torch.jit.script(f)(z)",
        "sklearn.metrics.log_loss(y, z)",
        "scipy.special.log_softmax(z, -1)",
        "jax.nn.softmax(z)",
        "ctypes.CDLL(None)",
        "importlib.import_module('torch')",
    ],
    ids=["distributions", "jit", "sklearn", "scipy", "jax", "ctypes", "importlib"],
)
def test_this_courses_libraries(call: str) -> None:
    """What does the exercise without one of torch's forbidden operators is found in a function."""
    source = f"def nll(z, y):\n    return {call}"
    assert call.partition("(")[0] in BY_HAND.suspects(source, solution=False)


CODE = [
    pytest.param(source, is_answer, id=f"{student.student_id}-{number}")
    for student in students()
    for number, (source, is_answer) in enumerate(
        [
            *((c, True) for name, c in student.cells.items() if not name.startswith("written_")),
            *((extra.source, False) for extra in student.extras),
        ]
    )
]


@pytest.mark.parametrize(("source", "is_answer"), CODE)
def test_no_cell_of_the_class_is_accused(source: str, is_answer: bool) -> None:
    """Nothing that the honest class wrote is suspect, wrong answers included."""
    assert BY_HAND.suspects(python(source), solution=is_answer) == []
