"""Texts that cells hand on: to be run by `exec` and its kind, or written as a module to import."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from autograder.examiner.review.atoms import text_of
from autograder.examiner.review.literals import HOLE
from autograder.examiner.review.scopes import Scope, Unit, last_of
from autograder.examiner.review.standing import Standing
from autograder.examiner.review.texts import Text, of_cell, of_file
from autograder.source_text import without_options

# What runs a text, by the last part of its name; and a function of it where it needs one.
RUNNERS = frozenset(
    (
        *("exec", "eval", "compile", "timeit", "repeat", "Timer", "run", "runctx", "runcall"),
        *("run_cell", "run_cell_async", "ex", "ev", "run_line_magic", "run_cell_magic", "magic"),
        *("runcode", "runsource", "interact", "run_code", "runeval"),
    )
)
WRITERS = frozenset((*("write", "write_text", "writelines", "write_bytes"),))
PLACEHOLDER = "unread"


def handed_on(units: list[Unit], standing: Standing) -> Iterator[Text]:
    """The texts that statements hand on, and that are Python."""
    for unit in units:
        for node, scope, _ in unit.nodes:
            if isinstance(node, ast.Call) and (last := last_of(node.func)):
                if last in WRITERS:
                    yield from _written(unit, node, scope, standing)
                elif last in RUNNERS or _known_as(node, scope, standing):
                    yield from _run(unit, node, scope, standing)


def _known_as(node: ast.Call, scope: Scope, standing: Standing) -> bool:
    """Whether what is called runs texts, under another name."""
    names = standing.names(node.func, scope)
    return any(name.rpartition(".")[2] in RUNNERS for name in names)


def _run(unit: Unit, node: ast.Call, scope: Scope, standing: Standing) -> Iterator[Text]:
    values = [*node.args, *(keyword.value for keyword in node.keywords)]
    texts = [text for value in values for text in standing.texts(value, scope)]
    if texts[:1] in (["writefile"], ["file"]) and len(texts) > 2:
        if text := of_file(unit.text.place, texts[1], texts[2]):
            yield text
        return
    if last_of(node.func) == "magic":
        texts = [f"%{text}" for text in texts]
    for source in map(without_options, texts):
        text = of_cell(unit.text.place, source.replace(HOLE, PLACEHOLDER), answer=unit.text.answer)
        if text and not _plain_word(text):
            yield text


def _plain_word(text: Text) -> bool:
    """Whether a text is a name or a constant alone, as an option is."""
    body = text.tree.body
    return (
        len(body) == 1
        and isinstance(body[0], ast.Expr)
        and isinstance(body[0].value, ast.Name | ast.Constant)
    )


def _written(unit: Unit, node: ast.Call, scope: Scope, standing: Standing) -> Iterator[Text]:
    paths = _paths(node, scope, standing)
    if paths and not any(path.endswith(".py") or HOLE in path for path in paths):
        return
    values = [atom for value in node.args for atom in standing.of(value, scope)]
    texts = [text for value in node.args for text in standing.texts(value, scope)]
    if last_of(node.func) == "writelines":
        parts = standing.parts(values, (None,))
        lines = [text for part in parts if (text := text_of(part)) is not None]
        texts = ["".join(lines)]
    for source in texts:
        path = paths[0] if paths else ""
        if module := of_file(unit.text.place, path, source.replace(HOLE, PLACEHOLDER)):
            yield module


def _paths(node: ast.Call, scope: Scope, standing: Standing) -> list[str]:
    """The names of the file that is written, as far as they can be told."""
    opened = node.func.value if isinstance(node.func, ast.Attribute) else None
    if isinstance(opened, ast.Name):
        bindings = scope.lookup(opened.id) or ()
        opened = next((b.node for b in bindings if isinstance(b.node, ast.Call)), None)
    if isinstance(opened, ast.Call) and opened.args:
        return standing.texts(opened.args[0], scope)
    if isinstance(opened, ast.Call) and isinstance(opened.func, ast.Attribute):  # Path(...).open()
        inner = opened.func.value
        if isinstance(inner, ast.Call) and inner.args:
            return standing.texts(inner.args[0], scope)
    return []
