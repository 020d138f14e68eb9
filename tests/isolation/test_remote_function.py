"""A remote function behaves in a test as the student's would, over two trips and a restart."""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable
from pathlib import Path
from textwrap import dedent
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from autograder.checks.backward import watched_gradient
from autograder.isolation.answers import MOST_PRINTED
from autograder.isolation.calls import GRAPHS
from autograder.isolation.errors import CannotCrossError, ChangedError, OpaqueError, Stopped
from autograder.isolation.remote_function import UNFIT, RemoteFunction
from autograder.isolation.student_kernel import StudentKernel
from autograder.isolation.values import CROSSES, Opaque
from autograder.raised import students_doing

NewKernel = Callable[..., StudentKernel]


def define(kernel: StudentKernel, source: str, number: int = 1) -> None:
    """Runs a cell that has to succeed."""
    ran = kernel.run(number, dedent(source))
    assert ran.stopped is None
    assert [output for output in ran.outputs if output["output_type"] == "error"] == []


def fetched(kernel: StudentKernel, name: str = "f") -> Any:
    """What stands for a function of the notebook's."""
    return kernel.get(name, lambda tree: RemoteFunction(kernel, name, tree))


def function(kernel: StudentKernel, source: str) -> Any:
    """A cell's `f`, to call."""
    define(kernel, "import numpy as np, torch\n" + dedent(source))
    return fetched(kernel)


def here(source: str) -> Any:
    """The same cell's `f`, in this process: what the remote function has to behave like."""
    namespace: dict[str, Any] = {"np": np, "torch": torch}
    exec(dedent(source), namespace)
    return namespace["f"]


# Values


def test_arguments_and_results_cross(kernel: StudentKernel) -> None:
    """Positional and keyword arguments come to the function, and its value comes back."""
    f = function(kernel, "def f(*args, **kwargs): return (args, kwargs)")
    args, kwargs = (1, "a", [2.5, None], {3: (True,)}), {"reduction": "mean", "weight": {1, 2}}

    assert f(*args, **kwargs) == (args, kwargs)


def test_a_parameter_may_have_any_name(kernel: StudentKernel) -> None:
    """A keyword that is also a name in a method of ours goes to the student's function."""
    assert function(kernel, "def f(self, args): return self, args")(self=1, args=2) == (1, 2)


@pytest.mark.parametrize(
    "value",
    [
        pytest.param(torch.tensor([1.5, -0.0, math.inf], dtype=torch.float64), id="float64"),
        pytest.param(torch.tensor([[1], [2]]), id="int64"),
        pytest.param(torch.zeros(0, 3), id="empty"),
        pytest.param(torch.tensor(True), id="0-d"),
        pytest.param(torch.arange(6.0).reshape(2, 3).T, id="transposed"),
    ],
)
def test_tensors_come_back_as_they_went(kernel: StudentKernel, value: Tensor) -> None:
    """dtype, shape and values make the trip there and back."""
    result = function(kernel, "def f(x): return x")(value)

    assert type(result) is Tensor
    assert result is not value
    torch.testing.assert_close(result, value, rtol=0, atol=0)


@pytest.mark.parametrize(
    ("expression", "what"),
    [
        pytest.param("object()", "a object", id="object"),
        pytest.param("int", "a type", id="class"),
        pytest.param("torch.nn.Parameter(torch.ones(2))", "a Parameter", id="parameter"),
        pytest.param("torch.ones(2, dtype=torch.complex64)", "a Tensor", id="complex"),
        pytest.param("torch.ones(2).to_sparse()", "a Tensor", id="sparse"),
        pytest.param("type('Mine', (float,), {})(1)", "an object", id="float-subclass"),
        pytest.param("(n for n in [1])", "an object", id="generator"),
        pytest.param("np", "an object", id="module"),
        pytest.param("torch.zeros(1).expand(1 << 30)", "a Tensor", id="too-large"),
        pytest.param("np.broadcast_to(0.0, (1 << 40,))", "a ndarray", id="too-large-array"),
        pytest.param("lambda: 1", "an object", id="function"),
    ],
)
def test_a_result_that_cannot_cross_is_said_in_one_sentence(
    kernel: StudentKernel, expression: str, what: str
) -> None:
    """The sentence names the kind where it is a known one, and the kernel goes on."""
    f = function(kernel, f"def f(): return {expression}")
    first = kernel.generation
    with pytest.raises(OpaqueError) as caught:
        f()
    assert str(caught.value) == f"f returned {what}, which can't cross: {CROSSES}."
    assert kernel.run(2, "f").stopped is None
    assert kernel.generation is first


@pytest.mark.parametrize(
    "expression",
    [
        pytest.param("'x' * 5_000_000", id="text"),
        pytest.param("[0.123456789] * 1_000_000", id="list"),
        pytest.param("[torch.zeros(9_000_000), torch.ones(9_000_000)]", id="two-tensors"),
        pytest.param("10 ** 5000", id="integer"),
    ],
)
def test_a_result_that_is_too_large_does_not_end_the_kernel(
    kernel: StudentKernel, expression: str
) -> None:
    """A value larger than a message may be is a value that can't cross, from a call and a name."""
    f = function(kernel, f"x = {expression}\ndef f(): return x")
    first = kernel.generation
    with pytest.raises(OpaqueError):
        f()
    kernel.get("x", dict)
    assert kernel.generation is first


def test_functions_in_a_result_do_not_end_the_kernel(kernel: StudentKernel) -> None:
    """A function inside a container that is returned is no reason to stop."""
    f = function(kernel, "def f(): return [1, f]")
    first = kernel.generation
    assert f()[0] == 1
    assert kernel.generation is first


