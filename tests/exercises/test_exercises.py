"""What is asked: names, points, hints and references, as the handout states them."""

import sys

import pytest

from autograder import exercises
from autograder.checks import Check, Exercise, judge
from autograder.exercises import all_exercises, binary, find, multiclass

EXERCISES = all_exercises()
by_exercise = pytest.mark.parametrize("exercise", EXERCISES, ids=lambda e: e.name)

# Each hidden cell's points, and its checks in order.
POINTS = {
    "bce": (
        4,
        "demo 0.5, values 1.0, reductions 0.5, dtype 0.25, saturated 0.5, soft-targets 0.25, "
        "edges 0.25, gradient 0.5, inputs 0.25",
    ),
    "bce_with_logits": (
        4,
        "demo 0.5, values 1.0, reductions 0.5, dtype 0.25, large-logits 0.5, soft-targets 0.25, "
        "edges 0.25, gradient 0.5, inputs 0.25",
    ),
    "softmax": (
        3,
        "demo 0.5, values 1.0, dtype 0.25, large-logits 0.5, edges 0.25, gradient 0.25, "
        "inputs 0.25",
    ),
    "log_softmax": (
        3,
        "demo 0.5, values 1.0, dtype 0.25, large-logits 0.5, edges 0.25, gradient 0.25, "
        "inputs 0.25",
    ),
    "nll": (
        3,
        "demo 0.5, values 1.0, reductions 0.5, dtype 0.25, edges 0.25, gradient 0.25, inputs 0.25",
    ),
    "cross_entropy": (
        5,
        "demo 0.5, values 1.25, reductions 0.75, dtype 0.25, large-logits 1.0, edges 0.25, "
        "gradient 0.75, inputs 0.25",
    ),
}


def test_every_function_is_asked_for_once():
    """The two notebooks ask for these six functions."""
    assert [exercise.name for exercise in EXERCISES] == list(POINTS)


@by_exercise
def test_points_add_up(exercise):
    """The named checks and their points are as announced: multiples of 0.25 that add exactly."""
    total, checks = POINTS[exercise.name]
    assert ", ".join(f"{check.name} {check.points}" for check in exercise.checks) == checks
    assert exercise.points == total
    assert all(check.points > 0 and check.points % 0.25 == 0 for check in exercise.checks)


@by_exercise
def test_side_checks_come_after_the_values_that_they_need(exercise):
    """dtype, edges and inputs pay only where values is right, and no other check asks for it."""
    names = [check.name for check in exercise.checks]
    needing = {check.name: check.needs for check in exercise.checks if check.needs}
    assert needing == dict.fromkeys(("dtype", "edges", "inputs"), "values")
    assert all(names.index("values") < names.index(name) for name in needing)


@by_exercise
def test_every_hint_is_a_sentence(exercise):
    """No check and no known mistake leaves a student without a hint."""
    hints = [part.hint for part in (*exercise.checks, *exercise.mistakes)]
    assert [hint for hint in hints if len(hint) < 30 or not hint.endswith((".", "?"))] == []


@by_exercise
@pytest.mark.parametrize(
    "key", [None, b"one", b"another", bytes(32)], ids=["public", "one", "another", "zeros"]
)
def test_the_reference_gets_full_marks(exercise, key):
    """torch's own function passes every check of every student, and is told nothing."""
    result = judge(exercise, exercise.reference, key)
    assert result.score == result.max_score == POINTS[exercise.name][0]
    assert {check.message + check.hint for check in result.checks} == {""}


@by_exercise
def test_an_exercise_is_found_by_name(exercise):
    """find looks into every notebook's module."""
    assert find(exercise.name) is exercise


def test_an_unknown_name_is_told_what_there_is():
    """A name that no module has is refused with those that there are."""
    with pytest.raises(LookupError) as caught:
        find("hinge")
    assert str(caught.value) == (
        "0 exercises are called 'hinge'; there are: bce, bce_with_logits, cross_entropy, "
        "log_softmax, nll, softmax."
    )


def test_a_name_that_two_modules_have_is_refused(monkeypatch):
    """Which of two exercises of one name is meant can't be known."""
    monkeypatch.setattr(binary, "EXERCISES", (*binary.EXERCISES, multiclass.NLL))
    with pytest.raises(LookupError, match="2 exercises are called 'nll'"):
        find("nll")


@pytest.fixture
def modules(monkeypatch, tmp_path):
    """A folder that exercises are looked for in, instead of the kit's own."""
    monkeypatch.setattr(exercises, "__path__", [str(tmp_path)])
    exercises._modules.cache_clear()
    yield tmp_path
    exercises._modules.cache_clear()
    for name in [name for name in sys.modules if name.startswith("autograder.exercises.broken")]:
        del sys.modules[name]


MISTAKEN = {
    "syntax": ("x = 1\ndef f(:\n", "SyntaxError in {file}, line 2: "),
    "import": ("import not_here\n", "ModuleNotFoundError in {file}, line 1: "),
    "exit": ("\nraise SystemExit(3)\n", "SystemExit in {file}, line 2: "),
}


@pytest.mark.parametrize(("text", "says"), MISTAKEN.values(), ids=list(MISTAKEN))
def test_a_module_that_does_not_import_is_told_where_something_is_asked_of_it(modules, text, says):
    """With file and line; what other modules ask is there as before."""
    file = modules / "broken_one.py"
    file.write_text(text)
    (modules / "broken_not.py").write_text(
        "from autograder.checks import Exercise\nEXERCISES = (Exercise('fine', abs, ()),)\n"
    )
    assert find("fine").name == "fine"
    with pytest.raises(LookupError) as caught:
        find("mse")
    assert str(caught.value).startswith(
        "0 exercises are called 'mse'; there are: fine. autograder.exercises.broken_one does not "
        f"import: {says.format(file=file)}"
    )


@pytest.mark.parametrize("names", [("values", "values"), ("dtype", "values"), ("dtype",)])
def test_checks_that_do_not_fit_together_are_refused(names):
    """Two of one name, and one that needs what is not before it, are no exercise."""
    needs = {"dtype": "values"}
    checks = tuple(Check(name, 1.0, id, "", needs.get(name, "")) for name in names)
    with pytest.raises(ValueError, match="'values'"):
        Exercise("mse", abs, checks)
