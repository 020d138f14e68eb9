"""CONTRIBUTING leads to what is there: its paths, and each change to its file and its test."""

from __future__ import annotations

import re

import pytest

from tests.course import ROOT

PAGES = ("README.md", "CONTRIBUTING.md", *sorted(f"docs/{p.name}" for p in ROOT.glob("docs/*.md")))
PAGE = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
PATH = re.compile(r"`([\w./-]+?/|[\w./-]*?[\w-]+\.(?:py|md|ipynb))`")
LINK = re.compile(r"\]\(([^)#:]*)(?:#([^)]*))?\)")


def section(title: str) -> list[list[str]]:
    """The rows of a section's table, a list of its cells each."""
    _, _, rest = PAGE.partition(f"## {title}\n")
    lines = [line for line in rest.partition("\n## ")[0].splitlines() if line.startswith("| ")]
    return [line.strip("| ").split(" | ") for line in lines[1:]]


def paths(text: str) -> list[str]:
    """The paths in a text; what is not there from the top lies beside the one before it."""
    found: list[str] = []
    for path in PATH.findall(text):
        beside = found[-1].rpartition("/")[0] if found else ""
        found.append(path if (ROOT / path).exists() or not beside else f"{beside}/{path}")
    return found


def anchors(page: str) -> set[str]:
    """What a link can lead to in a page."""
    titles = re.findall(r"^#+ (.*)$", page, re.MULTILINE)
    return {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles}


def test_every_path_is_there() -> None:
    """A room that was moved is moved on the page."""
    found = paths(PAGE)
    assert len(found) > 40
    assert [path for path in found if not (ROOT / path).exists()] == []


def test_every_room_is_on_the_page() -> None:
    """Someone who looks for a room finds what it is for."""
    rows = "\n".join(row[0] for row in section("Where what lives"))
    rooms = [path.parent for path in (ROOT / "autograder").glob("*/__init__.py")]
    assert len(rooms) > 6
    assert [room.name for room in rooms if f"autograder/{room.name}/" not in rows] == []


def test_five_changes_have_their_files_and_tests() -> None:
    """Each names what to change, the page that says it, and a test that knows what is changed."""
    rows = section("Five changes")
    assert len(rows) == 5
    for what, change, page, test in rows:
        changed, tests = paths(change), paths(test)
        assert changed, what
        assert paths(page), what
        assert tests, what
        texts = [(ROOT / path).read_text(encoding="utf-8") for path in tests]
        stems = [path.rpartition("/")[2].removesuffix(".py") for path in changed]
        assert any(re.search(rf"\b{stem}\b", text) for stem in stems for text in texts), what


@pytest.mark.parametrize("page", PAGES)
def test_links_lead_somewhere(page: str) -> None:
    """To a file of the repository, and a heading in it."""
    text = (ROOT / page).read_text(encoding="utf-8")
    for target, anchor in LINK.findall(text):
        file = (ROOT / page).parent / target if target else ROOT / page
        assert file.exists(), target
        assert not anchor or anchor in anchors(file.read_text(encoding="utf-8")), (target, anchor)