@pytest.mark.parametrize(
    ("argument", "name"),
    [
        pytest.param(lambda x: x, "function", id="lambda"),
        pytest.param(math.sin, "builtin_function_or_method", id="builtin"),
        pytest.param(torch.nn.BCELoss(), "BCELoss", id="module"),
        pytest.param(Tensor, "_TensorMeta", id="class"),
        pytest.param([1, {"k": object()}], "object", id="nested-object"),
    ],
)
def test_an_argument_that_cannot_cross_is_refused(
    kernel: StudentKernel, argument: Any, name: str
) -> None:
    """A function of the test's own, a class or an object is refused before the call."""
    f = function(kernel, "calls = []\ndef f(x): calls.append(x)")
    for call in (lambda: f(argument), lambda: f(x=argument)):
        with pytest.raises(CannotCrossError) as caught:
            call()
        assert str(caught.value) == f"a value of type {name} can't cross: {CROSSES}."
    assert kernel.get("calls", dict) == []


def test_a_function_of_the_students_may_be_passed_back(kernel: StudentKernel) -> None:
    """What was fetched can be an argument: the student's code gets the function itself."""
    define(kernel, "def g(x): return x + 1\ndef f(a, b, x): return (a is b is g, a(x))")
    f, g = fetched(kernel), fetched(kernel, "g")

    assert f(g, b=g, x=2) == (True, 3)


def test_a_function_is_passed_back_to_the_next_kernel(kernel: StudentKernel) -> None:
    """A function that was fetched before its kernel died is the same function after it."""
    define(kernel, "def g(x): return x + 1\ndef h(x): return -x\ndef f(a, x): return a(x)")
    h, f, g = fetched(kernel, "h"), fetched(kernel), fetched(kernel, "g")
    kernel.close()

    assert f(g, 2) == 3
    assert f(h, 2) == -2
    assert h(5) == -5


def test_signature_and_docstring_are_carried(kernel: StudentKernel) -> None:
    """inspect and help see the student's function; a test can ask for its name."""
    f = function(
        kernel,
        """
        def f(z, y, /, *rest, reduction="none", weight=np.ones(2), **more):
            \"\"\"Cross-entropy.\"\"\"
        """,
    )

    expected = "(z, y, /, *rest, reduction='none', weight=None, **more)"
    assert str(inspect.signature(f)) == expected
    assert f.__doc__ == "Cross-entropy."
    assert (f.__name__, f.__qualname__, callable(f)) == ("f", "f", True)
    assert repr(f) == "<the student's function f>"


@pytest.mark.parametrize(
    "source",
    [
        pytest.param("f = torch.sigmoid", id="builtin"),
        pytest.param("f = torch.nn.Sigmoid()", id="module"),
        pytest.param("import functools\nf = functools.partial(torch.mul, 2)", id="partial"),
        pytest.param("class C:\n    def m(self, x): return x\nf = C().m", id="method"),
        pytest.param("f = torch.no_grad()(lambda x: x)", id="decorated"),
    ],
)
def test_whatever_can_be_called_is_a_function(kernel: StudentKernel, source: str) -> None:
    """A callable of any kind crosses as something to call."""
    assert type(function(kernel, source)(torch.zeros(2))) is Tensor


# Exceptions

BUILTIN = [
    ("ValueError('bad')", ValueError, "bad"),
    ("TypeError()", TypeError, ""),
    ("KeyError('x')", KeyError, "'x'"),
    ("ZeroDivisionError('division by zero')", ZeroDivisionError, "division by zero"),
    ("AssertionError('a\\nb')", AssertionError, "a\nb"),
    ("StopIteration('end')", StopIteration, "end"),
    ("FileNotFoundError(2, 'No such file')", FileNotFoundError, "[Errno 2] No such file"),
    ("NotImplementedError('to do')", NotImplementedError, "to do"),
    ("RecursionError('deep')", RecursionError, "deep"),
    ("SyntaxError('x')", SyntaxError, "x"),
]


@pytest.mark.parametrize(("raised", "kind", "text"), BUILTIN, ids=[b[1].__name__ for b in BUILTIN])
def test_builtin_exceptions_keep_type_and_text(
    kernel: StudentKernel, raised: str, kind: type[Exception], text: str
) -> None:
    """An exception of Python's own is of the same type here, with the same text."""
    f = function(kernel, f"def f(): raise {raised}")
    with pytest.raises(Exception) as caught:  # noqa: PT011 (type and text are asserted below)
        f()
    assert type(caught.value) is kind
    assert str(caught.value) == text


@pytest.mark.parametrize(
    ("raised", "text"),
    [
        pytest.param("type('Mine', (Exception,), {})('own')", "own", id="own"),
        pytest.param("type('ValueError', (Exception,), {})('own')", "own", id="own-namesake"),
        pytest.param("type('Mine', (ValueError,), {})()", "", id="own-without-text"),
        pytest.param("torch.cuda.OutOfMemoryError('gone')", "gone", id="torch"),
        pytest.param("SystemExit(3)", "3", id="system-exit"),
        pytest.param("GeneratorExit('g')", "g", id="generator-exit"),
        pytest.param("type('B', (BaseException,), {})('base')", "base", id="base-exception"),
        pytest.param(
            "UnicodeDecodeError('utf-8', b'x', 0, 1, 'why')",
            "'utf-8' codec can't decode byte 0x78 in position 0: why",
            id="unicode",
        ),
        pytest.param(
            "ExceptionGroup('many', [ValueError(1)])", "many (1 sub-exception)", id="group"
        ),
    ],
)
def test_other_exceptions_become_runtime_errors(
    kernel: StudentKernel, raised: str, text: str
) -> None:
    """A type that is not Python's own, or can't be made of a text, keeps its text alone."""
    f = function(kernel, f"def f(): raise {raised}")
    first = kernel.generation
    with pytest.raises(RuntimeError) as caught:
        f()
    assert type(caught.value) is RuntimeError
    assert str(caught.value) == text
    assert kernel.generation is first


