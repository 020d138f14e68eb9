"""The rooms of the package: imports point one way, and one room alone knows what is asked."""

import ast
import io
import re
import subprocess
import sys
import tokenize
import tomllib
from functools import cache
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

import autograder
from autograder.exercises.modules import bundled_names
from tests.asked import EXERCISES

PACKAGE = Path(autograder.__file__).parent
MODULES = sorted(PACKAGE.rglob("*.py"))
by_module = pytest.mark.parametrize(
    "path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE))
)

# What each room may import of the kit, besides itself. Data types and words are everyone's.
DATA = {"accounts", "results", "environment", "limits", "raised", "whole_file", "words"}
ROOMS = {
    "__init__": set(),
    "results": {"words"},
    "accounts": {"words"},
    "environment": set(),
    "limits": set(),
    "raised": set(),
    "whole_file": set(),
    "words": set(),
    "source_text": set(),
    "config": {"limits", "words"},
    "checks": DATA,
    "exercises": DATA | {"checks"},
    "isolation": DATA | {"config"},
    "examiner": DATA | {"config", "checks", "exercises", "isolation", "source_text"},
    "grading": DATA | {"config", "exercises", "isolation", "examiner", "source_text"},
    "reporting": DATA | {"config", "grading", "accounts"},
    "verification": DATA
    | {"config", "checks", "exercises", "isolation", "examiner", "grading", "source_text"},
    "batch": DATA | {"config", "isolation", "examiner", "grading", "reporting"},
    "doctor": DATA | {"config", "isolation", "examiner", "grading"},
    "new_course": {"config"},
    "course_template": {"batch", "checks"},  # a course, which the kit never imports
    "lms": DATA | {"config", "grading", "reporting"},
}
ROOMS["cli"] = {*ROOMS} - {"checks", "exercises", "examiner"}
ROOMS["__main__"] = {"cli"}
# Which of grading's own rooms each of them may import. Modules beside them use all three.
ROOMS_OF_GRADING = {"intake": set(), "rebuild": {"intake"}, "records": {"intake", "rebuild"}}


def room(path):
    """The room that a module is in: the package's or the module's own name."""
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


@cache
def imports(path):
    """The kit's names that a module imports, wherever in it: "isolation.wire.Connection"."""
    return [inside for kit, inside in _imported_from(path) if kit == "autograder"]


def _imported_from(path):
    """The package, and the name in it, of everything that a module imports."""
    package = path.relative_to(PACKAGE.parent).parent.parts
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) + 1 - node.level] if node.level else ()
            origin = ".".join((*above, *filter(None, [node.module])))
            names = [f"{origin}.{alias.name}" for alias in node.names]
        else:
            continue
        for name in names:
            kit, _, inside = name.partition(".")
            yield kit, inside


def imported(path):
    """The kit's rooms that a module imports of."""
    return {name.partition(".")[0] for name in imports(path)}


def circle(needs):
    """What needs itself, by others or not; nothing where all can be put in an order."""
    left = dict(needs)
    while ready := [name for name, others in left.items() if not others & left.keys()]:
        for name in ready:
            del left[name]
    return left


def code(path):
    """The identifiers and strings of a module, without its comments and docstrings."""
    source = path.read_text(encoding="utf-8")
    nodes = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Expr)]
    prose = {
        (node.lineno, node.col_offset)
        for node in nodes
        if isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
    }
    kinds = {tokenize.NAME, tokenize.STRING, getattr(tokenize, "FSTRING_MIDDLE", tokenize.STRING)}
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type in kinds and token.start not in prose:
            yield token.start[0], token.string


@by_module
def test_imports_point_one_way(path):
    """A room imports only the rooms before it; a new room has to be put in its place here."""
    allowed = ROOMS[room(path)] | {room(path)}
    assert imported(path) - {"__version__"} <= allowed


def test_no_room_leads_back_to_itself():
    """The allowed imports themselves go round in no circle."""
    assert circle(ROOMS) == {}


def test_no_import_goes_in_a_circle_within_isolation():
    """Its modules can be read one after the other; an import inside a function is one too."""
    room = PACKAGE / "isolation"
    needs = {
        path.stem: {name.split(".")[1] for name in imports(path) if name.startswith("isolation.")}
        for path in room.glob("*.py")
    }
    assert needs["kernel"] >= {"wire", "sandbox", "calls"}
    assert needs["student_kernel"] >= {"student_process", "incidents"}
    assert circle(needs) == {}


def modules_of(room):
    """The modules of a room by their dotted names, and which others of them each imports."""
    folder = PACKAGE / room
    paths = {
        ".".join(path.relative_to(PACKAGE).with_suffix("").parts): path
        for path in sorted(folder.rglob("*.py"))
        if path.name != "__init__.py"
    }
    return {
        name: {
            other
            for other in paths
            for wanted in imports(path)
            if wanted == other or wanted.startswith(f"{other}.")
        }
        for name, path in paths.items()
    }


def test_the_rooms_of_grading_import_one_way():
    """What was handed in is read first, then rebuilt, then recorded; a new room has to be added."""
    assert circle(ROOMS_OF_GRADING) == {}
    rooms = {path.parent.name for path in (PACKAGE / "grading").glob("*/__init__.py")}
    assert rooms == ROOMS_OF_GRADING.keys()
    for name, others in modules_of("grading").items():
        inside = name.split(".")[1]
        if inside in ROOMS_OF_GRADING:
            used = {other.split(".")[1] for other in others} & ROOMS_OF_GRADING.keys()
            assert used <= ROOMS_OF_GRADING[inside] | {inside}, name


