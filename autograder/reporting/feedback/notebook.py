"""The feedback of one student as a notebook: what the page says, where only a notebook opens.

Canvas shows a file that is handed back under the student's own file's name, and that is a
notebook's. Nothing in it runs: all cells are Markdown. A text from outside is shown as it is, in a
fence or with every sign of Markdown written as a reference; a person's comment alone is Markdown,
of which HTML and pictures are shown as they were typed.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator, Sequence

import nbformat
from nbformat import NotebookNode
from nbformat.v4 import new_markdown_cell, new_notebook

from autograder.reporting.feedback import chart
from autograder.reporting.feedback.handed_in import Answer
from autograder.reporting.feedback.page import points
from autograder.reporting.feedback.picture import png
from autograder.reporting.feedback.told import Exercise, Feedback, Notebook, Score, plain
from autograder.results import Plot

# What Markdown, HTML or MathJax may have a use for; and what of an address makes it a link.
SIGNS = re.compile(r"[^\w\s.,:;()'/=+%−-]|_|:(?=/)|(?<=www)\.", re.IGNORECASE)
# What a comment has of code and formulas: code where no rule of Markdown can see anything else.
SPANS = re.compile(
    r"(?P<fence>^(?P<ticks>`{3,})[^`\n]*\n.*?\n(?P=ticks)`*[ \t]*$)"
    r"|(?P<code>(?<![\\`])(?P<run>`+)(?!`)[^\n|]+?(?<!`)(?P=run)(?!`))"
    r"|(?P<formula>\$\$.+?\$\$|(?<![\\$])\$[^$\n]+\$)",
    re.DOTALL | re.MULTILINE,
)
PNG = "image/png"
FOOT = (
    "What a check asks is the same for everyone; its numbers are partly your own. Nothing in this "
    "notebook runs."
)


def text(feedback: Feedback) -> str:
    """The notebook as a file holds it."""
    cells = [_cell(each) for each in _texts(feedback)]
    for place, cell in enumerate(cells):
        cell.id = f"feedback-{place}"  # the same each time
    return str(nbformat.writes(new_notebook(cells=cells)))


def _cell(content: str | Plot) -> NotebookNode:
    """A cell of Markdown, or one with a picture."""
    if isinstance(content, str):
        return new_markdown_cell(content)
    said = " ".join(f"{each.name}: {each.words}" for each in chart.charts(content))
    picture = base64.b64encode(png(content)).decode()
    return new_markdown_cell(
        f"![your {as_text(content.what)} and the right one](attachment:plot.png)\n\n"
        f"{as_text(said)}",
        attachments={"plot.png": {PNG: picture}},
    )


def as_text(text: str) -> str:
    """A text from outside as Markdown that shows it, and nothing else."""
    return SIGNS.sub(lambda sign: f"&#{ord(sign[0])};", text)


def as_comment(text: str) -> str:
    """A person's Markdown, with code and formulas, in which HTML and pictures are only text."""
    parts, done = list[str](), 0
    for span in SPANS.finditer(text):
        parts.append(_without_html(text[done : span.start()]))
        if span["formula"]:
            parts.append(span[0].replace("<", r"\lt ").replace(">", r"\gt "))
        elif span["fence"] and "~~~" in text:  # it may end a fence of the other kind
            parts.append(_without_html(span[0]))
        else:
            parts.append(span[0])
        done = span.end()
    return "".join([*parts, _without_html(text[done:])])


def _without_html(text: str) -> str:
    return text.replace("<", "&lt;").replace("![", r"!\[")


