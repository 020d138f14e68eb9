"""What is asked: names, points, hints and references, as the handout states them."""

import sys

import pytest

from autograder import exercises
from autograder.checks import Check, Exercise, Mistake, judge
from autograder.exercises import all_exercises, find

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


@pytest.fixture
def modules(monkeypatch, tmp_path):
    """A folder that exercises are looked for in, instead of the kit's own."""
    monkeypatch.setattr(exercises, "__path__", [str(tmp_path)])
    exercises._modules.cache_clear()
    yield tmp_path
    exercises._modules.cache_clear()
    for name in [name for name in sys.modules if name.startswith("autograder.exercises.broken")]:
        del sys.modules[name]


FINE = "from autograder.checks import Exercise\nEXERCISES = (Exercise('fine', abs, ()),)\n"


def test_a_name_that_two_modules_have_is_refused(modules):
    """Which of two exercises of one name is meant can't be known."""
    for name in ("broken_one", "broken_two"):
        (modules / f"{name}.py").write_text(FINE)
    with pytest.raises(LookupError, match="2 exercises are called 'fine'"):
        find("fine")


def beside_a_fine_one(modules, text):
    """A module of this text beside one that is right: its file, and what is told of `mse`."""
    file = modules / "broken_one.py"
    file.write_text(text)
    (modules / "broken_not.py").write_text(FINE)
    assert find("fine").name == "fine"
    with pytest.raises(LookupError) as caught:
        find("mse")
    return file, str(caught.value)


MISTAKEN = {
    "syntax": ("x = 1\ndef f(:\n", "SyntaxError in {file}, line 2: "),
    "import": ("import not_here\n", "ModuleNotFoundError in {file}, line 1: "),
    "exit": ("\nraise SystemExit(3)\n", "SystemExit in {file}, line 2: "),
    "checks": (
        "from autograder.checks import Exercise\nE = Exercise('mse', abs, None)\n",
        "TypeError in {file}, line 2: checks of mse is None, not a tuple of Checks.",
    ),
}


@pytest.mark.parametrize(("text", "says"), MISTAKEN.values(), ids=list(MISTAKEN))
def test_a_module_that_does_not_import_is_told_where_something_is_asked_of_it(modules, text, says):
    """With file and line; what other modules ask is there as before."""
    file, told = beside_a_fine_one(modules, text)
    assert told.startswith(
        "0 exercises are called 'mse'; there are: fine. autograder.exercises.broken_one does not "
        f"import: {says.format(file=file)}"
    )


HUBER = "from autograder.checks import Exercise\nHUBER = Exercise('huber', abs, ())\n"
UNLISTED = {
    "comma": (
        f"{HUBER}EXERCISES = (HUBER)",
        "EXERCISES in {file} is an Exercise, not a tuple of them: write (HUBER,).",
    ),
    "comma-without-a-name": (
        HUBER.replace("HUBER", "EXERCISES"),
        "EXERCISES in {file} is an Exercise, not a tuple of them: write (…,).",
    ),
    "none": (f"{HUBER}EXERCISES = None", "EXERCISES in {file} is None, not a tuple of Exercises."),
    "dict": (
        f"{HUBER}EXERCISES = {{'huber': HUBER}}",
        "EXERCISES in {file} is a dict, not a tuple of Exercises.",
    ),
    "items": (
        f"{HUBER}EXERCISES = (HUBER, HUBER.reference)",
        "EXERCISES in {file} has a builtin_function_or_method in it, which is no Exercise.",
    ),
    "lazy": (
        f"{HUBER}def __getattr__(name):\n    return {{}}[name]",
        "EXERCISES in {file} can't be read: KeyError in {file}, line 4: 'EXERCISES'.",
    ),
    "misspelt": (
        f"{HUBER}EXERCISE = (HUBER,)",
        "huber in {file} is not in its EXERCISES.",
    ),
    "in-a-list": (
        f"{HUBER}EXERCISE = [HUBER]\ndel HUBER",
        "huber in {file} is not in its EXERCISES.",
    ),
    "left-out": (f"{HUBER}EXERCISES = ()", "huber in {file} is not in its EXERCISES."),
    "helper": ("from autograder.exercises.broken_not import EXERCISES as E\nHALF = 0.5", ""),
}


@pytest.mark.parametrize(("text", "says"), UNLISTED.values(), ids=UNLISTED)
def test_exercises_that_are_not_listed_are_told_where_one_is_not_found(modules, text, says):
    """With the file and what is wrong there; the others are there, and a helper is no mistake."""
    file, told = beside_a_fine_one(modules, text)
    parts = ["0 exercises are called 'mse'; there are: fine.", says.format(file=file)]
    assert told == " ".join(filter(None, parts))


WRONG_PARTS = {
    "name": ({"name": 3}, "the name of an Exercise is an int, not a string"),
    "reference": ({"reference": "mse"}, "reference of mse is a str, which can't be called"),
    "check": (
        {"checks": Check("values", 1.0, id, "")},
        "checks of mse is a Check, not a tuple of them: write (…,)",
    ),
    "no-check": (
        {"checks": ("values",)},
        "checks of mse has a str in it, which is no Check",
    ),
    "mistake": (
        {"mistakes": Mistake(abs, "")},
        "mistakes of mse is a Mistake, not a tuple of them: write (…,)",
    ),
    "by-hand": (
        {"by_hand": {"aten.mse_loss": "squared error"}},
        "by_hand of mse is a dict, not a ByHand",
    ),
}


@pytest.mark.parametrize(("part", "says"), WRONG_PARTS.values(), ids=WRONG_PARTS)
def test_an_exercise_of_wrong_parts_is_refused(part, says):
    """Where it is made: or every course, or the first wrong answer, would meet it."""
    with pytest.raises(TypeError) as caught:
        Exercise(**{"name": "mse", "reference": abs, "checks": (), **part})
    assert str(caught.value).rstrip(".") == says


@pytest.mark.parametrize("names", [("values", "values"), ("dtype", "values"), ("dtype",)])
def test_checks_that_do_not_fit_together_are_refused(names):
    """Two of one name, and one that needs what is not before it, are no exercise."""
    needs = {"dtype": "values"}
    checks = tuple(Check(name, 1.0, id, "", needs.get(name, "")) for name in names)
    with pytest.raises(ValueError, match="'values'"):
        Exercise("mse", abs, checks)
