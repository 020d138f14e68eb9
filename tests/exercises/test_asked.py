"""Whose an exercise is: a course's own modules, whatever they are named like, and what is wrong."""

from __future__ import annotations

import inspect
from pathlib import Path

import pytest
import torch

from autograder.checks import Exercise
from autograder.exercises.asked import Asked, load
from autograder.exercises.modules import BUNDLED, Modules, bundled_names, of
from autograder.exercises.source import as_source

MODULE = """
from autograder.checks import Exercise

def reference(z):
    return z + {number}

EXERCISES = (Exercise({name!r}, reference, ()),)
"""
FINE = MODULE.format(name="fine", number=1)


def written(course: Path, texts: dict[str, str]) -> Path:
    """A course with these files in its exercises/."""
    for name, text in texts.items():
        path = course / "exercises" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return course


def asked(course: Path, assignment: str = "hw-1", others: tuple[str, ...] = ()) -> Asked:
    """What an assignment of a course asks."""
    return load(of(course, assignment, (assignment, *others)))


@pytest.mark.parametrize("name", ["hw-1", "hw1.5", "1", "Übung 1", "class", "json"])
@pytest.mark.parametrize("file", ["{}.py", "{}/__init__.py", "{}/binary.py", "{}/a/b-c.py"])
def test_an_assignments_exercises_lie_in_what_is_named_like_it(
    tmp_path: Path, name: str, file: str
) -> None:
    """A module or a folder; the name need be none of Python's, and may be a package's."""
    course = written(tmp_path, {file.format(name): FINE, "other.py": "import not_here"})
    assert asked(course, name, ("other",)).find("fine").reference(1) == 2


def test_a_name_belongs_to_its_assignment(tmp_path: Path) -> None:
    """Two assignments of a course, and of two courses, ask for one name, each for its own."""
    texts = {f"hw-{n}.py": MODULE.format(name="softmax", number=n) for n in (1, 2)}
    one = written(tmp_path / "one", texts)
    two = written(tmp_path / "two", {"hw-1.py": MODULE.format(name="softmax", number=3)})
    found = [asked(one, "hw-1", ("hw-2",)), asked(one, "hw-2", ("hw-1",)), asked(two)]
    assert [each.find("softmax").reference(0) for each in found] == [1, 2, 3]


def test_modules_import_what_lies_beside_them(tmp_path: Path) -> None:
    """In their folder, and in exercises/ what is no other assignment's."""
    course = written(
        tmp_path,
        {
            "shared.py": "NAME = 'fine'",
            "hw-1/rule.py": "NUMBER = 1",
            "hw-1/binary.py": FINE.replace("'fine'", "NAME").replace("z + 1", "z + NUMBER")
            + "from ..shared import NAME as N; from .rule import NUMBER\n",
            "hw-2.py": "from . import shared",
        },
    )
    text = (course / "exercises" / "hw-1" / "binary.py").read_text()
    imports = "from ..shared import NAME\nfrom .rule import NUMBER\n"
    (course / "exercises" / "hw-1" / "binary.py").write_text(imports + text)
    assert asked(course, others=("hw-2",)).find("fine").reference(1) == 2
    stolen = written(tmp_path / "b", {"hw-1.py": f"from .hw2 import *\n{FINE}", "hw2.py": FINE})
    assert "ModuleNotFoundError" in asked(stolen, others=("hw2",)).broken[0]


def test_a_courses_own_module_takes_a_bundled_ones_place(tmp_path: Path) -> None:
    """Whole: nothing of the bundled assignment's is asked beside it."""
    [name] = bundled_names()
    assert len(asked(tmp_path, name).exercises) == 6
    course = written(tmp_path, {f"{name}.py": FINE})
    assert [exercise.name for exercise in asked(course, name).exercises] == ["fine"]


@pytest.mark.parametrize("name", ["modules", "asked", "source", "__pycache__", "__init__"])
def test_what_the_kit_keeps_beside_bundled_exercises_is_no_assignments(
    tmp_path: Path, name: str
) -> None:
    """An assignment may be named like a module of the kit's."""
    assert (BUNDLED / f"{name}.py").exists() or name == "__pycache__"
    assert of(tmp_path, name) == Modules(name, str(tmp_path / "exercises"))


def test_an_older_course_asks_the_bundled_exercises_anywhere(tmp_path: Path) -> None:
    """Where a notebook asks by `grade`, and the course has no folder for exercises."""
    assert len(load(of(tmp_path, "hw-1", asks=True)).exercises) == 6
    assert load(of(tmp_path, "hw-1")).exercises == ()
    written(tmp_path, {"hw1.py": FINE})
    with pytest.raises(LookupError) as caught:
        load(of(tmp_path, "hw-1", asks=True)).find("softmax")
    assert str(caught.value) == (
        "0 exercises are called 'softmax'; there are: none. "
        f"{tmp_path}/exercises has no hw-1.py and no folder hw-1; it has hw1.py."
    )


def test_a_module_and_a_folder_of_one_name_are_refused(tmp_path: Path) -> None:
    """Which of them is meant can't be known."""
    written(tmp_path, {"hw-1.py": FINE, "hw-1/one.py": FINE})
    with pytest.raises(OSError, match=r"hw-1\.py and .*/hw-1/ are both there: keep one of the two"):
        of(tmp_path, "hw-1")