def test_an_exception_without_a_text_is_raised(kernel: StudentKernel) -> None:
    """An exception whose __str__ raises comes without a text."""
    f = function(
        kernel,
        """
        class Mute(ValueError):
            def __str__(self): raise SystemExit
        def f(): raise Mute("x")
        """,
    )
    with pytest.raises(RuntimeError, match=r"^$"):
        f()


def test_ctrl_c_of_the_students_own_is_no_timeout(kernel: StudentKernel) -> None:
    """A function that raises KeyboardInterrupt itself has not run for too long."""
    f = function(kernel, "def f(): raise KeyboardInterrupt('own')")
    with pytest.raises(RuntimeError) as caught:
        f()
    assert "ran for more than" not in str(caught.value)


def test_ctrl_c_in_a_cell_of_the_students_own_is_no_timeout(kernel: StudentKernel) -> None:
    """A cell that raises KeyboardInterrupt itself is a cell that failed."""
    assert kernel.run(1, "raise KeyboardInterrupt").stopped is None


def test_what_calls_print_is_kept_for_whoever_has_asked(kernel: StudentKernel) -> None:
    """By any way, backward passes and exceptions among them; no control character of it."""
    f = function(
        kernel,
        """
        import sys

        class Said(torch.autograd.Function):
            @staticmethod
            def forward(context, x):
                return x * 2

            @staticmethod
            def backward(context, grad):
                print("on the way back")
                return grad

        def f(x):
            print("called", end="\\r\\n")
            print("with \\x1b[2J", x.item(), file=sys.stderr)
            if x < 0:
                raise ValueError(x)
            return Said.apply(x)
        """,
    )
    kernel.incidents.begin(strikes=1)
    f(torch.tensor(1.0, requires_grad=True)).backward()
    with pytest.raises(ValueError, match="-1"):
        f(torch.tensor(-1.0))
    said = ["called", "with ?[2J 1.0", "on the way back", "called", "with ?[2J -1.0"]
    assert kernel.incidents.tally.printed.splitlines() == said


def test_of_all_that_calls_print_some_is_kept(kernel: StudentKernel) -> None:
    """It goes into a record: one call's, and all of a cell's, have a largest size."""
    f = function(kernel, "def f(text, times): print(text * times); return 1")
    for _ in range(3):
        assert f("x" * 1000, 1) == 1
    assert len(kernel.incidents.tally.printed) == MOST_PRINTED + 1  # a "…" says that it was cut
    kernel.incidents.begin(strikes=1)
    assert f("x", 10_000_000) == 1
    assert len(kernel.incidents.tally.printed) <= MOST_PRINTED + 1
    kernel.incidents.begin(strikes=1)
    for _ in range(10):
        assert f("line\n", 20) == 1
    assert kernel.incidents.tally.printed.count("…") == 1


def test_what_a_call_printed_before_it_was_stopped_is_kept(new_kernel: NewKernel) -> None:
    """It may tell why it never ended."""
    kernel = new_kernel(call_seconds=1)
    f = function(kernel, "def f():\n    print('on and on')\n    while True:\n        pass")
    kernel.incidents.begin(strikes=1)
    with pytest.raises(Stopped):
        f()
    assert kernel.incidents.tally.printed == "on and on"


def students_line(error: BaseException) -> str:
    """The student's own line in words, of an exception that is known to be the student's doing."""
    doing = students_doing(error)
    assert doing is not None
    return doing.student_line


def test_the_students_line_is_named(kernel: StudentKernel) -> None:
    """The line is the last one in the cell that defines the function, however deep it failed."""
    define(kernel, "def helper(x):\n    return 1 / x")
    define(kernel, "def f(x):\n    y = x\n    return  helper(y)  # here", number=2)
    with pytest.raises(ZeroDivisionError) as caught:
        fetched(kernel)(0)
    assert students_line(caught.value) == " in line 3, `return  helper(y)  # here`,"


def test_a_line_is_quoted_as_far_as_it_may_be_shown(kernel: StudentKernel) -> None:
    """A constant in it may hold anything, and be long."""
    define(kernel, f"def f(x): return 1 / x, '\x1b[2J{'y' * 9000}'")
    with pytest.raises(ZeroDivisionError) as caught:
        fetched(kernel)(0)
    quoted = students_line(caught.value)
    assert quoted.startswith(" in line 1, `def f(x): return 1 / x, '?[2Jyyy")
    assert quoted.isprintable()
    assert len(quoted) < 250


def test_no_line_is_named_where_there_is_none(kernel: StudentKernel) -> None:
    """A function that no cell defines, or a call that does not reach it, has no line."""
    define(kernel, "import torch\nf = torch.exp\ndef g(x): pass")
    for call in (lambda: fetched(kernel)("text"), lambda: fetched(kernel, "g")()):
        with pytest.raises(TypeError) as caught:
            call()
        assert students_line(caught.value) == ""


@pytest.mark.parametrize(
    ("source", "unfit"),
    [
        pytest.param("def f(x): pass", True, id="no-such-name"),
        pytest.param("def f(x, k): return x + 1", False, id="inside"),
        pytest.param("def f(*args, **kwargs): return g(1)\ndef g(): pass", False, id="further-in"),
    ],
)
def test_a_call_that_a_signature_does_not_take_is_known(
    kernel: StudentKernel, source: str, unfit: bool
) -> None:
    """The error says so: its text may not be told, and no line of the student's has run."""
    define(kernel, source)
    with pytest.raises(TypeError) as caught:
        fetched(kernel)("x", k=1)
    doing = students_doing(caught.value)
    assert doing is not None
    assert doing.unfit == (UNFIT.format("f") if unfit else "")