def test_no_module_leads_back_to_itself():
    """Each module of a room can be read after those that it imports; the examiner's are below."""
    modules = modules_of("grading")
    assert modules["grading.records.record"] >= {"grading.submission", "grading.pipeline"}
    for room in {path.parent.name for path in PACKAGE.glob("*/__init__.py")} - {"examiner"}:
        assert circle(modules_of(room)) == {}, room


@by_module
def test_one_room_knows_what_is_asked(path):
    """Outside of it no code has a bundled assignment's name or a function's: they come as data."""
    if path.parent.name not in bundled_names():
        names = "|".join([*bundled_names(), *(exercise.name for exercise in EXERCISES)])
        word = re.compile(rf"(?<!\w)({names})(?!\w)", re.IGNORECASE)
        assert [(line, text) for line, text in code(path) if word.search(text)] == []


def test_no_module_of_the_examiner_leads_back_to_itself():
    """From the cells that are read to the examination that runs them: one after the other.

    The reading for the by-hand rule is a room by itself, which uses nothing of the others.
    """
    rooms = {}
    for name, others in modules_of("examiner").items():
        *room, own = name.removeprefix("examiner.").split(".")
        needed = {other.removeprefix("examiner.").split(".")[0] for other in others}
        rooms.setdefault("".join(room) or own, set()).update(needed)
    assert rooms["examination"] >= {"grade_cell", "submitted"}
    assert rooms["review"] <= {"review"}
    assert circle({name: needed - {name} for name, needed in rooms.items()}) == {}


PARSER = PACKAGE / "source_text" / "parsing.py"
SHELL = PACKAGE / "isolation" / "shell.py"  # IPython's own, which has its own reading of a cell
PARSING = re.compile(
    r"ast\.parse|(builtins\.)?compile|symtable|codeop|.*\b(inputtransformer2|TransformerManager)\b.*|"
    r".*\.transform_cell"
)


def mentioned(path):
    """The dotted names in a module's code and imports."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Attribute | ast.Name):
            yield ast.unparse(node)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            origin = f"{node.module}." if isinstance(node, ast.ImportFrom) else ""
            yield from (origin + alias.name for alias in node.names)


@by_module
def test_one_module_parses_source(path):
    """Two readers of the same text would come to disagree."""
    found = {name for name in mentioned(path) if PARSING.fullmatch(name)}
    assert bool(found) == (path in (PARSER, SHELL)), found


@pytest.mark.usefixtures("processes")
@pytest.mark.parametrize(
    "module", ["cli", "config", "results", "batch", "exercises.modules", "examiner.examiners"]
)
def test_the_coordinator_imports_no_torch(module):
    """The command starts at once: torch is for the processes that run and judge functions.

    numpy is for the pages of a class, and nobody else waits for it.
    """
    program = (
        f"import sys, autograder.{module}; sys.exit(bool({{'torch', 'numpy'}} & {{*sys.modules}}))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=PACKAGE.parent, check=False, timeout=60
    )
    assert done.returncode == 0


@pytest.mark.usefixtures("processes")
def test_checks_import_no_notebook():
    """checks and exercises take functions and return results: no notebook, kernel or database."""
    program = (
        "import sys, tests.asked; "
        "print(sorted({'IPython', 'nbformat', 'nbgrader', 'traitlets'} & {*sys.modules}))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=PACKAGE.parent,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert done.stdout == "[]\n"


@by_module
def test_one_module_reaches_into_nbgrader(path):
    """What nbgrader's commands and pages are made of is replaced in one place, which knows it."""
    if path != PACKAGE / "grading" / "nbgrader_internals.py":
        tree = ast.parse(path.read_text(encoding="utf-8"))
        nodes = [*ast.walk(tree)]
        theirs = {
            alias.asname or alias.name: f"{getattr(node, 'module', '')}.{alias.name}".lstrip(".")
            for node in nodes
            if isinstance(node, ast.ImportFrom | ast.Import)
            for alias in node.names
        }
        theirs = {name: origin for name, origin in theirs.items() if origin.startswith("nbgrader")}
        assert [name for name in theirs.values() if name.startswith("nbgrader.apps")] == []
        stored = [
            ast.unparse(node)
            for node in nodes
            if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store)
        ]
        assert [name for name in stored if name.partition(".")[0] in theirs] == []


def test_every_package_that_is_imported_is_asked_for():
    """What comes only because another package needs it may be gone with that one's next version."""
    project = tomllib.loads((PACKAGE.parent / "pyproject.toml").read_text())["project"]
    extras = project["optional-dependencies"]
    asked = {
        re.match(r"[\w-]+", each)[0].replace("_", "-").lower()
        for each in [*project["dependencies"], *extras["postgres"], *extras["cluster"]]
    }
    found = packages_distributions()
    missing = {
        (kit, path.name)
        for path in PACKAGE.rglob("*.py")
        if "course_template" not in path.parts
        for kit, _ in _imported_from(path)
        if kit not in {"autograder", *sys.stdlib_module_names}
        and not {name.replace("_", "-").lower() for name in found[kit]} & asked
    }
    assert missing == set()
