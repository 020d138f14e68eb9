"""A trial calls a function on copies, and says how the call failed."""

import functools
from dataclasses import replace

import pytest
import torch

from autograder.checks import judge, kinds
from autograder.checks.comparison import Failure
from autograder.checks.draws import Seeds
from autograder.checks.questions import Several
from autograder.checks.trial import CALL, MOST_MORE, TAKE, WRITE, Trial, magnitude
from autograder.raised import StudentsDoing, marked

Z, K = torch.tensor([1.0, -2.0, 3.0]), torch.tensor([1, 2, 3])
PLACE = "for z of shape (3,) and k of shape (3,)."


@pytest.fixture
def trial(exercise):
    """Makes a trial of a function."""

    def make(function):
        return Trial("values", function, exercise.reference, Seeds(exercise.name))

    return make


def failure(trial, **options):
    """What a call that fails says, and its hint."""
    with pytest.raises(Failure) as caught:
        trial.call((Z, K), **options)
    return str(caught.value), caught.value.hint


def line(function, offset):
    """The number of the line that is `offset` below the function's `def`."""
    return function.__code__.co_firstlineno + offset


# A call that returns -------------------------------------------------------------------------


def test_a_call_gives_what_the_function_returns(trial):
    """Arguments go by position, options by name, and the attempt is remembered."""
    attempted = trial(lambda z, k, reduction: (z.tolist(), k.tolist(), reduction))
    answer = attempted.call((Z, K), reduction="sum")
    assert answer == ([1.0, -2.0, 3.0], [1, 2, 3], "sum")
    (attempt,) = attempted.attempts
    assert (attempt.options, attempt.answer) == ({"reduction": "sum"}, answer)


def test_a_call_hands_out_copies(trial):
    """What the function does to its arguments reaches neither the case nor the attempt."""
    attempted = trial(lambda z, k: z.zero_() + k.zero_())
    attempted.call((z := Z.clone(), k := K.clone()))
    assert torch.equal(z, Z)
    assert torch.equal(k, K)
    assert torch.equal(attempted.attempts[0].arguments[0], Z)


def test_call_with_hands_out_the_arguments_themselves(trial):
    """Where a check asks what becomes of the arguments, the function may change them."""
    trial(lambda z, k: z.zero_()).call_with((z := Z.clone(), K))
    assert torch.equal(z, torch.zeros(3))


def test_the_reference_computes_in_float64(trial):
    """What is expected has no rounding of float32; whole numbers stay whole."""
    expected = trial(None).expected((torch.tensor([0.1]), torch.tensor([3])), reduction="sum")
    assert expected.dtype == torch.float64
    assert float(expected) == 3 * float(torch.tensor(0.1).double())


@pytest.mark.parametrize(
    ("arguments", "options", "expected"),
    [
        pytest.param((Z,), {}, "z of shape (3,)", id="one"),
        pytest.param((Z, K), {}, "z of shape (3,) and k of shape (3,)", id="two"),
        pytest.param(
            (Z[0], K[:, None]),
            {"reduction": "mean"},
            "z of shape (), k of shape (3, 1) and reduction='mean'",
            id="option",
        ),
    ],
)
def test_the_place_names_shapes_and_no_values(trial, arguments, options, expected):
    """What a function was called with is told by name, shape and option."""
    assert trial(None).where(arguments, options) == expected


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        pytest.param((Z, K), 3.0, id="largest"),
        pytest.param((torch.tensor([-5.0, 1.0]),), 5.0, id="negative"),
        pytest.param((torch.tensor([900]),), 0.0, id="whole-numbers"),
        pytest.param((torch.zeros(0),), 0.0, id="empty"),
    ],
)
def test_magnitude_is_the_largest_floating_size(arguments, expected):
    """Whole numbers are labels and have no size."""
    assert magnitude(arguments) == expected


def test_an_answer_is_judged_by_the_size_of_its_arguments(trial):
    """What is lost to rounding grows with the numbers that went in."""
    attempted = trial(lambda z, k: z * k + 0.005)
    attempted.compare((torch.tensor([1e-3, -1e4]), torch.tensor([1, 0])))
    with pytest.raises(Failure):
        attempted.compare((torch.tensor([1e-3, -10.0]), torch.tensor([1, 0])))


# A call that fails ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("function", "message"),
    [
        pytest.param(None, "is a NoneType, not a function.", id="none"),
        pytest.param(Z, "is a Tensor, not a function.", id="tensor"),
        pytest.param("weigh", "is a str, not a function.", id="text"),
    ],
)
def test_what_is_no_function_fails(trial, function, message):
    """A name that holds something else is told what it holds."""
    assert failure(trial(function)) == (message, "")


