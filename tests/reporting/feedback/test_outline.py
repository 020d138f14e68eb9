"""What is asked, from a source's headings and grade_ids: and nothing else of it."""

from __future__ import annotations

from nbformat.v4 import new_code_cell, new_markdown_cell

from autograder.reporting.feedback import outline
from autograder.reporting.feedback.outline import Exercise, Outline
from tests.course import ROOT
from tests.tiny import marks

TEST = {"grade": True, "locked": True, "points": 1}


def answer(name):
    """A cell that students fill in."""
    return new_code_cell("pass", metadata=marks(name, solution=True))


def test(name):
    """A cell with points."""
    return new_code_cell("assert f(-3) == 9", metadata=marks(name, **TEST))


test.__test__ = False


def test_the_bundled_assignment():
    """Each exercise has its heading, its answer and its tests."""
    binary, multiclass = outline.read(ROOT / "source" / "losses")
    assert (binary.name, multiclass.name) == ("binary", "multiclass")
    assert binary.title == "Losses by Hand, part 1: binary cross-entropy"
    assert binary.exercises == (
        Exercise("Exercise 1. From probabilities", ("bce",), ("bce_visible", "bce_hidden")),
        Exercise(
            "Exercise 2. From logits",
            ("bce_with_logits",),
            ("bce_with_logits_visible", "bce_with_logits_hidden"),
        ),
        Exercise("Exercise 3. A misprint", ("written_misprint",), ("written_misprint",)),
    )


def test_a_test_belongs_to_the_answer_that_it_names():
    """Wherever it stands; one that names none, to the last above."""
    cells = [
        new_markdown_cell("## Both"),
        answer("f"),
        answer("f_two"),
        new_markdown_cell("## Other"),
        answer("g"),
        test("g_hidden"),
        test("f_two_hidden"),
        test("check"),
    ]
    assert outline.of("hw", cells) == Outline(
        "hw",
        "Both",
        (
            Exercise("Both", ("f", "f_two"), ("f_two_hidden",)),
            Exercise("Other", ("g",), ("g_hidden", "check")),
        ),
    )


def test_a_notebook_without_headings_and_answers():
    """Its own name, and its tests."""
    assert outline.of("hw", [test("check")]) == Outline("hw", "hw", (Exercise("", (), ("check",)),))


def test_no_heading_is_taken_from_what_is_hidden():
    """Neither from a marking scheme, nor from the model answer."""
    task = "## An essay\n\n### BEGIN MARK SCHEME\n# Secret\n### END MARK SCHEME"
    cells = [
        new_markdown_cell(task, metadata=marks("essay", task=True, points=2)),
        new_markdown_cell(
            "# Model answer", metadata=marks("why", grade=True, solution=True, points=2)
        ),
    ]
    assert outline.of("hw", cells) == Outline(
        "hw",
        "An essay",
        (Exercise("An essay", ("essay",), ("essay",)), Exercise("An essay", ("why",), ("why",))),
    )