# Arguments after the call


@pytest.mark.parametrize(
    "source",
    [
        pytest.param("def f(x): x -= 1", id="augmented"),
        pytest.param("def f(x): x[0] = 7", id="item"),
        pytest.param("def f(x): x.data.mul_(3)", id="data"),
        pytest.param("def f(x): x.detach().numpy()[...] = 5", id="numpy"),
        pytest.param("def f(x): x.zero_(); raise ValueError", id="then-raises"),
        pytest.param("def f(x): x.data = x.data.double() + 1", id="dtype"),
        pytest.param("def f(x): x.detach().resize_(2).fill_(3)", id="resize-of-a-detached"),
        pytest.param("def f(x): x.data = torch.ones(5)", id="shape"),
        pytest.param("def f(x): return x + 1", id="nothing"),
        pytest.param("def f(x): x[1:] = float('nan')", id="nan"),
    ],
)
@pytest.mark.parametrize("grad", [False, True], ids=["plain", "under-grad"])
def test_changes_of_a_tensor_come_back(kernel: StudentKernel, source: str, grad: bool) -> None:
    """What the student's function does to its argument in place is done to the test's."""
    expected = torch.tensor([1.0, 2.0, 3.0], requires_grad=grad) * 1
    actual = torch.tensor([1.0, 2.0, 3.0], requires_grad=grad) * 1
    for call, argument in ((here(source), expected), (function(kernel, source), actual)):
        try:
            call(argument)
        except ValueError:
            assert "raise" in source

    torch.testing.assert_close(actual, expected, rtol=0, atol=0, equal_nan=True)
    assert actual.requires_grad is grad


def test_a_tensor_can_be_resized(kernel: StudentKernel) -> None:
    """resize_ changes the test's tensor too."""
    x = torch.zeros(3)
    function(kernel, "def f(x): x.resize_(2, 2).fill_(1)")(x)

    assert torch.equal(x, torch.ones(2, 2))


@pytest.mark.parametrize(
    ("source", "make"),
    [
        pytest.param("def f(x): x *= 2", lambda: np.arange(3), id="array"),
        pytest.param("def f(x): x[::2] = 0", lambda: np.arange(6.0)[::-1], id="array-backwards"),
        pytest.param("def f(x): x[0] = 0", lambda: np.ones((2, 2)).T, id="array-transposed"),
        pytest.param("def f(x): x.append(4)", lambda: [1, 2], id="list-append"),
        pytest.param("def f(x): x[0][0] = 5", lambda: [[1], 2], id="list-nested"),
        pytest.param("def f(x): x.clear()", lambda: {1, 2}, id="set"),
        pytest.param("def f(x): x['new'] = [1]", lambda: {"a": 1}, id="dict-new"),
        pytest.param("def f(x): x.pop('a')", lambda: {"a": 1, "b": 2}, id="dict-pop"),
        pytest.param("def f(x): x['a']['b'] = 2", lambda: {"a": {}}, id="dict-nested"),
        pytest.param("def f(x): x['a'] = {9}", lambda: {"a": 1}, id="dict-another-kind"),
        pytest.param("def f(x): x['a'] = [3]", lambda: {"a": {1}}, id="dict-from-set-to-list"),
        pytest.param("def f(x): x[0] = [3]", lambda: [{"a": 1}], id="list-from-dict-to-list"),
        pytest.param("def f(x): x.insert(0, 'a')", lambda: [1, 2], id="list-insert"),
        pytest.param("def f(x): x[0].add(5)", lambda: ({1},), id="set-in-a-tuple"),
        pytest.param("def f(x): x[0][0] = 5", lambda: ([1],), id="list-in-a-tuple"),
    ],
)
def test_changes_of_containers_and_arrays_come_back(
    kernel: StudentKernel, source: str, make: Callable[[], Any]
) -> None:
    """Lists, dicts, sets and arrays become what they became there, in place."""
    expected, actual = make(), make()
    here(source)(expected)
    f = function(kernel, source)
    f(actual)

    assert repr(actual) == repr(expected)


@pytest.mark.parametrize(
    ("source", "make"),
    [
        pytest.param("x.data = x.data.double()", lambda: torch.ones(2), id="float-to-double"),
        pytest.param("x.data = x.data.float()", lambda: torch.tensor([1, 2]), id="labels-to-float"),
        pytest.param("x.data = x.data.long()", lambda: torch.ones(2), id="float-to-labels"),
        pytest.param("x.unsqueeze_(0)", lambda: torch.ones(2), id="shape"),
    ],
)
def test_a_changed_dtype_or_shape_comes_back(
    kernel: StudentKernel, source: str, make: Callable[[], torch.Tensor]
) -> None:
    """The test's tensor has them after the call, though its numbers are equal to the old ones."""
    expected, actual = make(), make()
    here(f"def f(x): {source}")(expected)
    function(kernel, f"def f(x): {source}")(actual)

    assert (actual.dtype, actual.shape) == (expected.dtype, expected.shape)


@pytest.mark.parametrize(
    ("source", "make"),
    [
        pytest.param("x.data = x.data.to(torch.complex64)", lambda: torch.ones(2), id="complex"),
        pytest.param("x.data = torch.ones(1 << 25)", lambda: torch.ones(2), id="too-large"),
        pytest.param("x[0].data = x[0].data + 0j", lambda: (torch.ones(2),), id="in-a-tuple"),
        pytest.param("x.dtype = 'i8'", lambda: np.ones(2), id="array-dtype"),
        pytest.param("x.shape = (1, 2)", lambda: np.ones(2), id="array-shape"),
        pytest.param("x.extend([0] * 200_000)", lambda: [1], id="list"),
    ],
)
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_change_that_cannot_cross_is_told(
    kernel: StudentKernel, source: str, make: Callable[[], Any]
) -> None:
    """The call fails in words, instead of passing as one that left its argument alone."""
    f = function(kernel, f"import torch\ndef f(x):\n    {source}\n    return 1")
    for call in (lambda: f(make()), lambda: f(x=make())):
        with pytest.raises(ChangedError, match=r"^f changes an argument in place, and what it"):
            call()


