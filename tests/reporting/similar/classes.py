"""Classes for the page of similar submissions: honest ones, and planted copies in them.

An honest student writes each answer alone: one of the ways, right or wrong, that the kit's own
tests know for it, in names, comments and habits of their own. So two may well write the same
formula.
"""

from __future__ import annotations

import io
import keyword
import random
import re
import tokenize
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

import nbformat

from autograder.reporting.similar.writers import Given, Place, Writer
from tests.classroom.student import students
from tests.course import ROOT
from tests.exercises.wrong_answers import WRONG_ANSWERS

WRITTEN = ("written_misprint", "written_equivalence")
BINARY = ("bce", "bce_with_logits", "written_misprint")
API = {"torch", "math", "np", "numpy", "helper", "F", "look", "nn"}
# What people call things; a student uses a few of these all through.
CALLED = {
    "losses": "loss losses L out result res l per_example values each vals ret ans cost",
    "log_p": "log_p lp log_y logp first pos a log_yhat l1 pos_term",
    "log_q": "log_q lq log_1_y logq second neg b log_1myhat l0 neg_term",
    "shifted": "shifted z_shift zs s centered z0 stable z_stable zz",
    "e": "e exps exp_z ez num numerator E exp",
    "log_z": "log_z lse logsum norm log_sum total c",
    "m": "m z_max mx top biggest maxi",
    "i": "i j k n idx row",
}
SAID = (
    "TODO check {}", "numerically stable", "from the lecture", "{} over the classes",
    "shift so that exp does not overflow", "clamp like torch", "mean or sum", "no loop needed",
    "each {} by itself", "subtract the max first", "formula (3)", "handle {} here",
    "the {} of the correct class", "avoid nan", "-100 like pytorch does", "avoid log of zero",
    "keep the dimension of {}", "one value per example", "this is the {} part", "fixed the sign",
    "see the hint", "works for batches",
)  # fmt: skip
# What does the same, written in other ways.
SPELLED = (
    (r"torch\.log\((\w+)\)", (r"\1.log()",)),
    (r"torch\.exp\((\w+)\)", (r"\1.exp()",)),
    (r"(\w+)\.mean\(\)", (r"torch.mean(\1)", r"\1.sum() / \1.numel()")),
    (r"(\w+)\.sum\(\)", (r"torch.sum(\1)",)),
    (r"dim=-1", ("-1", "dim=1", "axis=-1", "dim = -1")),
    (r"keepdim=True", ("keepdims=True", "True")),
    (r"\.amax\(([^()]*)\)", (r".max(\1)[0]", r".max(\1).values")),
    (r"torch\.clamp\((\w+), min=-100\)", (r"\1.clamp(min=-100)", r"torch.clamp(\1, -100)")),
    (r"min=-100", ("min=-100.0", "min=-1e2")),
    (r"torch\.arange\(len\(y\)\)", ("torch.arange(y.shape[0])", "range(len(y))")),
    (r"\bif reduction == \"sum\"", ('elif reduction == "sum"', "if reduction == 'sum'")),
    (r"\"mean\"", ("'mean'",)),
    (r"1 - y\b", ("1.0 - y", "1-y")),
    (r"-\((.*)\)$", (r"-1 * (\1)", r"0 - (\1)")),
    (r"    return (\w+)\n?\Z", (r"    else:\n        return \1\n", r"    return (\1)\n")),
    (r"(    )return (\w+ / .*)", (r"\1answer = \2\n\1return answer",)),
    (r"(\w+) \* torch", (r"torch.mul(\1, 1) * torch", r"\1 * 1 * torch")),
)  # fmt: skip
THINGS = "loss log exp max probability target class term sum row tensor gradient logit"


def given() -> Given:
    """The text of the bundled release."""
    cells = [c for p in sorted((ROOT / "release" / "losses").glob("*.ipynb")) for c in _read(p)]
    return Given(
        tuple(cell.source for cell in cells if cell.cell_type == "code"),
        tuple(cell.source for cell in cells if cell.cell_type != "code"),
    )


def _read(path: Path) -> list[nbformat.NotebookNode]:
    return list(nbformat.read(path, as_version=4).cells)


def ways() -> dict[str, list[str]]:
    """Every way in which the kit's tests write each answer, by grade_id."""
    found = defaultdict[str, dict[str, None]](dict)
    for student in students():
        for name, text in student.cells.items():
            found[name][text.strip()] = None
    for wrong in WRONG_ANSWERS:
        found[wrong.function][wrong.code.strip()] = None
    return {name: list(texts) for name, texts in found.items()}