def test_an_unwritten_function_fails(trial):
    """The released cell's NotImplementedError is told as that, and what to do."""

    def weigh(z, k):
        raise NotImplementedError

    message = "is not written yet: it raises NotImplementedError."
    assert failure(trial(weigh)) == (message, WRITE)


def test_a_kernel_that_torch_lacks_is_no_unwritten_function(trial):
    """torch raises NotImplementedError too, on whole numbers: that is told as an error."""

    def weigh(z, k):
        return k.softmax(0)

    assert failure(trial(weigh)) == (
        f"raises a NotImplementedError in line {line(weigh, 1)}, `return k.softmax(0)`, {PLACE}",
        CALL,
    )


def test_an_exception_is_told_by_type_and_line(trial):
    """The text of an exception is left out: it may hold the hidden arguments."""

    def weigh(z, k):
        seen = str(z)
        raise ValueError(seen)

    assert failure(trial(weigh)) == (
        f"raises a ValueError in line {line(weigh, 2)}, `raise ValueError(seen)`, {PLACE}",
        CALL,
    )


def test_the_line_is_the_students_own(trial):
    """An error deep in a library is placed at the student's innermost line."""

    def weigh(z, k):
        return helper(z)

    def helper(z):
        return torch.nn.functional.pad(z, "wide")

    told = f"raises a TypeError in line {line(helper, 1)}, `return torch.nn.functional.pad(z, "
    assert failure(trial(weigh))[0].startswith(told)


def test_a_line_is_quoted_as_far_as_it_may_be_shown(trial, tmp_path):
    """A constant in it may hold anything, and be long."""
    path = tmp_path / "cell.py"
    path.write_text(f"def weigh(z, k): return z / k.x, '\x1b[2J{'y' * 9000}'")
    names = {}
    exec(compile(path.read_text(), str(path), "exec"), names)
    told = failure(trial(names["weigh"]))[0]
    assert "`def weigh(z, k): return z / k.x, '?[2Jyyy" in told
    assert told.isprintable()
    assert len(told) < 350


def test_a_line_without_source_is_told_by_number(trial):
    """Where the source is gone, its line's number is left."""
    names = {}
    exec(compile("def weigh(z, k):\n    return z / k.missing", "<cell>", "exec"), names)
    assert failure(trial(names["weigh"]))[0] == f"raises an AttributeError in line 2, {PLACE}"


def test_a_function_without_code_has_no_line(trial):
    """A builtin or a partial that raises is told by type."""
    assert failure(trial(functools.partial(int, "x")))[0] == f"raises a TypeError {PLACE}"


@pytest.mark.parametrize(
    ("function", "what"),
    [
        pytest.param(lambda z, k: z, "takes no argument `reduction`", id="no-such-name"),
        pytest.param(lambda z, reduction: z, "does not take 3 arguments", id="too-few"),
        pytest.param(lambda z, k, m, reduction: z, "does not take 3 arguments", id="too-many"),
    ],
)
def test_a_call_that_a_signature_does_not_take_is_told_as_it_is_made(trial, function, what):
    """Its author reads what is missing and how it is called, and no line: none of theirs ran."""
    text = f"{what}: it is called as weigh(z, k, reduction='sum')."
    assert failure(trial(function), reduction="sum") == (text, TAKE)


def test_a_type_error_inside_a_function_is_one_of_its_lines(trial):
    """A signature that takes the call is not blamed."""

    def weigh(z, k, reduction):
        return len(reduction + 1)

    assert failure(trial(weigh), reduction="sum")[0].startswith(
        f"raises a TypeError in line {line(weigh, 1)}, `return len(reduction + 1)`, for z"
    )


def test_no_line_is_told_where_another_process_knows_none(trial):
    """The frames here are the kit's own."""

    def weigh(z, k):
        raise marked(ValueError("far away"), StudentsDoing())

    assert failure(trial(weigh))[0] == f"raises a ValueError {PLACE}"