def test_what_stands_in_a_list_may_become_anything(kernel: StudentKernel) -> None:
    """Another object in the place of a tensor is no change of the tensor."""
    batch = [torch.ones(2), 1]
    assert function(kernel, "def f(b):\n    b[0] = object()\n    return 7")(batch) == 7
    assert isinstance(batch[0], Opaque)


def test_tensors_inside_containers_change_in_place(kernel: StudentKernel) -> None:
    """A tensor in a list or a dict stays the same object, with the new values."""
    x, y = torch.zeros(2), torch.zeros(2)
    batch, options = [x, 1], {"y": y}
    function(kernel, "def f(b, o): b[0] += 1; b[1] = 2; o['y'] += 3")(batch, options)

    assert batch[0] is x
    assert options["y"] is y
    assert (x.tolist(), y.tolist(), batch[1]) == ([1, 1], [3, 3], 2)


def test_the_same_argument_twice_is_one_there_too(kernel: StudentKernel) -> None:
    """A tensor that is passed twice is one tensor in the student's function."""
    x = torch.zeros(2)
    f = function(kernel, "def f(a, b):\n    a += 1\n    b += 1\n    return a is b")

    assert f(x, x) is True
    assert x.tolist() == [2, 2]


def test_a_leaf_may_be_changed_in_place(kernel: StudentKernel) -> None:
    """The function gets no leaf, so that a change in place does not raise under grad."""
    x = torch.ones(2, requires_grad=True)
    result = function(kernel, "def f(x):\n    x *= 3\n    return x.sum()")(x)
    result.backward()

    assert x.grad.tolist() == [3, 3]
    assert x.is_leaf


def test_an_expanded_argument_is_never_our_error(kernel: StudentKernel) -> None:
    """A change of a tensor whose elements share memory fails as the student's, or is left out."""
    x = torch.ones(1).expand(3)
    f = function(kernel, "def f(x):\n    x -= 1\n    return 7")
    try:
        assert f(x) == 7
    except RuntimeError as error:
        assert students_doing(error)  # noqa: PT017


# Gradients

TWO_TRIPS = [
    pytest.param("def f(x, y): return x * y + x.exp()", id="one-result"),
    pytest.param("def f(x, y): return x * y, (x + y).sin(), y.sum()", id="tuple"),
    pytest.param("def f(x, y): return {'a': x * y, 'b': [x.sum(), 5]}", id="dict"),
    pytest.param("def f(x, y): return x * 2", id="unused-input"),
    pytest.param("def f(x, y): return x * y, torch.ones(3)", id="one-without-a-graph"),
    pytest.param("def f(x, y): return (x * y).detach() + x", id="partly-detached"),
    pytest.param("def f(x, y): return x.max() * y, x.argmax()", id="with-an-index"),
    pytest.param("def f(x, y):\n    z = x * y\n    return z, z", id="the-same-twice"),
    pytest.param("def f(x, y):\n    x = x.clone()\n    x *= y\n    return x", id="in-place"),
    pytest.param("def f(x, y): return torch.where(x > 0, x, 0 * y)", id="where"),
    pytest.param("def f(x, y): return x", id="the-argument-itself"),
]


def gradients(f: Any, dtype: torch.dtype, keywords: bool) -> list[Any]:
    """The results of a function, and gradients of a weighted sum of them."""
    x = torch.tensor([0.5, -1.0, 2.0], dtype=dtype, requires_grad=True)
    y = torch.tensor([3.0, 0.25, -2.0], dtype=dtype, requires_grad=True)
    inner = x * 1.5  # a graph of the test's own, before the call
    result = f(inner, y=y) if keywords else f(inner, y)
    tensors = [t for t in flat(result) if isinstance(t, Tensor)]
    loss = sum((t * (n + 2)).sum() for n, t in enumerate(tensors) if t.requires_grad)
    loss.backward()
    return [*tensors, *(t.requires_grad for t in tensors), x.grad, y.grad]


def flat(value: Any) -> list[Any]:
    """What is in containers, in order."""
    if isinstance(value, dict):
        return flat(list(value.values()))
    if isinstance(value, list | tuple):
        return [part for item in value for part in flat(item)]
    return [value]


@pytest.mark.parametrize("source", TWO_TRIPS)
@pytest.mark.parametrize(
    ("dtype", "keywords"),
    [(torch.float32, False), (torch.float64, True)],
    ids=["float32", "float64-keywords"],
)
def test_autograd_in_two_trips_equals_autograd_in_place(
    kernel: StudentKernel, source: str, dtype: torch.dtype, keywords: bool
) -> None:
    """Values, which results have a graph, and the gradients are those of a plain call."""
    actual = gradients(function(kernel, source), dtype, keywords)
    expected = gradients(here(source), dtype, keywords)

    for one, other in zip(actual, expected, strict=True):
        if isinstance(other, Tensor):
            torch.testing.assert_close(one, other, rtol=0, atol=0)
        else:
            assert one == other


def test_the_gradient_of_an_argument_that_is_passed_twice_is_counted_once(
    kernel: StudentKernel,
) -> None:
    """f(x, x) for the product has the gradient of the square."""
    f = function(kernel, "def f(a, b): return a * b")
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    f(x, x).sum().backward()

    assert x.grad.tolist() == [2, 4]


