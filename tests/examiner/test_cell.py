"""A hidden grade cell ends in a score for nbgrader, a table for readers and data for the kit."""

import json
import sys
import warnings

import pytest
import torch
from IPython.core.interactiveshell import InteractiveShell
from IPython.display import display

from autograder.checks import judge
from autograder.checks.public import _cases
from autograder.environment import CELL_JSON, GRADER_ERROR, STUDENT_KEY
from autograder.examiner import GradedCell, grade
from autograder.examiner.cell import GraderError, as_html
from autograder.results import CellResult, CheckResult
from tests.asked import ASKED

SOFTMAX = ASKED.find("softmax")
PASSED = CheckResult("demo", True, 0.5, 0.5)
FAILED = CheckResult("values", False, 0.0, 1.25, "f is wrong.", "Think.")


@pytest.fixture(autouse=True)
def public(monkeypatch):
    """No student's key in the environment, unless a test puts one there."""
    monkeypatch.delenv(STUDENT_KEY, raising=False)


@pytest.fixture(scope="module")
def shell():
    """IPython as a kernel runs it, without a front end."""
    return InteractiveShell()


def cell(*checks):
    """A graded cell with these checks."""
    score = sum(check.points for check in checks)
    return GradedCell(
        "softmax", CellResult(score, sum(check.max_points for check in checks), checks)
    )


def softmax(z):
    """A right answer, written as a student would."""
    e = (z - z.amax(dim=-1, keepdim=True)).exp()
    return e / e.sum(dim=-1, keepdim=True)


def naive(z):
    """An answer that overflows: half a point is lost."""
    return z.exp() / z.exp().sum(dim=-1, keepdim=True)


# What the cell shows -------------------------------------------------------------------------


@pytest.mark.parametrize("precision", ["", "0", "2", "%.1e"], ids=["default", "0", "2", "format"])
def test_the_text_is_the_bare_score(shell, precision):
    """nbgrader reads partial credit from the text, whatever precision a student asked for."""
    shell.run_line_magic("precision", precision)
    try:
        data, _ = shell.display_formatter.format(cell(PASSED, FAILED, PASSED, PASSED))
        fraction, _ = shell.display_formatter.format(
            cell(PASSED, CheckResult("f", True, 0.25, 0.25))
        )
    finally:
        shell.run_line_magic("precision", "")
    assert data["text/plain"] == "1.5"
    assert fraction["text/plain"] == "0.75"


def test_the_formatter_gives_three_views(shell):
    """Text, HTML and our own type, and nothing else."""
    data, _ = shell.display_formatter.format(cell(PASSED))
    assert list(data) == ["text/plain", "text/html", CELL_JSON]


def test_the_html_is_a_table_of_checks():
    """A row a check: passed or not, name, points, and where it failed the message and the hint."""
    assert as_html(cell(PASSED, FAILED).result) == (
        "<table>"
        "<tr><td>✓</td><td><b>demo</b></td><td>0.5&nbsp;/&nbsp;0.5</td>"
        "<td style='text-align:left'></td></tr>"
        "<tr><td>✗</td><td><b>values</b></td><td>0&nbsp;/&nbsp;1.25</td>"
        "<td style='text-align:left'>f is wrong.<br><i>Hint: Think.</i></td></tr>"
        "</table><p>0.5 of 1.75 points</p>"
    )


def test_the_html_tells_each_cause_once_and_first():
    """With the checks that it explains; their rows say what differs."""
    first, second = (
        CheckResult(name, False, 0.0, 1.0, f"{name} is off.", cause="You add.")
        for name in ("values", "gradient")
    )
    other = CheckResult("inputs", False, 0.0, 1.0, "z changes.", cause="In place.")
    html = as_html(cell(first, second, other).result)
    assert html.startswith(
        "<p><b>You add.</b><br>✗ values, gradient</p><p><b>In place.</b><br>✗ inputs</p><table>"
    )
    assert "gradient is off.</td>" in html
    assert html.count("You add.") == 1


def test_the_html_escapes_what_a_student_wrote():
    """A line of the student's code can't become markup of the feedback page."""
    script = "<script>alert('&')</script>"
    html = as_html(cell(CheckResult(script, False, 0.0, 1.0, script, script, script)).result)
    assert "<script" not in html
    assert html.count("&lt;script&gt;alert(&#x27;&amp;&#x27;)&lt;/script&gt;") == 5


def test_a_students_line_is_escaped():
    """The line that raised is shown as text."""

    def softmax(z):
        raise ValueError("<b>z</b>")

    assert "`raise ValueError(&quot;&lt;b&gt;z&lt;/b&gt;&quot;)`" in as_html(
        grade("softmax", softmax).result
    )


