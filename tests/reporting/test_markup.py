"""Texts from outside become HTML that does nothing, on a page by itself and on a notebook's."""

from __future__ import annotations

import re
import time

import pytest
from bs4 import BeautifulSoup

from autograder.reporting.markup import (
    ATTRIBUTES,
    CLASSES,
    MATH,
    NOTEBOOK,
    NOTEBOOK_ATTRIBUTES,
    TABLE,
    TEXT,
    harmless,
    is_visible,
    markdown,
    notebook_markdown,
)

HOSTILE = {
    "script": "<script>alert(1)</script>",
    "handler": '<img src="x" onerror="alert(1)">',
    "remote-image": "![a](https://evil.example/x.png)",
    "image-by-html": '<img src="https://evil.example/x.png">',
    "javascript-link": "[click](javascript:alert(1))",
    "remote-link": "[click](https://evil.example)",
    "data-link": "[click](data:text/html;base64,PHNjcmlwdD4=)",
    "autolink": "<https://evil.example>",
    "reference": "[click][a]\n\n[a]: https://evil.example",
    "style": "<style>body { display: none }</style>",
    "style-attribute": '<p style="background: url(https://evil.example)">x</p>',
    "iframe": '<iframe src="https://evil.example"></iframe>',
    "form": '<form action="https://evil.example"><input name="password"></form>',
    "svg": '<svg onload="alert(1)"><script>alert(1)</script></svg>',
    "meta": '<meta http-equiv="refresh" content="0; url=https://evil.example">',
    "base": '<base href="https://evil.example">',
    "closing": "</div></main></body><h1>You have 32 points</h1>",
    "comment": "<!-- <script> --> <script>alert(1)</script>",
    "math-link": r"$\href{javascript:alert(1)}{x}$",
    "math-style": r"$\style{background: url(https://evil.example)}{x}$",
    "math-text": r"$\text{<script>alert(1)</script><img src=x onerror=alert(1)>}$",
    "math-html": '<math><mtext><img src="x" onerror="alert(1)"></mtext></math>',
    "math-annotation": (
        '<math><annotation-xml encoding="text/html"><script>alert(1)</script></annotation-xml>'
    ),
    "code": "```html\n<script>alert(1)</script>\n```",
    "mermaid": "```mermaid\nclick A href 'javascript:alert(1)'\n```",
    "heading": "# <script>alert(1)</script> One",
    "table": '|<img src="x" onerror="alert(1)">|b|\n|-|-|\n|<script>1</script>|[x](javascript:1)|',
    "entities": "&#60;script&#62;alert(1)&#60;/script&#62;",
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_what_does_something_does_nothing(text: str) -> None:
    """Only elements and attributes of the lists are left, and none of them has an address."""
    found = BeautifulSoup(markdown(f"Before.\n\n{text}\n\nAfter."), "html.parser")
    for element in found.find_all(True):
        assert element.name in TEXT | TABLE | MATH
        assert {*element.attrs} <= ATTRIBUTES.get(element.name, set())
    assert {"Before.", "After."} <= {part.get_text() for part in found.find_all("p")}


def test_html_is_shown_as_it_was_typed() -> None:
    """Its author sees what became of it."""
    assert markdown("a <b>bold</b> word") == "<p>a &lt;b&gt;bold&lt;/b&gt; word</p>\n"


def test_links_and_pictures_are_their_words() -> None:
    """And where a link would lead, as text."""
    assert markdown("[here](https://a.example) ![a cat](cat.png)") == (
        "<p>here (https://a.example) [picture: a cat]</p>\n"
    )


@pytest.mark.parametrize(
    ("text", "display"),
    [
        pytest.param(r"so $\frac{a}{b}$ it is", "inline", id="inline"),
        pytest.param(r"so \\(\frac{a}{b}\\) it is", "inline", id="inline-latex"),
        pytest.param("so\n\n$$\n\\frac{a}{b}\n$$", "block", id="block"),
        pytest.param("\\begin{equation}\n\\frac{a}{b}\n\\end{equation}", "block", id="environment"),
    ],
)
def test_formulas_are_mathml(text: str, display: str) -> None:
    """As Jupyter reads them."""
    assert f'<math display="{display}">' in markdown(text)
    assert "<mfrac><mrow><mi>a</mi></mrow><mrow><mi>b</mi></mrow></mfrac>" in markdown(text)


def test_signs_and_words_of_a_formula_are_as_they_were_typed() -> None:
    """A sign is a letter, and what looks like an element is words."""
    shown = BeautifulSoup(markdown(r"$\ell < \text{a<b>}$"), "html.parser")
    assert shown.get_text().strip() == "ℓ<a<b>"


@pytest.mark.parametrize("text", [r"\frac", "x" * 3000, "{" * 1500], ids=len)
def test_what_is_no_formula_is_shown_as_it_was_typed(text: str) -> None:
    """One that can't be read, or that nobody can."""
    shown = BeautifulSoup(markdown(f"a $ {text} $ b"), "html.parser")
    assert re.sub(r"\s", "", text) in re.sub(r"\s", "", shown.get_text())


ENDLESS = {
    "brackets": "[" * 20_000,
    "links": "[a](" * 5_000,
    "pictures": "![" * 10_000,
    "emphasis": "*a _b " * 3_000,
    "code": "`a" * 10_000,
    "quotes": ">" * 20_000,
    "lists": "\n".join(" " * depth + "- a" for depth in range(190)),
    "tags": "<a " * 6_000,
    "dollars": "$a" * 10_000,
    "environments": r"\begin{a}" * 2_200,
    "deep-formula": "$" + r"\left(" * 300 + r"\right)" * 300 + "$",
}


@pytest.mark.parametrize("text", ENDLESS.values(), ids=ENDLESS.keys())
def test_no_text_takes_long(text: str) -> None:
    """Whatever of it a page takes is there in a moment."""
    start = time.process_time()
    assert markdown(text)
    assert time.process_time() - start < 5
    start = time.process_time()
    assert notebook_markdown(text, {})
    assert time.process_time() - start < 5


# As a notebook --------------------------------------------------------------------------------


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_what_does_something_does_nothing_in_a_notebook(text: str) -> None:
    """Links lead elsewhere in the open; nothing is fetched, has an id, or a class of the page's."""
    found = BeautifulSoup(notebook_markdown(f"Before.\n\n{text}\n\nAfter.", {}), "html.parser")
    for element in found.find_all(True):
        assert element.name in TEXT | TABLE | NOTEBOOK
        known = NOTEBOOK_ATTRIBUTES.get(element.name, set()) | {"rel"}
        assert {*element.attrs} - {"class"} <= known
        assert {*element.get("class", ())} <= CLASSES.get(element.name, set())
        assert not element.get("src")
        assert element.get("href", "https://evil.example") == "https://evil.example"
        assert not element.get("style")
    assert {"Before.", "After."} <= {part.get_text() for part in found.find_all("p")}


def test_a_notebooks_markdown_is_as_jupyter_shows_it() -> None:
    """HTML, links, headings, coloured code, aligned tables, and formulas for MathJax."""
    text = "# One\n\na <b>bold</b> [word](https://a.example) $a < b$\n\n```python\nx = 1\n```\n"
    table = "\n| a |\n|--:|\n| 1 |\n"
    found = BeautifulSoup(notebook_markdown(text + table, {}), "html.parser")
    assert found.h1.get_text() == "One"
    assert found.b.get_text() == "bold"
    assert found.a["href"] == "https://a.example"
    assert "$a < b$" in found.get_text()
    assert found.select_one("div.highlight span.mi").get_text() == "1"
    assert found.td["style"] == "text-align:right"


@pytest.mark.parametrize(
    ("picture", "shown"),
    [
        ("attachment:a.png", "data:image/png;base64,AAAA"),
        ("plot.png", "plot.png"),
        ("figures/my%20plot.svg", "figures/my%20plot.svg"),
        ("../plot.png", None),
        ("figures/../../plot.png", None),
        ("/api/plot.png", None),
        ("//evil.example/plot.png", None),
        ("https://evil.example/plot.png", None),
        ("plot.html", None),
        ("next", None),
        ("data:text/html;base64,AAAA", None),
    ],
)
def test_pictures_of_a_notebook_are_its_own(picture: str, shown: str | None) -> None:
    """In its text, or beside it; what is not there is told by its words."""
    found = notebook_markdown(f"![a cat]({picture})", {"a.png": {"image/png": "AAAA"}})
    image = BeautifulSoup(found, "html.parser").img
    assert (image.get("src"), image["alt"]) == (shown, "a cat")


def test_a_picture_that_is_not_there_ends_no_page() -> None:
    """The text is shown as it was typed."""
    assert notebook_markdown("<b>![a](attachment:b)", {}) == (
        "<pre>&lt;b&gt;![a](attachment:b)</pre>"
    )


@pytest.mark.parametrize(
    "address", ["evil.html", "/lab", "#id", "javascript:1", "data:text/html,x", "file:///x"]
)
def test_a_link_that_stays_on_the_server_leads_nowhere(address: str) -> None:
    """A student's page would run there with the rights of whoever reads."""
    assert "href" not in harmless(f'<a href="{address}">x</a>')


def test_a_cell_of_a_table_is_aligned_and_no_more() -> None:
    """A style could lay it over the page, or hide its words."""
    style = (
        "position: fixed; text-align: right; color: white; background: url(https://evil.example)"
    )
    shown = harmless(f'<table><tbody><tr><td style="{style}">x</td></tr></tbody></table>')
    assert BeautifulSoup(shown, "html.parser").td["style"] == "text-align:right"


def test_what_is_seen() -> None:
    """Words and pictures, and no empty frame for them."""
    assert is_visible("<p>a</p>")
    assert is_visible('<div><img src="data:image/png;base64,AAAA"></div>')
    assert not is_visible("<div><p> </p></div>")
