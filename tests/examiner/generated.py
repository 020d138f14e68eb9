"""Notebooks put together at random: answers, and cells of a student's own that disturb them.

`python -m tests.examiner.generated 500 FILE` writes what came of each, to be compared with what
another version of the kit makes of the same.
"""

from __future__ import annotations

import json
import random
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from autograder.config import Sandbox
from autograder.examiner.examiners import Examiners, Job, Source
from tests.course import ROOT
from tests.examiner.notebooks import Cell, asked, given, graded

LIMITS = replace(Sandbox().limits(), cell_seconds=1.0, call_seconds=0.5, notebook_seconds=20.0)
FIRST = (
    "import math\nimport random\nimport numpy as np\nimport torch\nnumbers = [1, 2, 3]\nunit = 1"
)
GIVEN = (
    "unit = 2",
    "numbers.append(4)",
    "numbers = [1, 2]",
    "total = sum(numbers)",
    "print(numbers)",
    "def show(x):\n    print(x)\nshow(numbers)",
    "z = torch.linspace(0, 1, 3)",
    "math.tau",
    "torch.manual_seed(1)",
    "drawn = torch.rand(2)\nprint(drawn)",
    "for n in numbers:\n    print(first(n) if 'first' in dir() else n)",
    "print(second(numbers[0]))",
    "import matplotlib.pyplot as plt\nfig, ax = plt.subplots()\nax.plot(numbers)\nplt.show()",
    "unit += 0\nkept = numbers",
)
ANSWERS = (
    "def {f}(x):\n    return 2 * x",
    "def {f}(x):\n    return x + x",
    "def {f}(x):\n    return 3 * x",
    "def {f}(x):\n    return x",
    "def {f}(x):\n    return scale[0] * x",
    "def twice(x):\n    return 2 * x\ndef {f}(x):\n    return twice(x)",
    "cache = {{}}\ndef {f}(x):\n    cache['last'] = 2 * x\n    return cache['last']",
    "factor = 2\ndef {f}(x):\n    return factor * x",
    "calls = 0\ndef {f}(x):\n    global calls\n    calls += 1\n    return 2 * x",
    "class Double:\n    by = 2\n    def __call__(self, x):\n        return self.by * x\n\n"
    "{f} = Double()",
    "{f} = lambda x: 2 * x",
    "def make(n):\n    def inner(x):\n        return n * x\n    return inner\n{f} = make(2)",
    "def {f}(x):\n    return (torch.tensor([float(x)]) * 2).item()",
    "def {f}(x):\n    return float(np.exp(np.log(2.0)) * x)",
    "def {f}(x):\n    return round(torch.exp(torch.log(torch.tensor(2.0))).item()) * x",
    "def {f}(x):\n    raise ValueError(x)",
    "def {f}(x):\n    print(x)\n    return 2 * x",
    "raise NotImplementedError",
    "def {f}(x):\n    return first(x) if 'first' in globals() else 2 * x",
)
OWN = (
    "scale = [2]",
    "scale = [7]",
    "scale[0] = 3",
    "other = scale\nother[0] = 5",
    "factor = 9",
    "twice = abs",
    "def twice(x):\n    return x",
    "cache.clear()",
    "cache = None",
    "calls = 'many'",
    "Double.by = 5",
    "n = 8",
    "x = 3\ny = [n for n in range(x)]",
    "for factor in range(3):\n    pass",
    "first = None",
    "second = abs",
    "def first(x):\n    return 4 * x",
    "del second",
    "del scale, twice",
    "print(first(2), second(3))",
    "assert first(1) == 2",
    "%timeit -n 1 -r 1 first(2)",
    "numbers.clear()",
    "torch.set_default_dtype(torch.float64)",
    "torch.set_grad_enabled(False)",
    "np.seterr(all='raise')\nnp.log(0.0)",
    "import warnings\nwarnings.simplefilter('error')",
    "torch.manual_seed(3)\nrandom.seed(3)\nnp.random.seed(3)",
    "torch.randn(3), random.random()",
    "torch.exp = torch.log",
    "np.exp = None",
    "del torch",
    "import os\nos._exit(3)",
    "import os, signal\nos.kill(os.getpid(), signal.SIGKILL)",
    "exit()",
    "raise SystemExit",
    "1 / 0",
    "def broken(:",
    "while True:\n    pass",
    "exec('scale = [6]')",
    "globals()['factor'] = 6",
    "setattr(torch, 'log', torch.exp)",
    "import threading\nthreading.Thread(target=print).start()",
    "open('mine.txt', 'w').write('2')",
    "!pip install x",
    "import sys\nsys.setrecursionlimit(200)",
    "print('fine' * 3)",
    "class Model(torch.nn.Module):\n    pass\nModel()",
    "from math import *",
    "import math as np",
    "held = bytearray(100 << 20)",
)
TESTS = (
    "assert {f}(2) == 4",
    "assert {f}(3) == 6 and unit == {unit}",
    "assert [{f}(n) for n in numbers] == [2 * n for n in numbers]",
    "want = 2 * 5\nassert {f}(5) == want",
    "x = {f}(1)\nassert abs(x - 2) < 1e-6",
)