def test_the_data_is_the_result(shell):
    """The output carries the result under our own type, and a notebook's JSON keeps it."""
    graded = grade("softmax", naive)
    data, _ = shell.display_formatter.format(graded)
    assert CellResult.from_json(json.loads(json.dumps(data[CELL_JSON]))) == graded.result


# What it judges ------------------------------------------------------------------------------


def test_grade_gives_the_judgement():
    """The result is that of every check of the exercise with this name."""
    assert grade("softmax", softmax).result == judge(SOFTMAX, softmax)
    assert grade("softmax", naive).result == judge(SOFTMAX, naive)
    assert (grade("softmax", softmax).result.score, grade("softmax", naive).result.score) == (
        3,
        2.5,
    )


def first_numbers():
    """The first number of each call that grading makes."""
    numbers = []

    def note(z):
        numbers.append(z.flatten()[0].item())
        return softmax(z)

    assert grade("softmax", note).result.score == 3.0
    return numbers


def test_the_key_in_the_environment_changes_the_draws(monkeypatch):
    """Half of the numbers are the student's own; without a key all are public."""
    public = first_numbers()
    monkeypatch.setenv(STUDENT_KEY, "")
    assert first_numbers() == public
    monkeypatch.setenv(STUDENT_KEY, b"one".hex())
    one = first_numbers()
    monkeypatch.setenv(STUDENT_KEY, b"another".hex())
    another = first_numbers()
    differ = sum(a != b for a, b in zip(one, public, strict=True))
    assert 0.4 * len(public) < differ < 0.6 * len(public)
    assert one != another


def test_the_key_is_read_as_hexadecimal(monkeypatch):
    """The draws are those of the key's bytes, so that they can be replayed."""
    monkeypatch.setenv(STUDENT_KEY, "00ff10")
    keyed = first_numbers()
    replayed = []
    judge(SOFTMAX, lambda z: replayed.append(z.flatten()[0].item()) or softmax(z), b"\x00\xff\x10")
    assert keyed == replayed


def test_noise_changes_no_score():
    """Prints, warnings, displays and stderr of the function leave its result as it is."""

    def noisy(z):
        print("softmax of", z)
        print("softmax of", z, file=sys.stderr)
        warnings.warn("softmax", stacklevel=1)
        display(z)
        return softmax(z)

    with pytest.warns(UserWarning, match="^softmax$"):
        assert grade("softmax", noisy).result == judge(SOFTMAX, softmax)


@pytest.mark.parametrize(
    "function",
    [
        pytest.param(None, id="none"),
        pytest.param(lambda z: 1 / 0, id="raises"),
        pytest.param(lambda z: sys.exit(), id="exits"),
        pytest.param(lambda: 0, id="signature"),
        pytest.param(torch.Tensor, id="class"),
    ],
)
def test_a_broken_function_is_the_students_failure(function):
    """Whatever the function is or does, the cell ends with a score of 0."""
    result = grade("softmax", function).result
    assert (result.score, len(result.checks)) == (0.0, len(SOFTMAX.checks))


# Where the kit fails -------------------------------------------------------------------------


def test_an_unknown_exercise_is_our_error():
    """A grade cell that asks for what no module has is nobody's wrong answer."""
    with pytest.raises(GraderError, match=r"^LookupError: 0 exercises are called 'hinge'"):
        grade("hinge", softmax)


def test_an_unreadable_key_is_our_error(monkeypatch):
    """A key that is no hexadecimal is nobody's wrong answer."""
    monkeypatch.setenv(STUDENT_KEY, "not hexadecimal")
    with pytest.raises(GraderError, match=r"^ValueError: non-hexadecimal number"):
        grade("softmax", softmax)


def test_an_error_in_a_reference_is_our_error(monkeypatch):
    """What breaks in torch's own function is never reported as the student's failure."""

    def broken(z, dim):
        raise RuntimeError("out of order")

    _cases.cache_clear()  # or what other tests have asked it for would be there
    monkeypatch.setattr(torch.nn.functional, "softmax", broken)
    with pytest.raises(GraderError, match=r"^check 'demo': RuntimeError: out of order$") as caught:
        grade("softmax", softmax)
    assert isinstance(caught.value.__cause__, RuntimeError)


def test_the_error_has_the_name_that_grading_looks_for():
    """A cell's output holds only the exception's name."""
    assert GraderError.__name__ == GRADER_ERROR


def test_a_cell_in_ipython_ends_in_its_score(shell):
    """Run as a hidden cell is run, the last expression is the score, among whatever is printed."""
    shell.user_ns["softmax"] = naive
    done = shell.run_cell('from autograder.examiner import grade\ngrade("softmax", softmax)')
    assert done.success
    assert shell.display_formatter.format(done.result)[0]["text/plain"] == "2.5"
