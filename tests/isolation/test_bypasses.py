"""What does the same as a forbidden operator refuses, by each course's own list, and no more."""

from __future__ import annotations

import re
import socket
from collections.abc import Callable
from fnmatch import fnmatchcase
from pathlib import Path

import pytest
import torch

from autograder.config import Sandbox
from autograder.exercises.losses.rule import BY_HAND
from autograder.isolation.bypasses import HOMES, fitting, replicas
from autograder.isolation.child import fork
from autograder.isolation.clock import Patience
from autograder.isolation.fork_server import READY
from autograder.isolation.messages import FirstCells
from autograder.isolation.student_kernel import StudentKernel
from autograder.isolation.wire import Connection
from autograder.isolation.zygote import Zygote

Say = Callable[[StudentKernel, str], str]
NewKernel = Callable[..., StudentKernel]

TAKEN = "RuntimeError: the grader has taken this away: the by-hand rule forbids what it does"
OTHERS = [  # a rule of an assignment on regression
    *("aten.mse_loss*", "aten.*huber_loss*", "torch.nn.functional.cosine_similarity"),
    *("aten.cosine_similarity", "torch.nn.functional.mse_loss"),
]
BEGIN = """
import torch
import torch.nn.functional as F
from torch import nn
z, y, t = torch.tensor([[1.0, 2.0, 4.0], [0.5, -1.0, 3.0]]), torch.tensor([2, 0]), torch.ones(2, 3)
refs, decomp = torch._refs.nn.functional, torch._decomp.decompositions
def same(a, b):
    torch.testing.assert_close(a, b)
    print("same")
"""


def begun(kernel: StudentKernel) -> StudentKernel:
    """The kernel, with what the cells here use."""
    assert kernel.run(1, BEGIN).outputs == []
    return kernel


@pytest.fixture(scope="module")
def ruled(new_shared_kernel: NewKernel) -> StudentKernel:
    """A kernel of this course."""
    return begun(new_shared_kernel(forbidden=list(BY_HAND.operators)))


@pytest.fixture(scope="module")
def other(new_shared_kernel: NewKernel) -> StudentKernel:
    """A kernel of a course that asks for other losses."""
    return begun(new_shared_kernel(forbidden=OTHERS))


@pytest.fixture(scope="module")
def free(new_shared_kernel: NewKernel) -> StudentKernel:
    """A kernel of a course without a rule."""
    return begun(new_shared_kernel())


@pytest.mark.parametrize(
    "call",
    [
        "refs.mse_loss(z, t)",
        "decomp.mse_loss(z, t)",
        "decomp.mse_loss_backward(t, z, t, 1)",
        "decomp.mse_loss.__wrapped__(z, t)",
        "refs.huber_loss(z, t)",
        "decomp.huber_loss_backward(t, z, t, 1, 1.0)",
        "torch._decomp.decomposition_table[torch.ops.aten.mse_loss.default](z, t)",
        "torch._decomp.core_aten_decompositions()[torch.ops.aten.huber_loss.default](z, t)",
    ],
)
def test_a_rule_on_other_losses_takes_those_away(
    other: StudentKernel, free: StudentKernel, say: Say, call: str
) -> None:
    """The list decides, not this assignment: elsewhere the same call goes on."""
    assert say(other, call) == TAKEN
    assert say(free, call).startswith("tensor(")


@pytest.mark.parametrize(
    "source",
    [
        "same(refs.softmax(z, -1), z.softmax(-1))",
        "same(decomp._log_softmax(z, -1, False), z.log_softmax(-1))",
        "same(refs.nll_loss(z, y), F.nll_loss(z, y))",
        "same(refs.smooth_l1_loss(z, t), F.smooth_l1_loss(z, t))",
        "same(refs.l1_loss(z, t), F.l1_loss(z, t))",
    ],
)
def test_what_no_pattern_fits_is_left(other: StudentKernel, say: Say, source: str) -> None:
    """torch's versions of other operators are as they were."""
    assert say(other, source) == "same"


@pytest.mark.parametrize(
    "source",
    [
        "same(F.mse_loss(z, t), ((z - t) ** 2).mean())",
        "same(nn.HuberLoss(delta=9.0)(z, t), ((z - t) ** 2).mean() / 2)",
        "same(torch.func.grad(F.mse_loss)(z, t), 2 * (z - t) / z.numel())",
        "same(F.cosine_similarity(z, z), t[:, 0])",
    ],
)
def test_the_operators_themselves_work(other: StudentKernel, say: Say, source: str) -> None:
    """To check oneself with them is fine, with all that torch does with an operator."""
    assert say(other, source) == "same"