@dataclass(frozen=True)
class Notebook:
    """A generated notebook: the instructor's cells, and the student's."""

    source: Sequence[Cell]
    cells: Sequence[dict[str, Any]]


def notebook(seed: int, *, at_place: bool = False) -> Notebook:
    """The notebook of a seed.

    Args:
        seed: any number.
        at_place: whether hidden tests may see every name, and so are asked where they stand.
    """
    chance = random.Random(seed)
    source, texts, unit = [given(FIRST)], [FIRST], 1
    for name in ("first", "second", "third"):
        answer = chance.choice(ANSWERS).format(f=name)
        add = [chance.choice(GIVEN) for _ in range(chance.randrange(3))]
        unit = 2 if "unit = 2" in add else unit
        source += [*map(given, add), asked(name)]
        texts += [*add, *own(chance), answer, *own(chance)]
        for kind in ("visible", "hidden"):
            text = chance.choice(TESTS).format(f=name, unit=unit)
            text = f"globals\n{text}" if at_place and kind == "hidden" else text
            source.append(graded(f"{name}_{kind}", text, None if kind == "visible" else "pass"))
            texts += [source[-1]["grade_id"], *own(chance)]
    ids = {cell["grade_id"]: cell["released"] for cell in source if cell["role"] == "test"}
    cells = [
        {"index": index, "grade_id": text if text in ids else "", "text": ids.get(text, text)}
        for index, text in enumerate(texts)
    ]
    return Notebook(source, cells)


def own(chance: random.Random) -> list[str]:
    """Cells of a student's own: none in most places."""
    return [chance.choice(OWN) for _ in range(chance.choice((0, 0, 0, 0, 1, 2)))]


def examined(examiners: Examiners, made: Notebook) -> dict[str, Any]:
    """What came of a notebook: the error of each test, and the flags' kinds and cells."""
    side = Source(made.source, {}, LIMITS, [str(ROOT)])
    side = replace(side, leaves=tuple(examiners.facts(side).leaves))
    result = examiners.examine(Job(side, made.cells, {}, "aa" * 32))
    tests = {cell["index"]: cell["grade_id"] for cell in made.cells if cell["grade_id"]}
    errors = {
        tests[index]: [o.get("traceback", "") for o in outputs if o["output_type"] == "error"]
        for index, outputs in result.outputs.items()
        if index in tests
    }
    errors = dict(sorted(errors.items()))
    return {"errors": errors, "flags": sorted({(f.kind, f.cell) for f in result.flags})}


def main(number: int, file: Path) -> None:
    """Writes what came of the first notebooks, one line each."""
    with Examiners() as examiners, file.open("w") as lines:
        for seed in range(number):
            json.dump({"seed": seed, **examined(examiners, notebook(seed))}, lines)
            lines.write("\n")
            lines.flush()


if __name__ == "__main__":
    main(int(sys.argv[1]), Path(sys.argv[2]))
