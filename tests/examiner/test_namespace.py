"""A name in a grade cell is the cell's own, the instructor's, or the student's: in this order."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
import torch

from autograder.config import Sandbox
from autograder.examiner.namespace import Names
from autograder.isolation.clock import Patience
from autograder.isolation.file_access import readable
from autograder.isolation.remote_function import RemoteFunction
from autograder.isolation.student_kernel import StudentKernel
from autograder.isolation.values import CROSSES
from autograder.isolation.zygote import Zygote
from autograder.source_text import used_in_calls


@pytest.fixture(scope="module")
def zygote(processes: None) -> Iterator[Zygote]:
    """A zygote that has started."""
    with Zygote() as zygote:
        yield zygote


@dataclass
class Desk:
    """Where a grade cell meets a notebook.

    Args:
        kernel: the student's.
        names: the examiner's namespace.
    """

    kernel: StudentKernel
    names: Names

    def student(self, source: str) -> str:
        """Runs a cell of the student's; what it prints."""
        outputs = self.kernel.run(1, source).outputs
        assert [o for o in outputs if o["output_type"] == "error"] == []
        return "".join(output.get("text", "") for output in outputs).strip()

    def instructor(self, source: str) -> None:
        """Runs a cell of the instructor's in the examiner."""
        exec(compile(source, "<cell>", "exec"), self.names)

    def test(self, source: str) -> list[RemoteFunction]:
        """Runs a grade cell in the examiner; the functions that it asks for."""
        with self.names.as_test(source) as asked_for:
            self.instructor(source)
        return asked_for.functions


@pytest.fixture
def sit(zygote: Zygote) -> Iterator[Callable[..., Desk]]:
    """Sets up desks: `sit(asked={"f"}, taken={"x"})`."""
    limits = Sandbox().limits()
    paths = [str(path) for path in readable([])]
    kernels = []

    def make(asked: set[str] = frozenset(), taken: set[str] = frozenset()) -> Desk:  # type: ignore[assignment]
        patience = Patience(limits.notebook_seconds)
        kernel = StudentKernel(zygote.control, zygote.folder, {}, paths, [], limits, patience)
        kernels.append(kernel)
        return Desk(kernel, Names(kernel, set(asked), set(taken)))

    yield make
    for kernel in kernels:
        kernel.close()


@pytest.fixture
def desk(sit: Callable[..., Desk]) -> Desk:
    """A desk of a notebook whose student has to write f, and whose instructor binds x."""
    return sit(asked={"f"}, taken={"x", "torch"})


# The order -----------------------------------------------------------------------------------


def test_the_cells_own_name_comes_first(desk: Desk) -> None:
    """What a grade cell binds is what it uses, whatever the student calls by that name."""
    desk.student("expected = 'theirs'\nx = 'theirs'")
    desk.test("expected = 'own'\nx = 'own'\nseen = expected, x")
    assert desk.names["seen"] == ("own", "own")
    assert desk.student("print(expected, x)") == "theirs theirs"


def test_the_instructors_name_comes_before_the_students(desk: Desk) -> None:
    """Who rebinds a name of the instructor's cells gains nothing."""
    desk.student("x = 'theirs'\ntorch = 'theirs'")
    desk.instructor("import torch\nx = 'instructor'")
    desk.test("seen = x, torch.__name__")
    assert desk.names["seen"] == ("instructor", "torch")


def test_any_other_name_is_the_students(desk: Desk) -> None:
    """What neither binds comes from the notebook, functions that nobody asked for among it."""
    desk.student("import torch\ndata = [1, torch.ones(2)]\ndef helper():\n    return 3")
    desk.test("seen = data, helper()")
    assert desk.names["seen"][0][0] == 1
    assert torch.equal(desk.names["seen"][0][1], torch.ones(2))
    assert desk.names["seen"][1] == 3


def test_a_name_that_the_instructor_failed_to_bind_is_nobodys(desk: Desk) -> None:
    """Where the instructor's cell raised before it bound a name, the student's is not used."""
    desk.student("x = 'theirs'")
    with pytest.raises(ZeroDivisionError):
        desk.instructor("1 / 0\nx = 'instructor'")
    with pytest.raises(NameError, match=r"^name 'x' is not defined$"):
        desk.test("seen = x")


def test_what_the_student_has_to_write_is_never_the_instructors(desk: Desk) -> None:
    """An asked name is fetched even where a cell of the instructor's binds one like it."""
    desk.student("def f():\n    return 'theirs'")
    desk.instructor("def f():\n    return 'instructor'")
    desk.test("seen = f()")
    assert desk.names["seen"] == "theirs"
    assert desk.student("print(f())") == "theirs"