CHECKS = {
    "value": "same(F.cross_entropy(z, y, reduction='none'), z.logsumexp(1) - z[range(2), y])",
    "gradient": """
leaf = z.clone().requires_grad_()
nn.CrossEntropyLoss(reduction="sum")(leaf, y).backward()
same(leaf.grad, (z - z.logsumexp(1, True)).exp() - F.one_hot(y, 3))
""",
    "second-derivative": """
p = (z - z.logsumexp(1, True)).exp()[0]
hessian = torch.func.hessian(lambda a: a.logsumexp(0))(z[0])
same(hessian, torch.diag(p) - p.outer(p))
loss = lambda a: F.cross_entropy(a[None], y[:1])
same(torch.autograd.functional.hessian(loss, z[0]), hessian)
""",
    "forward-mode": """
out, slope = torch.func.jvp(lambda a: F.log_softmax(a, -1), (z,), (t,))
same(slope, torch.zeros_like(z))
""",
    "forward-mode-of-what-is-allowed": """
out, slope = torch.func.jvp(F.logsigmoid, (z,), (t,))
same(slope, torch.sigmoid(-z))
""",
    "vmap": "same(torch.vmap(lambda row: F.softmax(row, -1))(z), z.softmax(-1))",
    "binary": """
b = F.binary_cross_entropy_with_logits(z, t, reduction="none")
same(b, F.softplus(-z))
same(nn.BCELoss(reduction="none")(z.sigmoid(), t), b)
""",
    "distribution": "same(torch.distributions.Categorical(logits=z).probs, z.softmax(-1))",
    "network": """
torch.manual_seed(0)
net = nn.Sequential(nn.Linear(3, 8), nn.GELU(), nn.LayerNorm(8), nn.Linear(8, 3))
step = torch.optim.SGD(net.parameters(), 0.1)
before = F.cross_entropy(net(z), y)
before.backward()
step.step()
assert F.cross_entropy(net(z), y) < before
print("same")
""",
    "attention": "same(nn.MultiheadAttention(3, 1)(z, z, z)[1].sum(-1), torch.ones(2))",
    "transformer": "same(nn.TransformerEncoderLayer(3, 1, 3).eval()(z).shape, z.shape)",
    "scripted": "same(torch.jit.script(F.cross_entropy)(z, y), F.cross_entropy(z, y))",
    "own-operator": """
@torch.library.custom_op("mine::twice", mutates_args=())
def twice(x: torch.Tensor) -> torch.Tensor:
    return x * 2
same(twice(z), z * 2)
""",
    "own-operator-that-falls-through": """
library = torch.library.Library("others", "DEF")
library.define("thrice(Tensor z) -> Tensor")
library.impl("thrice", lambda x: x * 3, "CPU")
library.impl("thrice", torch.library.fallthrough_kernel, "AutogradCPU")
same(torch.ops.others.thrice(z), z * 3)
""",
}


@pytest.mark.parametrize("source", CHECKS.values(), ids=list(CHECKS))
def test_checking_oneself_works_as_before(ruled: StudentKernel, say: Say, source: str) -> None:
    """In a cell of one's own, torch's losses give their values in every way that torch has."""
    assert {*say(ruled, source).splitlines()} == {"same"}


@pytest.mark.parametrize(
    "source",
    [
        "torch.vmap(F.cross_entropy)(z, y)",
        "torch.func.hessian(lambda a: F.cross_entropy(a[None], y[:1]))(z[0])",
    ],
    ids=["vmap", "hessian"],
)
def test_what_torch_itself_does_by_a_replica_refuses_too(
    ruled: StudentKernel, free: StudentKernel, say: Say, source: str
) -> None:
    """torch.func takes some losses apart in Python: the one thing that is not as before."""
    assert say(ruled, source) == TAKEN
    assert say(free, source).startswith("tensor(")


def test_nothing_that_fits_is_left_in_memory(new_kernel: NewKernel, say: Say) -> None:
    """No function object of these modules has its own code, whoever holds it: gc finds all."""
    fits = "softmax|softmin|nll_?loss|cross_entropy|soft_margin_loss|kl_div"
    ruled = new_kernel(forbidden=list(BY_HAND.operators))
    source = f"""
import gc, re, types
gc.unfreeze()
functions = [thing for thing in gc.get_objects() if type(thing) is types.FunctionType]
homes = [f for f in functions if f"{{f.__module__}}.".startswith({HOMES!r})]
fit = [f for f in homes if re.search({fits!r}, f.__name__)]
left = [f for f in fit if f.__code__.co_name != "taken_away"]
print(len(fit) > 50, sorted(f"{{f.__module__}}.{{f.__qualname__}}" for f in left))
"""
    assert say(ruled, source) == "True []"