def test_arguments_inside_containers_have_gradients(kernel: StudentKernel) -> None:
    """A tensor in a list or a dict gets its gradient like any other argument."""
    f = function(kernel, "def f(a, b): return a[0] * b['k'][0]")
    x, y = torch.ones(2, requires_grad=True), torch.full((2,), 3.0, requires_grad=True)
    f([x], {"k": (y,)}).sum().backward()

    assert x.grad is not None
    assert (x.grad.tolist(), y.grad.tolist()) == ([3, 3], [1, 1])


@pytest.mark.parametrize(
    "expression",
    [
        pytest.param("torch.from_numpy(np.exp(x.detach().numpy()))", id="numpy"),
        pytest.param("x.exp().detach()", id="detach"),
        pytest.param("torch.tensor(x.sum().item())", id="item"),
        pytest.param("torch.tensor(x.tolist())", id="tolist"),
        pytest.param("x.data * 2", id="data"),
        pytest.param("(x > 0)", id="bool"),
    ],
)
def test_a_detour_has_no_graph(kernel: StudentKernel, expression: str) -> None:
    """A result that lost its graph in the student's function does not look differentiable."""
    f = function(kernel, f"def f(x): return {expression}")
    result = f(torch.ones(2, requires_grad=True))

    assert not result.requires_grad
    assert result.grad_fn is None


def test_without_grad_there_is_no_graph(kernel: StudentKernel) -> None:
    """torch.no_grad around the call holds in the student's function."""
    f = function(kernel, "def f(x): return x * 2, torch.is_grad_enabled()")
    with torch.no_grad():
        result, enabled = f(torch.ones(2, requires_grad=True))

    assert not result.requires_grad
    assert enabled is False


def test_a_graph_can_be_used_twice(kernel: StudentKernel) -> None:
    """retain_graph keeps the way back to the kernel, for as many trips as are asked for."""
    f = function(kernel, "def f(x): return x ** 3")
    x = torch.tensor([2.0], requires_grad=True)
    result = f(x)
    for _ in range(2):
        (grad,) = torch.autograd.grad(result.sum(), x, retain_graph=True)
        assert grad.tolist() == [12]


def test_an_argument_that_is_changed_and_returned_has_a_graph(kernel: StudentKernel) -> None:
    """The result of `z -= 1; return z` has the gradient that it has in place."""
    f = function(kernel, "def f(z):\n    z *= 3\n    return z")
    leaf = torch.ones(2, requires_grad=True)
    z = leaf * 2
    result = f(z)
    result.sum().backward()

    assert result.tolist() == [6, 6]
    assert leaf.grad.tolist() == [6, 6]


def test_results_in_a_loop_of_the_tests_own(kernel: StudentKernel) -> None:
    """Gradient descent in a test finds the minimum."""
    f = function(kernel, "def f(w): return ((w - 3) ** 2).sum()")
    w = torch.zeros(2, requires_grad=True)
    optimizer = torch.optim.SGD([w], lr=0.4)
    for _ in range(20):
        optimizer.zero_grad()
        f(w).backward()
        optimizer.step()

    torch.testing.assert_close(w.detach(), torch.full((2,), 3.0), rtol=0, atol=1e-4)


@pytest.mark.parametrize(
    "source",
    [
        pytest.param(
            """
            class Bad(torch.autograd.Function):
                @staticmethod
                def forward(ctx, x): return x * 2
                @staticmethod
                def backward(ctx, g): raise ValueError("in backward")
            def f(x): return Bad.apply(x)
            """,
            id="function",
        ),
        pytest.param(
            """
            def f(x):
                y = x * 2
                def hook(grad): raise ValueError("in backward")
                y.register_hook(hook)
                return y
            """,
            id="hook",
        ),
    ],
)
def test_an_exception_in_backward_is_the_students(kernel: StudentKernel, source: str) -> None:
    """What the student's own backward raises comes out of the test's backward."""
    f = function(kernel, source)
    first = kernel.generation
    x = torch.ones(2, requires_grad=True)
    with pytest.raises(ValueError, match=r"^in backward$"):
        f(x).sum().backward()
    assert f(x).tolist() == [2, 2]
    assert kernel.generation is first


def test_a_custom_backward_is_used(kernel: StudentKernel) -> None:
    """A gradient that the student defines is the one that the test sees."""
    f = function(
        kernel,
        """
        class Own(torch.autograd.Function):
            @staticmethod
            def forward(ctx, x): return x * 2
            @staticmethod
            def backward(ctx, g): return g * 100
        f = Own.apply
        """,
    )
    x = torch.ones(2, requires_grad=True)
    f(x).sum().backward()

    assert x.grad.tolist() == [100, 100]


def test_nan_goes_back_as_it_does_through_a_formula(kernel: StudentKernel) -> None:
    """Where operators are watched a maximum hands it on to all of z, elsewhere to one place."""
    source = """
        def f(z):
            e = torch.exp(z - z.max())
            return e / e.sum(dim=-1, keepdim=True)
    """
    z = torch.tensor([[900.0, 0.0], [0.0, -900.0], [0.0, 1.0]])
    found = []
    for f in (function(kernel, source), here(source)):
        leaf = z.clone().requires_grad_()
        found.append(watched_gradient(f(leaf), leaf, torch.ones(3, 2)))
    remote, formula = found
    assert remote.isnan().all()
    assert torch.equal(remote.isnan(), formula.isnan())


