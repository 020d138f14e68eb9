"""What was open before a fork takes nothing from whoever is forked: a plot ends no kernel.

matplotlib keeps the fonts of formulas that it has set, log axes among them. A kernel in which the
descriptors of those were closed, and given to others, lost the others when a font went.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from autograder.config import Sandbox
from autograder.examiner.examiners import Examined, Examiners, Job, Source
from autograder.isolation.student_kernel import StudentKernel
from autograder.isolation.zygote import Zygote
from tests.course import ROOT

pytestmark = pytest.mark.usefixtures("processes")

Say = Callable[[StudentKernel, str], str]

FORMULAS = """
import matplotlib.pyplot as plt
files = [open(f"f{n}", "w") for n in range(40)]
fig = plt.figure(figsize=(2, 2))
for n in range(60):  # more than matplotlib keeps
    fig.text(0, 0, f"$x^{{{n}}}$")
fig.savefig("figure.png")
plt.close()
"""
WRITTEN = "for file in files:\n    print('x', file=file, flush=True)\nlen(files)"

LOGARITHMS = """
import matplotlib.pyplot as plt
import numpy as np
x = np.linspace(-3, 3, 100)
kept = open("kept.txt", "w") if {keep} else None
fig, ax = plt.subplots()
ax.plot(x, x**3)
ax.set_yscale("log")
plt.show()
"""
BOTH = """
fig, ax = plt.subplots(figsize=(2, 2))
ax.loglog(x, x**3)
for n in range(60):
    ax.text(1, 1, f"$x^{{{n}}}$")
plt.show()
"""


def test_setting_formulas_closes_no_file(kernel: StudentKernel, say: Say) -> None:
    """Files stay open however many formulas are set, those of the warm-up forgotten."""
    kernel.run(1, FORMULAS)
    assert say(kernel, WRITTEN) == "40"


def test_no_font_is_open_before_a_fork(zygote: Zygote) -> None:
    """The zygote has no file open that a kernel would have to do without."""
    folder = Path(f"/proc/{zygote.process.pid}/fd")
    links = [str(entry.readlink()) for entry in folder.iterdir()]
    assert [link for link in links if "mpl-data" in link] == []


def examined(given: str, own: str, answer: str) -> Examined:
    """A notebook that begins with a cell of the instructor's, and has one of the student's."""
    texts = [given, own, answer, "assert f(2) == 4"]
    cells = [
        {"role": "given", "grade_id": "", "text": given, "released": given},
        {"role": "solution", "grade_id": "f", "text": answer, "released": "pass"},
        {"role": "test", "grade_id": "test", "text": texts[3], "released": texts[3]},
    ]
    submitted = [
        {"index": index, "grade_id": name, "text": text}
        for index, (name, text) in enumerate(zip(("", "", "f", "test"), texts, strict=True))
    ]
    job = Job(Source(cells, {}, Sandbox().limits(), [str(ROOT)]), submitted, {}, "aa" * 32)
    with Examiners() as examiners:
        return examiners.examine(job)


def check_lived(result: Examined) -> None:
    """No cell failed, and nobody is told of anything."""
    outputs = [output for outputs in result.outputs.values() for output in outputs]
    assert [o.get("evalue") for o in outputs if o["output_type"] == "error"] == []
    assert result.flags == []


@pytest.mark.slow
def test_log_axes_drawn_again_end_no_kernel() -> None:
    """The instructor's first cell has a log axis, drawn before the fork; then come many more."""
    answer = "def f(x):\n    return 2 * x"
    check_lived(examined(LOGARITHMS.format(keep=False), BOTH, answer))


@pytest.mark.slow
def test_a_file_that_the_first_cells_left_open_is_opened_anew() -> None:
    """A given cell's file is a kernel's own: another that takes its number stays open."""
    answer = "print('x', file=kept, flush=True)\ndef f(x):\n    return 2 * x"
    check_lived(examined(LOGARITHMS.format(keep=True), BOTH, answer))