def fenced(text: str, language: str = "") -> str:
    """A text as it is, in a fence that is longer than any in it."""
    longest = max((len(run) for run in re.findall(r"`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}{language}\n{text}\n{fence}"


def _texts(told: Feedback) -> Iterator[str | Plot]:
    """What stands in the cells, in order."""
    who = ", ".join(filter(None, [told.student, told.name]))
    yield f"# Feedback: {as_text(told.assignment)}\n\n{as_text(who)}"
    if told.failed and told.notebooks:
        yield (
            "Your last hand-in could not be graded, and a person will look at it. What follows is "
            "about the one before."
        )
    if not told.notebooks:
        yield (
            "Nothing in what you handed in could be graded yet, so there are no points so far. A "
            "person will look at it; if you hear nothing, ask."
        )
        return
    yield "\n\n".join([*_sums(told), _overview(told)])
    for notebook in told.notebooks:
        yield from _notebook(notebook)
    yield FOOT


def _sums(told: Feedback) -> Iterator[str]:
    """The points, what waits, and times."""
    so_far = " so far" if told.waiting else ""
    yield f"**{points(told.points)}** of {points(told.most)} points{so_far}"
    if told.waiting:
        yield f"{points(told.waiting)} of them wait for a person, and are not counted yet."
    late = told.lateness
    lines = [
        ("Handed in", late.handed_in),
        ("Due", late.due),
        ("Late", f"by {late.by}" if late.by else ""),
        ("Taken off for lateness", points(told.lost) if told.lost else ""),
    ]
    if shown := [f"- {title}: {as_text(said)}" for title, said in lines if said]:
        yield "\n".join(shown)


def _overview(told: Feedback) -> str:
    """A table of all exercises."""
    rows = [
        f"| {as_text(each.title)} | {_share(_given(each), each.most)} |" for each in told.exercises
    ]
    return "\n".join(["| exercise | points |", "|:--|--:|", *rows])


def _given(exercise: Exercise) -> float | None:
    """The points of an exercise; None where all of them wait for a person."""
    waits = exercise.waiting and exercise.waiting == exercise.most
    return None if waits else exercise.points


def _share(given: float | None, most: float) -> str:
    return f"{'–' if given is None else points(given)} / {points(most)}"


def _notebook(notebook: Notebook) -> Iterator[str | Plot]:
    """What is told of one notebook."""
    yield f"## {as_text(notebook.title)}"
    if not notebook.there:
        yield "This notebook was not among what you handed in."
    elif not notebook.shown:
        yield "What you wrote in this notebook can't be shown here."
    for exercise in notebook.exercises:
        yield from _exercise(exercise, there=notebook.there)


def _exercise(exercise: Exercise, *, there: bool) -> Iterator[str | Plot]:
    """What is told of one exercise, the next step first."""
    share = _share(_given(exercise), exercise.most)
    said = [f"### {as_text(exercise.title)}", f"**{share}** points"]
    if exercise.silent and there:
        said.append("You handed this in as it was given: there is no answer yet.")
    if exercise.causes:
        said.append("**What to do next**")
        for cause in exercise.causes:
            why = f"{cause.said} {cause.text}".strip()
            said.append(as_text(why).replace("\n", "<br>"))
            said.append(f"Explains: {as_text(', '.join(cause.checks))}.")
    yield "\n\n".join(said)
    for comment in exercise.comments:
        yield "**A person's comment**"
        yield as_comment(comment)  # by itself: what is left open in it ends with the cell
    if there and not exercise.silent:
        yield from _checks(exercise.scores)
        yield from exercise.plots
        yield from map(_answer, filter(_is_written, exercise.answers))


def _is_written(answer: Answer) -> bool:
    return bool(answer.text)


def _answer(answer: Answer) -> str:
    title = f"Your code of {as_text(answer.name)}" if answer.code else "Your answer"
    return f"**{title}**\n\n{fenced(answer.text, 'python' if answer.code else '')}"


def _checks(scores: Sequence[Score]) -> Iterator[str]:
    """A table of checks, and what failed tests said in words of their own."""
    rows = [row for score in scores for row in _rows(score)]
    yield "\n".join(["| check | result | points | |", "|:--|:--|--:|:--|", *rows])
    for score in scores:
        if score.extra:
            yield f"Extra credit among these points: {points(score.extra)}."
        if score.again:
            yield "A person will look at these points once more."
        if score.failure and not score.checks and not score.by_person:
            yield f"{as_text(score.title)}:\n\n{fenced(score.failure)}"


def _rows(score: Score) -> Iterator[str]:
    """The checks of a cell with points, or the cell itself."""
    for check in score.checks:
        said = "" if check.cause else check.message
        hint = f"Hint: {check.hint}" if check.hint else ""
        told = "\n".join(filter(None, [said, hint]))
        result = "✓ passed" if check.passed else "✗ failed"
        yield _row(plain(check.name), result, _share(check.points, check.max_points), told)
    if score.by_person:
        yield _row(score.title, "by a person", _share(score.points, score.most))
    elif score.points is None:
        yield _row(score.title, "waits for a person", _share(None, score.most))
    elif not score.checks:
        result = "✓ passed" if score.points >= score.most else "✗ failed"
        yield _row(score.title, result, _share(score.points, score.most))


def _row(title: str, result: str, share: str, told: str = "") -> str:
    """A line of the table."""
    lines = "<br>".join(map(as_text, told.split("\n")))
    return f"| {as_text(title)} | {result} | {share} | {lines} |"