CHANGES = {
    "module": ("hw-1/one.py", True),
    "data": ("hw-1/numbers.csv", True),
    "shared": ("shared.py", True),
    "new": ("hw-1/new/two.py", True),
    "anothers": ("hw-2.py", False),
    "hidden": (".hidden", False),
    "kept": ("hw-1/__pycache__/one.pyc", False),
    "checkpoint": ("hw-1/.ipynb_checkpoints/one.py", False),
}


@pytest.mark.parametrize(("file", "counts"), CHANGES.values(), ids=CHANGES)
def test_what_an_assignment_asks_is_known_by_its_content(
    tmp_path: Path, file: str, counts: bool
) -> None:
    """Whatever lies there for it counts; what is another assignment's, or nobody's, does not."""
    texts = dict.fromkeys(("hw-1/one.py", "hw-1/numbers.csv", "shared.py", "hw-2.py"), FINE)
    course = written(tmp_path, texts)
    before, again = (of(course, "hw-1", ("hw-1", "hw-2")) for _ in range(2))
    assert (before, hash(before)) == (again, hash(again))
    written(course, {file: "# another"})
    after = of(course, "hw-1", ("hw-1", "hw-2"))
    assert ((after.digest, after) != (before.digest, before)) == counts


def test_modules_cross_as_plain_data(tmp_path: Path) -> None:
    """What an examiner is told is what was read, with any byte in it."""
    (tmp_path / "exercises").mkdir()
    (tmp_path / "exercises" / "hw-1.py").write_bytes(b"# coding: latin-1\nNAME = '\xe9'\n")
    modules = of(tmp_path, "hw-1")
    again = Modules.from_json(modules.to_json())
    assert (again, dict(again.texts)) == (modules, dict(modules.texts))


def test_a_changed_module_is_another(tmp_path: Path) -> None:
    """In one process too, within a second and with as many letters; nothing is left beside it."""
    for number in (1, 2):
        course = written(tmp_path, {"hw-1.py": MODULE.format(name="f", number=number)})
        exercise = asked(course).find("f")
        assert exercise.reference(0) == number
        assert f"return z + {number}" in inspect.getsource(exercise.reference)
        assert f"return z + {number}" in as_source(exercise, "f")
    assert [path.name for path in (course / "exercises").iterdir()] == ["hw-1.py"]


def test_a_reference_is_shown_as_it_was_imported(tmp_path: Path) -> None:
    """Somebody may write into the file while a class is graded by what it was."""
    course = written(tmp_path, {"hw-1.py": MODULE.format(name="f", number=1)})
    exercise = asked(course).find("f")
    written(course, {"hw-1.py": "\n\n\nx = (\n"})
    assert "return z + 1" in as_source(exercise, "f")


def test_a_reference_without_a_text_is_none_to_be_shown() -> None:
    """A function that is built in can judge, and takes no other's place in a kernel."""
    with pytest.raises(LookupError, match="the reference of exp has no text"):
        as_source(Exercise("exp", torch.exp, ()), "exp")


def test_an_exercise_that_two_modules_list_is_one(tmp_path: Path) -> None:
    """A folder's __init__ may list what its modules list."""
    listing = "from .one import EXERCISES"
    course = written(tmp_path, {"hw-1/__init__.py": listing, "hw-1/one.py": FINE})
    assert asked(course).find("fine").reference(1) == 2


def test_a_name_that_two_modules_have_is_refused(tmp_path: Path) -> None:
    """Which of two exercises of one name is meant can't be known."""
    course = written(tmp_path, {"hw-1/one.py": FINE, "hw-1/two.py": FINE})
    with pytest.raises(LookupError, match="2 exercises are called 'fine'"):
        asked(course).find("fine")


def beside_a_fine_one(course: Path, text: str) -> tuple[Path, str, Asked]:
    """A module of this text beside one that is right: its file, what is told of `mse`, and all."""
    written(course, {"hw-1/one.py": text, "hw-1/fine.py": FINE})
    found = asked(course)
    assert found.find("fine").name == "fine"
    with pytest.raises(LookupError) as caught:
        found.find("mse")
    return course / "exercises" / "hw-1" / "one.py", str(caught.value), found


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
def test_a_module_that_does_not_import_is_told(tmp_path: Path, text: str, says: str) -> None:
    """With file and line; what other modules ask is there as before."""
    file, told, found = beside_a_fine_one(tmp_path, text)
    [sentence] = found.broken
    assert told == f"0 exercises are called 'mse'; there are: fine. {sentence}"
    says = says.format(file=file)
    assert sentence.startswith(f"exercises/hw-1/one.py does not import: {says}")


def test_what_imports_a_broken_module_is_told_once(tmp_path: Path) -> None:
    """The reason lies in one place."""
    texts = {"hw-1/__init__.py": "from .one import X", "hw-1/one.py": "\n1 / 0", "hw-1/two.py": ""}
    course = written(tmp_path, texts)
    assert asked(course).broken == (
        "exercises/hw-1/__init__.py does not import: ZeroDivisionError in "
        f"{course}/exercises/hw-1/one.py, line 2: division by zero.",
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
    "helper": ("from .fine import EXERCISES as E\nHALF = 0.5", ""),
}


@pytest.mark.parametrize(("text", "says"), UNLISTED.values(), ids=UNLISTED)
def test_exercises_that_are_not_listed_are_told_where_one_is_not_found(
    tmp_path: Path, text: str, says: str
) -> None:
    """With the file and what is wrong there; the others are there, and a helper is no mistake."""
    file, told, _ = beside_a_fine_one(tmp_path, text)
    parts = ["0 exercises are called 'mse'; there are: fine.", says.format(file=file)]
    assert told == " ".join(filter(None, parts))