def test_as_many_graphs_as_are_kept_have_gradients(kernel: StudentKernel) -> None:
    """All of the last calls can be gone back through, whichever comes first."""
    f = function(kernel, "def f(x): return x * 2")
    x = torch.ones(1, requires_grad=True)
    results = [f(x) for _ in range(GRAPHS)]
    sum(results).backward()

    assert x.grad.tolist() == [2 * GRAPHS]


def test_a_graph_that_is_no_longer_kept_is_not_the_students_fault(kernel: StudentKernel) -> None:
    """More calls than graphs are kept, and then a backward pass: the kernel and its author live."""
    f = function(kernel, "def f(x): return x * 2")
    first = kernel.generation
    x = torch.ones(1, requires_grad=True)
    results = [f(x) for _ in range(GRAPHS + 1)]
    with pytest.raises(RuntimeError) as caught:
        sum(results).backward()
    assert not isinstance(caught.value, Stopped)
    assert kernel.generation is first
    assert kernel.incidents.stops == []


def test_a_graph_ends_with_its_kernel(kernel: StudentKernel) -> None:
    """A backward pass through a kernel that is gone is an error, and the next call is none."""
    kernel.incidents.begin(9)
    f = function(kernel, "def f(x): return x * 2")
    x = torch.ones(1, requires_grad=True)
    result = f(x)
    kernel.close()
    with pytest.raises(RuntimeError):
        result.sum().backward()
    f(x).sum().backward()

    assert x.grad.tolist() == [2]


# Kernels that end


def test_a_function_is_found_again_in_the_next_kernel(kernel: StudentKernel) -> None:
    """A remote function outlives its kernel: the cells are run again, and the name is looked up."""
    define(kernel, "calls = []\ndef g(): return 'g'")
    first = kernel.generation
    define(kernel, "def f(x): calls.append(x); return len(calls), g()", number=2)
    f = fetched(kernel)
    assert f(1) == (1, "g")
    assert f(1) == (2, "g")
    kernel.close()

    assert f(1) == (1, "g")
    assert kernel.generation is not first


def test_a_cell_that_ended_the_kernel_is_not_run_again(kernel: StudentKernel) -> None:
    """The cells around it are, and only they."""
    define(kernel, "a = 1")
    ran = kernel.run(2, "b = 2; import os; os._exit(3)")
    define(kernel, "c = 3", number=3)

    assert (ran.stopped.reason, str(ran.stopped)) == ("kernel-died", "ended the kernel")
    assert ran.outputs[0]["evalue"] == "This cell ended the kernel."
    assert (kernel.get("a", dict), kernel.get("c", dict)) == (1, 3)
    with pytest.raises(KeyError, match=r"^'b'$"):
        kernel.get("b", dict)


def test_a_cell_that_ends_only_the_next_kernel_is_left_out(kernel: StudentKernel) -> None:
    """A cell that dies when it is run again is dropped then, and the others are kept."""
    define(kernel, "a = 1")
    define(kernel, "import os\nif os.path.exists('mark'): os._exit(1)\nb = 2", number=2)
    define(kernel, "c = 3", number=3)
    kernel.files = {"mark": b""}  # so that the next one has it
    kernel.close()

    assert (kernel.get("a", dict), kernel.get("c", dict)) == (1, 3)
    with pytest.raises(KeyError):
        kernel.get("b", dict)


@pytest.mark.parametrize(
    "ending",
    [
        pytest.param("import os; os._exit(0)", id="exit"),
        pytest.param("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", id="kill"),
        pytest.param("import ctypes; ctypes.string_at(8)", id="segfault"),
        pytest.param("import os; os.closerange(0, 256)", id="close-all"),
    ],
)
def test_a_kernel_that_dies_in_a_call_costs_the_call(kernel: StudentKernel, ending: str) -> None:
    """The caller is told, and other functions go on in the next kernel."""
    define(kernel, f"def f(): {ending}")
    first = kernel.generation
    define(kernel, "def g(): return 7", number=2)
    kernel.incidents.begin(9)
    f, g = fetched(kernel), fetched(kernel, "g")
    assert g() == 7
    with pytest.raises(Stopped, match=r"^ended the kernel$") as caught:
        f()
    assert caught.value.reason == "kernel-died"
    assert [name for name, _ in kernel.incidents.stops] == ["f"]
    assert g() == 7
    assert kernel.generation is not first


def test_a_kernel_that_is_killed_in_a_call_costs_the_call(
    kernel: StudentKernel, tmp_path: Any
) -> None:
    """Whoever kills it, and whenever: the call is stopped, and the function is there again."""
    import threading

    f = function(
        kernel,
        """
        import time
        def f(seconds):
            open("started", "w").close()
            time.sleep(seconds)
            return seconds
        """,
    )
    kernel.incidents.begin(9)
    folder, child = Path(kernel.process.job.scratch), kernel.process.child

    def kill() -> None:
        while not (folder / "started").exists():
            pass
        child._send(9)

    killer = threading.Thread(target=kill)
    killer.start()
    with pytest.raises(Stopped, match=r"^ended the kernel$"):
        f(60)
    killer.join()

    assert f(0) == 0


def test_what_is_slow_is_interrupted(new_kernel: NewKernel) -> None:
    """A call that takes too long is interrupted; the kernel and what it knows live on."""
    kernel = new_kernel(call_seconds=0.5)
    kernel.incidents.begin(9)
    f = function(kernel, "n = []\ndef f():\n    n.append(1)\n    while True: pass")
    first = kernel.generation
    with pytest.raises(Stopped, match=r"^ran for more than 0\.5 s$") as caught:
        f()
    assert caught.value.reason == "timeout"
    assert kernel.get("n", dict) == [1]
    assert kernel.generation is first