def honest(count: int, seed: int, half: int | None = None) -> list[Writer]:
    """A class in which everyone has worked alone.

    Args:
        count: of students.
        seed: of what they write.
        half: 0 or 1, for every second way of the kit's alone; None for all.
    """
    chance = random.Random(seed)
    known = ways()
    if half is not None:
        known = {name: texts[half::2] for name, texts in known.items()}
    return [
        Writer((f"student{n:04}",), "", dict(_answers(known, random.Random(chance.random()))))
        for n in range(count)
    ]


def bundled() -> list[Writer]:
    """The class that comes with the kit: everyone has written everything in their own way."""
    return [
        Writer(
            (student.student_id,),
            "",
            {_place(name): text for name, text in sorted(student.cells.items())},
        )
        for student in students()
        if student.submitted
    ]


def _place(name: str) -> Place:
    notebook = "binary" if name in BINARY else "multiclass"
    return Place(notebook, name, code=name not in WRITTEN)


def _answers(known: dict[str, list[str]], chance: random.Random) -> Iterable[tuple[Place, str]]:
    names = {name: chance.choice(others.split()) for name, others in CALLED.items()}
    talks = chance.choice((0.0, 0.0, 0.1, 0.3))
    for name in sorted(known):
        place = _place(name)
        # The first ways are the ones that most people find.
        texts = known[name]
        text = texts[min(int(chance.expovariate(3 / len(texts))), len(texts) - 1)]
        text = _respelt(text, chance) if place.code else text
        yield (
            place,
            _told(_renamed(text, names), talks, chance) if place.code else _reworded(text, chance),
        )


def _respelt(text: str, chance: random.Random) -> str:
    """The code with some of its parts written in another way that does the same."""
    for pattern, ways in SPELLED:
        if chance.random() < 0.5:
            text = re.sub(pattern, chance.choice(ways), text)
    return text


def _told(text: str, talks: float, chance: random.Random) -> str:
    """The code with comments."""
    lines = []
    for line in text.splitlines():
        if line.strip() and chance.random() < talks:
            line = f"{line}  # {chance.choice(SAID).format(chance.choice(THINGS.split()))}"
        lines.append(line)
    return "\n".join(lines)


def _reworded(text: str, chance: random.Random) -> str:
    """Some of the sentences."""
    sentences = re.split(r"(?<=[.:])\s+", text)
    return " ".join(s for s in sentences if chance.random() < 0.7) or text


def _renamed(text: str, names: dict[str, str]) -> str:
    """The code with other names for what `names` has."""
    tokens = list(tokenize.generate_tokens(io.StringIO(text).readline))
    found = []
    for before, token in zip([None, *tokens], tokens, strict=False):
        attribute = before is not None and before.string == "."
        word = token.string
        if token.type == tokenize.NAME and not attribute and not keyword.iskeyword(word):
            word = names.get(word, word)
        found.append((token.start, token.end, word))
    return _joined(text, found)


def _joined(text: str, found: list[tuple[tuple[int, int], tuple[int, int], str]]) -> str:
    """A text with words at their places (line and column) replaced."""
    lines = text.splitlines(keepends=True)
    for (row, start), (last, stop), word in reversed(found):
        if row == last and word.strip():
            lines[row - 1] = lines[row - 1][:start] + word + lines[row - 1][stop:]
    return "".join(lines)


def copied(writer: Writer, student: str, seed: int, share: float = 1.0) -> Writer:
    """Who has copied from another and hidden it.

    Every name of the author's own is another, comments are gone or new, and lines that don't
    depend on one another change places.

    Args:
        writer: from whom.
        student: who copies.
        seed: of how it is hidden.
        share: of the answers that are copied; the others are what `writer` is given them.
    """
    chance = random.Random(seed)
    texts = {}
    for place, text in writer.texts.items():
        if chance.random() < share:
            texts[place] = _hidden(text, chance) if place.code else _reworded(text, chance)
    return Writer((student,), "", texts)


def _hidden(text: str, chance: random.Random) -> str:
    own = set(re.findall(r"^\s+(\w+) = ", text, re.MULTILINE)) - API
    new = {name: f"{chance.choice('abcdefgh')}{chance.randrange(100)}" for name in sorted(own)}
    renamed = _renamed(text, new)
    lines = [re.sub(r"\s*#.*", "", line) for line in renamed.splitlines()]
    return "\n".join(_moved(lines, chance))


def _moved(lines: list[str], chance: random.Random) -> list[str]:
    """The lines with neighbours changed that assign and don't use one another."""
    lines = list(lines)
    for n in range(len(lines) - 1):
        parts = [re.fullmatch(r"(\s+)(\w+) = (.*)", line) for line in lines[n : n + 2]]
        if all(parts) and chance.random() < 0.8:
            (one, a, x), (two, b, y) = (part.groups() for part in parts if part)
            if (
                one == two
                and a != b
                and not re.search(rf"\b{a}\b", y)
                and not re.search(rf"\b{b}\b", x)
            ):
                lines[n], lines[n + 1] = lines[n + 1], lines[n]
    return lines