def test_a_function_that_was_taken_away_is_still_described(
    ruled: StudentKernel, free: StudentKernel, say: Say
) -> None:
    """Its name and, where torch gives one, its signature are as they were."""
    source = (
        "import inspect\n"
        "print(inspect.signature(torch._refs.softmax), torch._refs.softmax.__qualname__)"
    )
    assert say(ruled, source) == say(free, source)


def test_its_source_is_not_torchs(ruled: StudentKernel, say: Say) -> None:
    """Nor can it be had from there, to be scripted or run as text."""
    told = say(ruled, "torch.jit.script(decomp._softmax)")
    assert "Error" in told
    assert "exp" not in told


@pytest.mark.parametrize("kind", ["SimpleIREvaluator", "TensorExprKernel", "PyModelRunner"])
def test_a_class_that_runs_kernels_is_closed(ruled: StudentKernel, say: Say, kind: str) -> None:
    """By the way that leads to every class, too."""
    source = f"""
def below(kind):
    for sub in type.__subclasses__(kind):
        yield sub
        yield from below(sub)
next(kind for kind in below(object) if kind.__name__ == {kind!r})()
"""
    assert say(ruled, source) == TAKEN


def test_a_module_that_is_read_later_comes_without_them(
    ruled: StudentKernel, free: StudentKernel, say: Say
) -> None:
    """One that torch itself has not imported, and no other is touched."""
    source = (
        "import torch._inductor.inductor_prims as later\n"
        "largest, total = later.eager_prepare_softmax(z, -1)\n"
        "print(total.shape)"
    )
    assert say(ruled, source) == TAKEN
    assert say(free, source) == "torch.Size([2, 1])"
    assert say(ruled, "later._flatten_index") != TAKEN


@pytest.mark.parametrize(
    "pattern",
    ["*", "softmax", "*softmax", "softmax*", "*softmax*", "s*x", "[a-c]*", "nllloss?d*", "nothing"],
)
def test_patterns_fit_as_in_a_watch(pattern: str) -> None:
    """The quick search finds what a comparison of all names finds."""
    names = replicas()
    expected = [name for name in names.functions if fnmatchcase(name, pattern)]
    assert sorted(fitting(pattern, names.names)) == sorted(expected)


def test_every_pattern_of_the_rule_that_has_replicas_finds_them() -> None:
    """Names that others write with and without an underscore are one."""
    last = {re.sub("[*_]", "", p.rpartition(".")[2]) for p in BY_HAND.operators}
    found = {name for name in last if fitting(f"*{name}*", replicas().names)}
    assert {"softmax", "logsoftmax", "nllloss", "crossentropy", "softmarginloss"} <= found
    assert torch._decomp.decompositions._softmax in replicas().functions["softmax"]


@pytest.mark.parametrize("known", [True, False])
def test_what_the_first_cells_of_a_notebook_import_comes_without_them_too(
    zygote: Zygote, readable_paths: list[str], tmp_path: Path, say: Say, known: bool
) -> None:
    """A kernel that is forked after the instructor's cells has more of torch in memory.

    It has nothing to take away where that is what was taken before the fork.
    """
    limits = Sandbox().limits()
    ours, theirs = socket.socketpair()
    with ours, theirs:
        entry, kind = "autograder.isolation.kernel:fork_kernels", socket.SOCK_SEQPACKET
        opening = fork(zygote.control, entry, [theirs.fileno()], kind)
        connection = Connection(ours, trusted=True)
        cells, forbidden = ["import torch.onnx.ops"], list(BY_HAND.operators)
        connection.send(FirstCells(limits, str(tmp_path), cells, [], forbidden).to_json())
        assert connection.receive()[0] == {"outputs": [[]]}
        assert opening.socket.recv(len(READY)) == READY
        kernel = StudentKernel(
            opening.socket,
            tmp_path,
            {},
            readable_paths,
            forbidden if known else [*forbidden, "aten.tan"],
            limits,
            Patience(limits.notebook_seconds),
        )
        told = say(begun(kernel), "torch.onnx.ops.attention(*[torch.ones(1, 1, 3, 3)] * 3)")
        kernel.close()
        opening.kill()
    assert told == TAKEN