@pytest.mark.parametrize(
    ("error", "name"),
    [
        (SystemExit(1), "a SystemExit"),
        (RecursionError(), "a RecursionError"),
        (StopIteration(), "a StopIteration"),
        (AssertionError("z"), "an AssertionError"),
        (BaseException("z"), "a BaseException"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_any_exception_is_the_functions_own_failure(trial, error, name):
    """Whatever the function raises, SystemExit too, fails this call and nothing else."""

    def weigh(z, k):
        raise error

    assert failure(trial(weigh))[0] == (
        f"raises {name} in line {line(weigh, 1)}, `raise error`, {PLACE}"
    )


def test_a_made_up_exception_tells_nothing_of_the_arguments(trial):
    """A type that the function makes on the spot can't carry a hidden value out by its name."""

    def weigh(z, k):
        raise type(f"Seen{int(z[2])}{int(k[1])}", (ValueError,), {})

    assert failure(trial(weigh))[0].startswith("raises an object of a class of its own in line ")


def test_an_interrupt_goes_through(trial):
    """KeyboardInterrupt is the time limit's, and not the function's to raise."""

    def weigh(z, k):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        trial(weigh).call((Z, K))


# Several calls -------------------------------------------------------------------------------


class Far(Several):
    """A function that notes how it was asked; it takes several calls at once if it is `quick`."""

    def __init__(self, function, quick=True):
        self.function, self.quick, self.asked = function, quick, []

    def __call__(self, *args, **kwargs):
        self.asked.append(1)
        return self.function(*args, **kwargs)

    def together(self, calls):
        if not self.quick:
            return []
        self.asked.append(len(calls))
        return [functools.partial(self.function, *args, **kwargs) for args, kwargs in calls]


def asked(trial, function, *, together, count=4):
    """How often a function is asked for how many calls, all of which are right."""
    attempted = trial(function)
    attempted.together = together
    for question in [attempted.ask((Z * n, K)) for n in range(count)]:
        attempted.judge(question)
    assert [float(attempt.answer[0]) for attempt in attempted.attempts] == [0, 1, 2, 3]
    return function.asked


@pytest.mark.parametrize(
    ("together", "quick", "expected"),
    [
        pytest.param(True, True, [4], id="all"),
        pytest.param(False, True, [1, 3], id="the-first-alone"),
        pytest.param(True, False, [1, 1, 1, 1], id="not-quick"),
    ],
)
def test_questions_are_sent_together(trial, together, quick, expected):
    """Where the function has failed before, the first is: the others may not be wanted."""
    assert asked(trial, Far(torch.mul, quick), together=together) == expected


def test_a_function_beside_us_is_called_when_its_answer_is_wanted(trial):
    """Nothing is gained by calling it for what is never looked at."""
    calls = []
    attempted = trial(lambda z, k: calls.append(z) or z * k)
    attempted.together = True
    first, _, third = [attempted.ask((Z * n, K)) for n in range(3)]
    assert calls == []
    attempted.judge(first)
    attempted.judge(third)
    assert [float(z[0]) for z in calls] == [0, 2]


def test_a_failure_is_that_of_its_own_call(trial):
    """Each raises where it is answered."""
    attempted = trial(Far(lambda z, k: z * k if z[0] != 2 else 1 / 0))
    attempted.together = True
    questions = [attempted.ask((Z * n, K)) for n in range(4)]
    for place, question in enumerate(questions):
        if place == 2:
            with pytest.raises(Failure, match="raises a ZeroDivisionError"):
                attempted.judge(question)
        else:
            attempted.judge(question)


def test_a_question_belongs_to_its_own_draw(exercise, case):
    """Whether it is secret is known when it is answered, though others were asked meanwhile."""
    attempted = Trial("values", torch.mul, exercise.reference, Seeds(exercise.name, b"key"))
    questions = [attempted.ask(case(draw)) for draw in attempted.draws(4)]
    secret = []
    for question in questions:
        attempted.judge(question)
        secret.append(attempted.secret)
    assert secret == [False, True, False, True]
    assert [attempt.secret for attempt in attempted.attempts] == secret


def test_what_is_asked_after_a_pass_is_asked_together(exercise, case):
    """judge lets a check's calls go together where every check before was passed."""
    checks = tuple(kinds.values(name, 1.0, case, "", draws=4) for name in ("a", "b", "c"))
    known = replace(exercise, checks=checks)
    right = Far(exercise.reference)
    judge(known, right)
    assert right.asked == [1, 3, 4, 4]
    wrong = Far(torch.add)
    judge(known, wrong)
    assert wrong.asked == [1, 3, 1, 3, 1, 3, 1]  # and once more, by itself


def test_more_answers_are_got_after_a_wrong_one_and_none_after_one_that_raised(exercise, case):
    """A call that was stopped may have taken its whole time: the next would too."""
    checks = (kinds.values("values", 1.0, case, "", draws=12),)
    known = replace(exercise, checks=checks)
    calls = []

    def raising(z, k):
        calls.append(z)
        raise ValueError

    judge(known, raising)
    assert len(calls) == 1
    calls.clear()
    judge(known, lambda z, k: calls.append(z) or z + k)
    assert len(calls) == 1 + MOST_MORE + 1  # and the first once more