def test_a_name_that_takes_too_long_to_send_is_not_said_to_be_unbound(
    new_kernel: NewKernel,
) -> None:
    """Asking for a value that does not let itself be looked at is stopped like a call."""
    kernel = new_kernel(cell_seconds=0.5)
    define(
        kernel,
        """
        class Slow:
            @property
            def __class__(self):
                while True: pass
        x = Slow()
        """,
    )
    with pytest.raises(Stopped, match=r"^ran for more than 0\.5 s$"):
        kernel.get("x", dict)


@pytest.mark.parametrize(
    "loop",
    [
        pytest.param(
            "signal.signal(signal.SIGINT, signal.SIG_IGN)\n    while 1: pass", id="ignored"
        ),
        pytest.param(
            "while True:\n        try: time.sleep(60)\n        except BaseException: pass",
            id="caught",
            marks=pytest.mark.slow,
        ),
    ],
)
def test_what_does_not_heed_an_interrupt_is_killed(new_kernel: NewKernel, loop: str) -> None:
    """A call, or a cell, that goes on is ended with its kernel; the others are run again."""
    kernel = new_kernel(call_seconds=0.5, cell_seconds=1.0, wall_factor=1.0)
    kernel.incidents.begin(9)
    f = function(kernel, f"import signal, time\nx = 1\ndef f():\n    {loop}")
    with pytest.raises(Stopped, match=r"^ran for more than 0\.5 s$"):
        f()
    ran = kernel.run(2, "f()")

    assert ran.stopped.reason == "timeout"
    assert ran.outputs[0]["ename"] == "CellTimeoutError"
    assert kernel.get("x", dict) == 1


def test_strikes_end(kernel: StudentKernel) -> None:
    """After so many stops a call ends at once as the last one did, until somebody gives more."""
    f = function(
        kernel,
        """
        import os
        def f(die):
            if die: os._exit(0)
            return 7
        """,
    )
    kernel.incidents.begin(3)
    for _ in range(3):
        with pytest.raises(Stopped):
            f(True)
    with pytest.raises(Stopped, match=r"^ended the kernel$"):
        f(False)
    assert len(kernel.incidents.stops) == 3

    kernel.incidents.begin(1)
    assert f(False) == 7


def test_the_time_of_a_notebook_ends(new_kernel: NewKernel) -> None:
    """When it is over, every cell and call is stopped, and soon."""
    kernel = new_kernel(cell_seconds=60.0)
    define(kernel, "def f(): return 7")
    f = fetched(kernel)
    kernel.patience.seconds_left = 0.5
    assert kernel.run(2, "import time; time.sleep(60)").stopped.reason == "timeout"
    assert kernel.run(3, "time.sleep(60)").stopped.reason == "timeout"
    kernel.close()
    with pytest.raises(Stopped):
        f()


def test_answers_of_a_students_own_are_answers_to_nothing(kernel: StudentKernel) -> None:
    """Bytes that a cell writes to the kernel's socket end the kernel, and decide nothing."""
    define(kernel, "a = 1")
    forged = """
        import gc, socket, json, struct
        from socket import socket as Socket
        text = json.dumps({"id": 10 ** 6, "value": 5}).encode()
        for fd in range(3, 64):
            try:
                Socket(fileno=fd).send(struct.pack("!II", len(text), 0) + text)
            except OSError:
                pass
        """
    stopped = kernel.run(2, dedent(forged)).stopped
    assert stopped is not None
    assert stopped.reason == "kernel-died"
    assert stopped.detail == "an answer to nothing that was asked"
    assert kernel.get("a", dict) == 1


# Output


@pytest.mark.parametrize(
    "source",
    [
        pytest.param("print('x' * 10_000_000)", id="letters"),
        pytest.param("print('š' * 1_500_000)", id="other-letters"),
        pytest.param("print('\\0' * 1_500_000)", id="binary"),
        pytest.param("for n in range(500_000): print(n)", id="lines"),
        pytest.param(
            "import sys\nfor n in range(60_000): print('.', end=''), sys.stderr.write('.')",
            id="two-streams",
        ),
        pytest.param("raise ValueError('x' * 10_000_000)", id="exception"),
        pytest.param("display(*['x'] * 40_000)", id="displays"),
    ],
)
def test_a_flood_of_output_does_not_end_the_kernel(kernel: StudentKernel, source: str) -> None:
    """What is more than may be kept is dropped, and what the cell has bound stays."""
    define(kernel, "pass", number=0)
    first = kernel.generation
    ran = kernel.run(1, "x = 1\n" + source)

    assert ran.stopped is None
    assert kernel.get("x", dict) == 1
    assert kernel.generation is first


@pytest.mark.parametrize("where", ["call", "backward"])
def test_what_a_call_prints_goes_nowhere(kernel: StudentKernel, where: str) -> None:
    """A flood in a call or a backward pass costs nothing and is not kept."""
    flood = "print('x' * 5_000_000)"
    if where == "call":
        source = f"def f(x):\n    {flood}\n    return x * 2"
    else:
        source = f"def f(x):\n    y = x * 2\n    y.register_hook(lambda g: {flood})\n    return y"
    f = function(kernel, source)
    x = torch.ones(1, requires_grad=True)
    f(x).sum().backward()

    assert x.grad.tolist() == [2]
    assert kernel.run(2, "1").outputs[0]["data"]["text/plain"] == "1"


def test_operators_that_should_not_run_are_gathered(kernel: StudentKernel) -> None:
    """A remote function knows of all its calls which watched operators ran."""
    kernel.forbidden = ["aten._softmax", "aten.nll_loss*"]
    f = function(kernel, "def f(x, bad): return x.softmax(-1) if bad else x.exp()")
    f(torch.ones(2), False)
    assert f.forbidden == set()
    f(torch.ones(2), True)
    f(torch.ones(2), False)

    assert f.forbidden == {"aten._softmax"}