def test_a_name_that_nobody_binds_is_a_name_error(desk: Desk) -> None:
    """A function that was not written is an ordinary NameError in the test."""
    with pytest.raises(NameError, match=r"^name 'f' is not defined$"):
        desk.test("f(1)")
    with pytest.raises(NameError, match=r"^name 'nowhere' is not defined$"):
        desk.test("nowhere")


@pytest.mark.parametrize("name", ["len", "print", "AssertionError", "True", "__name__", "_x", "_"])
def test_builtins_and_private_names_are_never_the_students(desk: Desk, name: str) -> None:
    """A student who binds a builtin's name, or one with an underscore, changes no test."""
    if name != "True":
        desk.student(f"{name} = 'theirs'")
    try:
        desk.test(f"seen = {name}")
    except NameError:
        assert name.startswith("_")
    else:
        assert desk.names["seen"] != "theirs"


def test_a_builtins_name_that_was_asked_for_is_the_students(sit: Callable[..., Desk]) -> None:
    """An exercise may be to write `sum`."""
    desk = sit(asked={"sum", "_half"})
    desk.student("def sum(values):\n    return 42\ndef _half(x):\n    return x / 2")
    desk.test("seen = sum([1, 2]), _half(3)")
    assert desk.names["seen"] == (42, 1.5)


@pytest.mark.parametrize(
    "source",
    [
        "def check():\n    return f(2)\nseen = check()",
        "seen = [f(n) for n in (2,)][0]",
        "seen = (lambda n: f(n))(2)",
        "def outer():\n    def inner():\n        return f(2)\n    return inner\nseen = outer()()",
        "class Check:\n    def value(self):\n        return f(2)\nseen = Check().value()",
        "seen = eval('f(2)')",
    ],
    ids=["function", "comprehension", "lambda", "closure", "method", "eval"],
)
def test_names_are_found_in_every_scope(desk: Desk, source: str) -> None:
    """A function that the test defines looks its names up in the same order."""
    desk.student("def f(n):\n    return n + 1")
    desk.test(source)
    assert desk.names["seen"] == 3


def test_before_there_is_a_student_names_are_the_instructors_alone() -> None:
    """The first cells run without a kernel to ask: what they don't bind is not defined."""
    names = Names(None, {"f"}, {"x"})
    exec("x = 1\ntry:\n    f\nexcept NameError as error:\n    told = str(error)", names)
    assert (names["x"], names["told"]) == (1, "name 'f' is not defined")


# What the student's kernel sees of it ----------------------------------------------------------


def test_deleting_a_name_deletes_the_students(desk: Desk) -> None:
    """`del f` in a test: the student's other functions don't find it any more."""
    desk.student("def f():\n    return 1\ndef g():\n    return f()")
    desk.test(
        "kept = f\ndel f\n"
        "try:\n    g()\nexcept NameError as error:\n    told = str(error)\nf = kept\nseen = g()"
    )
    assert desk.names["told"] == "name 'f' is not defined"
    assert desk.names["seen"] == 1
    assert desk.student("print(f(), g())") == "1 1"


def test_rebinding_a_name_rebinds_the_students(desk: Desk) -> None:
    """A plain value put in the place of a student's name is what their functions use."""
    desk.student("import torch\nscale = 2\ndef f(x):\n    return scale * x")
    desk.instructor("import torch")
    desk.test("before = f(3)\nscale\nscale = torch.tensor(5)\nafter = f(3)\nseen = scale")
    assert (desk.names["before"], desk.names["after"].item()) == (6, 15)
    assert torch.equal(desk.names["seen"], torch.tensor(5))
    assert desk.student("print(scale)") == "tensor(5)"


def test_what_a_test_binds_is_its_own(desk: Desk) -> None:
    """A solution's cell may bind the same name: the student never reads what a test expects."""
    desk.student("want = 0\ndef f(x):\n    return want")
    desk.names.hand_over(["want"])
    desk.test("for x, want in [(1, 2), (2, 4)]:\n    seen = f(x)\nkept = want")
    assert (desk.names["seen"], desk.names["kept"]) == (0, 4)
    assert desk.student("print(want)") == "0"
    desk.test("want = [5]\ndel want\nseen = want")
    assert desk.names["seen"] == 0


def test_what_functions_look_for_is_put_in_its_place(sit: Callable[..., Desk]) -> None:
    """A name that the solution's functions use when they are called: a rate, a helper."""
    desk = sit(asked={"rate"})
    desk.names.read_in_calls = used_in_calls("rate = 1\ndef f(x):\n    return rate * x")
    desk.student("rate = 1\ndef f(x):\n    return rate * x")
    desk.test("rate = 3\nseen = f(2)")
    assert desk.names["seen"] == 6


