"""Markdown from outside as HTML that does nothing: no script, no address, no style, no picture.

HTML in it is shown as it was typed, links and pictures as their words, and formulas become MathML,
which needs no network. Whatever these steps let through, a list of harmless elements decides last.
"""

from __future__ import annotations

from html import escape, unescape
from xml.etree.ElementTree import tostring

import nh3
from latex2mathml import converter
from markupsafe import Markup
from mistune import HTMLRenderer
from nbconvert.filters.markdown_mistune import MarkdownWithMath, MathInlineParser

TEXT = {"p", "br", "em", "strong", "code", "pre", "blockquote", "hr", "del", "ul", "ol", "li"}
TABLE = {"table", "thead", "tbody", "tr", "th", "td"}
# MathML Core's elements but those that lead elsewhere or hold HTML.
MATH = {
    *("math", "mrow", "mi", "mn", "mo", "mtext", "mspace", "mstyle", "mfrac", "msqrt", "mroot"),
    *("msub", "msup", "msubsup", "munder", "mover", "munderover", "mmultiscripts", "mpadded"),
    *("mprescripts", "mphantom", "mtable", "mtr", "mtd"),
}
ATTRIBUTES = {
    "math": {"display"},
    "mo": {"stretchy", "fence", "form", "largeop", "movablelimits", "minsize", "maxsize"},
    "mi": {"mathvariant"},
    "mover": {"accent"},
    "munder": {"accentunder"},
    "mfrac": {"linethickness"},
    "mspace": {"width"},
    "mstyle": {"displaystyle", "scriptlevel"},
}
LONGEST_FORMULA = 2000


class _Renderer(HTMLRenderer):
    """Renders Markdown without what leads away from the page."""

    def heading(self, text: str, level: int, **attrs: object) -> str:
        """A line of its own: the page's headings are the page's."""
        return f"<p><strong>{text}</strong></p>\n"

    def link(self, text: str, url: str, title: str | None = None) -> str:
        """The words, and where they would lead."""
        return text if text == url else f"{text} ({escape(url)})"

    def image(self, text: str, url: str, title: str | None = None) -> str:
        """The words that stand for a picture."""
        return f"[picture: {escape(text)}]"

    def block_math(self, body: str) -> str:
        """A formula on lines of its own."""
        return _formula(body, "block")

    def inline_math(self, body: str) -> str:
        """A formula among words."""
        return _formula(body, "inline")

    def latex_environment(self, name: str, body: str) -> str:
        """A formula with its own surroundings."""
        return _formula(rf"\begin{{{name}}}{body}\end{{{name}}}", "block")


def _formula(latex: str, display: str) -> str:
    """A formula as MathML; as it was typed, where it is none."""
    try:
        if len(latex) <= LONGEST_FORMULA:
            element = converter.convert_to_element(latex, display=display)
            for (
                part
            ) in element.iter():  # its signs are references, and its words as they were typed
                part.text = unescape(part.text or "")
            return tostring(element, encoding="unicode")
    except Exception:  # whatever is wrong with it, its author sees what was typed
        pass
    return f"<code>{escape(latex)}</code>"


def markdown(text: str) -> Markup:
    """Markdown as safe HTML, with line ends where they were typed."""
    inline = MathInlineParser(hard_wrap=True)
    renderer = MarkdownWithMath(_Renderer(escape=True), inline=inline)
    try:
        rendered = str(renderer(text))
    except RecursionError:  # what is nested deeper than anyone writes
        rendered = f"<pre>{escape(text)}</pre>"
    return Markup(nh3.clean(rendered, tags=TEXT | TABLE | MATH, attributes=ATTRIBUTES))
