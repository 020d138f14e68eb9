"""What is the same for everyone is made before there is a student."""

from __future__ import annotations

from tests.examiner.notebooks import DOUBLE, Examine, asked, given, graded

COUNT = "from autograder.checks import public\nmade = public._cases.cache_info().currsize"


def test_the_public_draws_are_there_before_the_first_test(examine: Examine) -> None:
    """Those of the notebook's own exercises; a test that asks for others makes them itself."""
    notebook = [given(COUNT), asked("bce"), graded("bce_test", f"{COUNT}\nassert made > 20, 'few'")]
    assert examine(notebook, {"bce": "def bce(y_hat, y): ..."}).error("bce_test") == ""
    other = [given(COUNT), asked("f"), graded("f_test", f"{COUNT}\nassert made == 0, 'some'")]
    assert examine(other, {"f": "def f(x): ..."}).error("f_test") == ""


def test_the_first_cells_are_run_once_where_they_draw_formulas(examine: Examine) -> None:
    """The fonts of a formula are files, in which two processes would move one another's place."""
    plot = (
        "import gc\nimport matplotlib.pyplot as plt\ngc.disable()\nfig, ax = plt.subplots()\n"
        r"ax.set(xlabel=r'predicted $\hat{y}$', title=r'$\sum_i y_i$')"
        "\nplt.show()"
    )
    clock = given("import time\nwhen = time.time_ns()")
    notebook = [given(plot), clock, asked("f"), graded("t", "assert f(1) == 2")]
    own = {"t": "print(when)"}
    times = {examine(notebook, {"f": DOUBLE}, after=own).text(4) for _ in range(2)}
    assert len(times) == 1