def test_a_students_function_can_stand_for_another(desk: Desk) -> None:
    """`f = g` of two of the student's functions crosses as what it is there."""
    desk.student("def f():\n    return 'f'\ndef g():\n    return 'g'\ndef h():\n    return f()")
    desk.test("f = g\nseen = f(), h()")
    assert desk.names["seen"] == ("g", "g")


def test_a_function_of_the_tests_can_not_stand_for_a_students(desk: Desk) -> None:
    """A mock would have to run in the examiner: it is refused in a sentence."""
    desk.student("def f():\n    return 'f'")
    with pytest.raises(TypeError) as caught:
        desk.test("f = lambda: 1")
    assert str(caught.value) == f"a value of type function can't cross: {CROSSES}."
    assert desk.student("print(f())") == "f"


def test_deleting_what_is_nobodys_is_a_name_error(desk: Desk) -> None:
    """As in one kernel: a name that is not there can't be deleted."""
    with pytest.raises(NameError, match=r"^name 'nowhere' is not defined$"):
        desk.test("del nowhere")


def test_the_cells_own_names_are_deleted_here(desk: Desk) -> None:
    """`del` of a name that the test itself bound leaves the student's alone."""
    desk.student("out = 'theirs'")
    desk.test("out = 'own'\ndel out\nseen = out")
    assert desk.names["seen"] == "theirs"
    assert desk.student("print(out)") == "theirs"


def test_the_instructors_cells_rebind_nothing_of_the_students(desk: Desk) -> None:
    """Only a test acts in the student's kernel: a stub in another cell does not."""
    desk.student("def f():\n    return 'theirs'")
    desk.instructor("f = None")
    assert desk.student("print(f())") == "theirs"


# What crosses --------------------------------------------------------------------------------


VALUES: dict[str, tuple[str, Any]] = {
    "int": ("3", 3),
    "big-int": ("10 ** 30", 10**30),
    "float": ("0.5", 0.5),
    "infinity": ("float('-inf')", -math.inf),
    "bool": ("True", True),
    "none": ("None", None),
    "text": ("'ŷ'", "ŷ"),
    "list": ("[1, [2.0, 'a']]", [1, [2.0, "a"]]),
    "tuple": ("(1, (2,))", (1, (2,))),
    "set": ("{1, 2}", {1, 2}),
    "dict": ("{'a': 1, (1, 2): [3]}", {"a": 1, (1, 2): [3]}),
    "dtype": ("torch.float64", torch.float64),
    "size": ("torch.ones(2, 3).shape", torch.Size([2, 3])),
    "range": ("range(1, 7, 2)", range(1, 7, 2)),
    "numpy-number": ("np.float32(0.25)", np.float32(0.25)),
}


@pytest.mark.parametrize(("source", "expected"), VALUES.values(), ids=list(VALUES))
def test_plain_values_cross(desk: Desk, source: str, expected: Any) -> None:
    """A student's datum is an equal one of the same type."""
    desk.student(f"import numpy as np, torch\nvalue = {source}")
    desk.test("seen = value")
    assert desk.names["seen"] == expected
    assert type(desk.names["seen"]) is type(expected)


@pytest.mark.parametrize(
    ("source", "what"),
    [
        ("class value:\n    pass", "a type"),
        ("import torch as value", "an object"),
        ("class Mine:\n    pass\nvalue = Mine()", "an object"),
        ("import torch\nvalue = torch.nn.Parameter(torch.ones(1))", "a Parameter"),
        ("class int(int):\n    pass\nvalue = int(3)", "an object"),
        ("value = iter([])", "an object"),
        ("value = 1j", "a complex"),
        ("value = range(10**6)", "a range"),
    ],
    ids=["class", "module", "object", "parameter", "subclass", "iterator", "complex", "long-range"],
)
def test_anything_else_is_refused_in_one_sentence(desk: Desk, source: str, what: str) -> None:
    """The test is told the kind of it, where that is no name of the student's, and what crosses."""
    desk.student(source)
    with pytest.raises(TypeError) as caught:
        desk.test("value")
    assert str(caught.value) == f"value is {what}, which can't cross: {CROSSES}."


def test_a_function_crosses_with_its_signature(desk: Desk) -> None:
    """A remote function tells its parameters and its docstring, so that a test can look at them."""
    desk.student("def f(x, *, scale=2):\n    'Scales.'\n    return scale * x")
    functions = desk.test(
        "import inspect\nseen = str(inspect.signature(f)), f.__doc__, f.__name__, callable(f)"
    )
    assert desk.names["seen"] == ("(x, *, scale=2)", "Scales.", "f", True)
    assert [type(function) for function in functions] == [RemoteFunction] * 4
