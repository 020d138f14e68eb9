"""Texts from outside as HTML that does nothing, whatever is in them: lists of harmless elements
decide last.

`markdown` is for a page that stands by itself: no address, no style, no picture. HTML is shown as
it was typed, links and pictures as their words, and formulas become MathML, which needs no network.
`notebook_markdown` and `harmless` are for a page that shows a notebook as Jupyter does: with links
and pictures, and with formulas for the page's MathJax.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from html import escape, unescape
from xml.etree.ElementTree import tostring

import nh3
from latex2mathml import converter
from markupsafe import Markup
from mistune import HTMLRenderer
from nbconvert.filters.markdown_mistune import (
    InvalidNotebook,
    IPythonRenderer,
    MarkdownWithMath,
    MathInlineParser,
)
from pygments.token import STANDARD_TYPES

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

# What a notebook may show beside: nothing with an id, and no class but of coloured code and pandas.
NOTEBOOK = {
    *("h1", "h2", "h3", "h4", "h5", "h6", "a", "img", "div", "span", "details", "summary"),
    *("sub", "sup", "b", "i", "u", "s", "ins", "mark", "small", "kbd", "samp", "var", "abbr", "q"),
    *("dl", "dt", "dd", "caption", "tfoot", "figure", "figcaption", "center"),
}
NOTEBOOK_ATTRIBUTES = {
    "a": {"href", "title"},
    "img": {"src", "alt", "title", "width", "height"},
    "ol": {"start"},
    "table": {"border"},
    "th": {"colspan", "rowspan", "scope", "align", "style"},
    "td": {"colspan", "rowspan", "align", "style"},
    "tr": {"style"},
}
CLASSES = {"div": {"highlight"}, "span": {*STANDARD_TYPES.values()}, "table": {"dataframe"}}
STYLES = {"text-align"}
LINK = re.compile(r"(?:https?|mailto):", re.IGNORECASE)
# One in the text itself, or a file beside the notebook.
PICTURE = re.compile(
    r"data:image/(?:png|jpeg|gif|svg\+xml);base64,[\w+/=\s]*"
    r"|(?!.*\.\.)\w(?:[\w /.-]|%20)*\.(?:png|jpe?g|gif|svg)",
    re.IGNORECASE,
)


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


def notebook_markdown(text: str, attachments: Mapping[str, Mapping[str, str]]) -> Markup:
    """A cell's Markdown as Jupyter shows it, and safe.

    Args:
        text: the Markdown, with HTML and formulas.
        attachments: the cell's pictures by their names, each by its type.
    """
    renderer = IPythonRenderer(
        escape=False, exclude_anchor_links=True, attachments=dict(attachments)
    )
    try:
        return harmless(MarkdownWithMath(renderer).render(text))
    except InvalidNotebook:  # a picture is not there
        return harmless(f"<pre>{escape(text)}</pre>")


def harmless(html: str) -> Markup:
    """HTML as it is, but for what runs, is fetched from elsewhere, or looks like the page's own."""
    return Markup(
        nh3.clean(
            html,
            tags=TEXT | TABLE | NOTEBOOK,
            attributes=NOTEBOOK_ATTRIBUTES,
            attribute_filter=_address,
            url_schemes={"http", "https", "mailto", "data"},
            allowed_classes=CLASSES,
            filter_style_properties=STYLES,
        )
    )


def _address(element: str, attribute: str, value: str) -> str | None:
    """An attribute's value; None for an address that is not to be followed."""
    if attribute == "href":
        return value if LINK.match(value) else None
    if attribute == "src":
        return value if PICTURE.fullmatch(value) else None
    return value


def is_visible(html: str) -> bool:
    """Whether anything is to be seen of harmless HTML."""
    return "<img" in html or bool(nh3.clean(html, tags=set()).strip())
