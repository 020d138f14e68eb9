"""The page of a class: what it says, that it is inert and bounded, and that a browser shows it."""

from __future__ import annotations

import base64
import hashlib
import itertools
import re
import shlex
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from bs4 import BeautifulSoup
from nbgrader.api import Gradebook
from playwright.sync_api import Browser, Page
from sqlalchemy import make_url

from autograder.config import Settings, load
from autograder.grading.records import tables
from autograder.grading.records.settled import settle
from autograder.grading.records.tables import SUBMISSIONS
from autograder.reporting.class_report import files
from autograder.reporting.class_report.report import gather
from autograder.results import Flag, FlagKind
from tests import postgres
from tests.course import autograder
from tests.daily import daily
from tests.reporting.class_report.classes import CHECKS, Member, course, many

pytestmark = pytest.mark.usefixtures("processes")

SCRIPT = "<script>alert(1)</script>"
ODD = (
    "<script>alert(1)<script>",  # a folder's name can have no slash
    "\"><img src=x onerror='alert(1)'>",
    "{{ 7 * 7 }}",
    "שלום\u202eevil\u200f",
    "=cmd|' ' !A0",
    "w" * 120,
    "&lt;b&gt;",
)
TIMEOUT = Flag(FlagKind.TIMEOUT, "softmax_hidden", "softmax ran for 10 s.")
SUSPECT = Flag(FlagKind.SUSPECT_CODE, "softmax", "It reads torch._C.")
UNREADABLE = Flag(FlagKind.UNREADABLE, "", "nb.ipynb is cut off.")
SIGN = "The sign is flipped."


def page(settings: Settings) -> BeautifulSoup:
    """The page as it is written, parsed."""
    return BeautifulSoup(files.write(settings, gather(settings, "hw")).read_text(), "html.parser")


def section(shown: BeautifulSoup, name: str) -> str:
    """What a section says, in one line."""
    found = shown.select_one(f'section[aria-labelledby="{name}"]')
    return re.sub(r"\s+", " ", found.get_text(" "))


def people(shown: BeautifulSoup) -> list[str]:
    """Whom the page lists as wanting a person, in order."""
    return [each.get_text() for each in shown.select("#people tbody th bdi:first-child")]


# What it says -----------------------------------------------------------------------------------


@pytest.fixture
def small(folder: Path) -> Settings:
    """A class of five: flagged, failed, late, waiting, and one who is absent."""
    members = [
        Member("ana", written=2.0, flags=(SUSPECT,), status="flagged"),
        Member(
            "ben", {"softmax": ()}, written=1.0, cause=SIGN, late=timedelta(hours=26), penalty=1.5
        ),
        Member("eva", flags=(UNREADABLE,), status="failed"),
        Member(
            "ivo", {"softmax": CHECKS[:2]}, hint="Look at the last axis.", late=None, memory=None
        ),
        Member(
            "mia",
            flags=(TIMEOUT, replace(TIMEOUT, cell="entropy_hidden")),
            status="flagged",
            extension=timedelta(days=2),
            memory=340,
        ),
    ]
    settings = course(folder, members)
    roster = folder / "roster.csv"
    roster.write_text(
        "student_id,first_name,last_name,excused hw\nana,Ana,Perić,\nben,Ben,B,\neva,E,E,\n"
        "mia,M,M,\nzoe,Z,Z,\numa,U,U,yes\n"
    )
    return settings


def test_who_needs_a_person_is_told_first_the_most_urgent_first(small: Settings) -> None:
    """What could not be graded comes before all, then by kind; with what to do about it."""
    shown = page(small)
    assert people(shown) == ["eva", "ana", "mia"]
    told = section(shown, "person")
    assert "3 submissions need a person" in told
    assert "could not be graded unreadable nb.ipynb is cut off." in told
    assert "ask for the .ipynb, put it into submitted/eva/hw in the other's place" in told
    assert "ana Ana Perić suspect-code It reads torch._C. read it: formgrader" in told
    assert told.count(TIMEOUT.detail) == 1  # two tests raise the same flag
    rows = shown.select("#people tbody tr")
    assert [row["data-kinds"] for row in rows] == ["failed unreadable", "suspect-code", "timeout"]


def test_a_settled_flag_is_told_as_settled(small: Settings) -> None:
    """It stands below, and its student needs nobody."""
    settle(small, "hw", "ana", FlagKind.SUSPECT_CODE)
    shown = page(small)
    assert people(shown) == ["eva", "mia", "ana"]
    told = section(shown, "person")
    assert "2 submissions need a person, the most urgent first; 1 is settled" in told
    assert "suspect-code (settled) It reads torch._C. nothing: settled" in told


def test_links_lead_to_the_submission_and_to_its_feedback(small: Settings) -> None:
    """To nbgrader's page of the notebook; to feedback where there is any."""
    feedback = small.step("feedback", "hw", "ana") / "hw.html"
    feedback.parent.mkdir(parents=True)
    feedback.write_text("")
    with Gradebook(small.directory.db_url) as gradebook:
        (notebook,) = gradebook.find_submission("hw", "ana").notebooks
        address = f"http://localhost:8888/formgrader/submissions/{notebook.id}/"
    shown = page(small)
    found = {
        row.select_one("bdi").get_text(): [link["href"] for link in row.select(".links a")]
        for row in shown.select("#people tbody tr")
    }
    assert found["ana"] == [address, "../feedback/ana/hw/hw.html"]
    assert len(found["mia"]) == 1


def test_written_answers_that_wait(small: Settings) -> None:
    """By exercise, with their number, and where they are scored; of the failed one nothing."""
    shown = page(small)
    assert "Exercise: why why 2 2 score them: nb" in section(shown, "written")
    link = shown.select_one('section[aria-labelledby="written"] a')
    assert link["href"] == "http://localhost:8888/formgrader/gradebook/hw/nb/"


def test_points_before_and_after_lateness(small: Settings) -> None:
    """The failed one has none; what waits is told, and counts nothing."""
    told = section(page(small), "points")
    assert (
        "Of 4 submissions; 1 other could not be graded. In 2 of them written answers wait" in told
    )
    assert "Mean 8.75 8.38" in told  # 12, 6, 7 and 10; of the 6 it takes 1.5
    assert "Least 6 4.5" in told
    assert "Greatest 12 12" in told


def test_what_the_class_misunderstood(small: Settings) -> None:
    """The sentence to say, in how many, and where."""
    told = section(page(small), "reasons")
    assert "1 The sign is flipped. Exercise: softmax: softmax: values, shape, large" in told
    assert (
        "1 Hint: Look at the last axis. Exercise: softmax: softmax: large logits, gradient," in told
    )


def test_checks_are_told_with_what_marks_them(small: Settings) -> None:
    """Of four submissions no correlation is told."""
    told = section(page(small), "checks")
    assert "Exercise: softmax: softmax values 1 75 % 3 of 4 0.25 –" in told
    assert "everybody passed 5" in told
    assert "Of fewer than 10 submissions it is not told." in told


def test_lateness(small: Settings) -> None:
    """Who, by how much, and what it costs; extensions, excused, and whose time is not known."""
    shown = page(small)
    tiles = shown.select_one("dl.tiles").get_text(" ", strip=True)
    assert "late; of 1 no time is known 1" in tiles
    told = section(shown, "lateness")
    assert "Due 2026-12-04 18:00 Europe/Zagreb." in told
    assert "ben Ben B 2026-12-05 20:00 Europe/Zagreb 1 day and 2 hours 6 −1.5 4.5" in told
    assert "mia M M 2026-12-04 17:00 Europe/Zagreb in time 2 days, to 2026-12-06 18:00" in told
    assert "No time is known of 1 submission, and nothing is taken there: ivo" in told
    assert "Excused: uma" in told


def test_who_is_missing(small: Settings, folder: Path) -> None:
    """The roster beside submitted/ and the gradebook."""
    (folder / "submitted" / "zack" / "hw").mkdir(parents=True)
    (folder / "submitted" / "notes.txt").write_text("")
    shown = page(small)
    told = section(shown, "missing")
    assert "Absent (1) zoe" in told
    assert "Handed in, and not graded yet (1) zack" in told
    assert "Not on the roster (2) ivo , zack" in told
    assert "In submitted/ , and nobody's: notes.txt" in section(shown, "person")


def test_time_and_memory(small: Settings) -> None:
    """In numbers, drawn, and who took most; of the failed one and an older record none is known."""
    shown = page(small)
    told = section(shown, "time")
    assert (
        "2 seconds a submission on average, half of them 2 or less; 0.2 minutes together." in told
    )
    assert "140 MiB a submission on average, half of them 40 or less." in told  # 40, 40 and 340
    assert "A kernel may take 2048 MiB ( c.Sandbox.memory_mib ) of address space" in told
    assert "The highest bar: 2 of 3 have 40 to 60 MiB." in told
    assert "Who took most memory Student MiB Look mia 340 nb ana 40 nb ben 40 nb" in told
    assert "Memory is not known of 2 submissions: an older kit graded them, or no notebook" in told
    (greediest,) = (each for each in shown.select("table") if "most memory" in each.caption.text)
    assert "/formgrader/submissions/" in greediest.select_one("tbody a")["href"]


def test_the_limit_is_that_of_the_course(folder: Path) -> None:
    """As it is set now."""
    course(folder, [Member("ana", memory=100)])
    config = folder / "course_config.py"
    config.write_text(f"{config.read_text()}\nc.Sandbox.memory_mib = 777\n")
    assert "A kernel may take 777 MiB" in section(page(load(folder)), "time")


def test_records_of_an_older_kit_have_time_alone(folder: Path) -> None:
    """The page says so, and draws nothing of it."""
    shown = page(course(folder, [Member("ana", memory=None)]))
    told = section(shown, "time")
    assert "2 seconds a submission" in told
    assert "Memory is not known of 1 submission: an older kit graded it, or no notebook" in told
    assert "MiB" not in told
    assert len(shown.select('section[aria-labelledby="time"] figure')) == 1


def test_facts_tell_of_several_versions(small: Settings, folder: Path) -> None:
    """One value for all is one; no password is told."""
    with Gradebook(small.directory.db_url) as gradebook:
        older = '{"autograder": "0.0.9", "python": "3.11.7"}'
        rows = SUBMISSIONS.update().where(SUBMISSIONS.c.student_id == "ana")
        gradebook.db.execute(rows.values(versions=older))
        gradebook.db.commit()
    told = section(page(small), "facts")
    assert "Kit 2 among the records: 0.1.0 (4), 0.0.9 (1)" in told
    assert "Python 3.11.7" in told
    assert f"Gradebook sqlite:///{folder}/gradebook.db" in told
    assert "hw, hand" in told


def test_the_page_of_similar_submissions_is_near(small: Settings, folder: Path) -> None:
    """A link where it is written; else the command that writes it."""
    assert "autograder similar hw writes a page" in section(page(small), "facts")
    done = autograder(folder, "similar", "hw")
    assert done.returncode == 0, done.stderr
    shown = page(small)
    assert "autograder similar" not in section(shown, "facts")
    (link,) = shown.select('section[aria-labelledby="facts"] a')
    assert (folder / "reports" / link["href"]).is_file()
    assert link["href"] == "hw-similar.html"


@pytest.mark.slow
def test_a_gradebook_on_a_server(folder: Path, postgres_server: postgres.Server) -> None:
    """The same class has the same page, but for the address; and that tells no password."""
    local = page(course(folder, many(20)))
    other = folder.parent / "other"
    other.mkdir()
    with postgres_server.database(postgres.TEMPLATE) as url:
        shown = page(course(other, many(20), url))
    password = make_url(url).password
    assert password
    assert password not in str(shown)
    assert "Gradebook postgresql" in section(shown, "facts")
    for name in ("points", "reasons", "checks", "lateness", "missing", "time"):
        assert section(shown, name) == section(local, name)
    assert people(shown) == people(local)


def test_a_record_that_cannot_be_read_is_told_first(small: Settings) -> None:
    """Another program graded it, or it is damaged; its points are counted nowhere."""
    with Gradebook(small.directory.db_url) as gradebook:
        damaged = SUBMISSIONS.update().where(SUBMISSIONS.c.student_id == "ivo")
        gradebook.db.execute(damaged.values(checks="[")), gradebook.db.commit()
    shown = page(small)
    assert people(shown)[0] == "ivo"
    assert "no record" in section(shown, "person")
    assert "autograder grade hw --student ivo" in section(shown, "person")
    assert "Of 3 submissions" in section(shown, "points")


@pytest.mark.parametrize("name", ["zed;touch x", "o'neill" * 30, "-n"])
def test_a_command_is_copied_into_a_shell_as_it_is(folder: Path, name: str) -> None:
    """Whatever a student is called it is one word, and whole: of a damaged record, of a flag."""
    flagged = Member(name, flags=(UNREADABLE,), status="flagged")
    settings = course(folder, [flagged])
    said = [_command(settings)]
    with Gradebook(settings.directory.db_url) as gradebook:
        gradebook.db.execute(SUBMISSIONS.update().values(checks="[")), gradebook.db.commit()
    said.append(_command(settings))
    for words in said:
        assert words[:3] == ["autograder", "grade", "hw"]
        assert words[3:] in (["--student", name], [f"--student={name}"])


def _command(settings: Settings) -> list[str]:
    """What a shell makes of the command that the first row ends with."""
    (told,) = (row.select("td")[1].get_text() for row in page(settings).select("#people tbody tr"))
    return shlex.split(told[told.index("autograder grade") :])


def test_nothing_graded_yet(folder: Path) -> None:
    """The page is there, and says so."""
    settings = course(folder, [])
    shown = page(settings)
    assert "Nothing is graded yet" in shown.get_text()
    assert "Nobody: no flag is open." in section(shown, "person")
    assert section(shown, "time").strip() == "Time and memory Nothing has run yet."


# The command -------------------------------------------------------------------------------------


def test_the_command_says_where_the_page_is(small: Settings, folder: Path) -> None:
    """As for `grade`, an open flag is exit code 1."""
    done = autograder(folder, "report", "hw", "--formgrader", "https://hub/formgrader")
    assert (done.returncode, done.stderr) == (1, "")
    assert done.stdout == (
        "5 submissions: 3 need a person; 4 points wait for one.\n"
        f"Report: {folder}/reports/hw.html\n"
    )
    shown = (folder / "reports" / "hw.html").read_text()
    assert "https://hub/formgrader/submissions/" in shown


def test_nobody_is_needed_where_all_is_settled(folder: Path) -> None:
    """Lateness, absence and written answers are ordinary."""
    course(folder, [Member("ana", late=timedelta(hours=1)), Member("ben")])
    done = autograder(folder, "report", "hw")
    assert (done.returncode, done.stderr) == (0, "")
    (folder / "submitted" / "loose.txt").write_text("")
    done = autograder(folder, "report", "hw")
    assert done.returncode == 1
    assert "In submitted/, and nobody's: loose.txt." in done.stdout


def test_a_command_that_can_not_be_done_is_one_line(folder: Path) -> None:
    """No gradebook, no assignment, no address."""
    course(folder, [])
    done = autograder(folder, "report", "other")
    assert done.returncode == 2
    assert done.stderr.startswith("autograder: no assignment 'other' in source/")
    (folder / "gradebook.db").unlink()
    done = autograder(folder, "report", "hw")
    assert done.returncode == 2
    assert done.stderr.startswith("autograder: there is no gradebook yet")
    assert not (folder / "gradebook.db").exists()
    with pytest.raises(SystemExit):
        autograder(folder, "report", "hw", "--formgrader", "javascript:alert(1)")


def test_an_extension_given_in_the_gradebook_is_no_submission(folder: Path) -> None:
    """nbgrader makes an entry for it: its student is absent, or not graded yet; a score is one."""
    settings = course(folder, [Member("ana"), Member("ben")])
    (folder / "roster.csv").write_text("student_id\nana\nben\nzoe\nzack\nyan\n")
    for student in ("zack", "yan"):
        (folder / "submitted" / student / "hw").mkdir(parents=True)
    with Gradebook(settings.directory.db_url) as gradebook:
        for student in ("zoe", "zack", "yan"):
            gradebook.add_student(student)
            gradebook.add_submission("hw", student, extension=timedelta(days=2))
    done = autograder(folder, "report", "hw")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("2 submissions: 0 need a person; 4 points wait for one.\n")
    assert "Not graded yet: yan, zack." in done.stdout
    told = section(page(settings), "missing")
    assert "Absent (1) zoe" in told
    assert "not in submitted/ any more" not in told
    with Gradebook(settings.directory.db_url) as gradebook:
        gradebook.find_grade("why", "nb", "hw", "yan").manual_score = 1.0
        gradebook.db.commit()
    assert people(page(settings)) == ["yan"]  # which another program graded


# What it must not do -----------------------------------------------------------------------------


def test_the_page_lets_in_nothing_but_its_own(small: Settings) -> None:
    """One style and one script, by their digests; no address is fetched."""
    shown = page(small)
    policy = shown.find("meta", {"http-equiv": "Content-Security-Policy"})["content"]
    digests = [
        base64.b64encode(hashlib.sha256(each.get_text().encode()).digest()).decode()
        for each in (shown.style, shown.script)
    ]
    assert policy == (
        f"default-src 'none'; style-src 'sha256-{digests[0]}'; script-src 'sha256-{digests[1]}'; "
        "base-uri 'none'; form-action 'none'"
    )
    assert len(shown.select("script")) == 1
    assert shown.select("link, img, iframe, object, embed, form, [style], [src]") == []
    assert "url(" not in shown.style.get_text()
    assert not [name for tag in shown.find_all(True) for name in tag.attrs if name.startswith("on")]


def test_headings_and_tables_lead_a_screen_reader(small: Settings) -> None:
    """Each section and table has a name, each header a scope, no id is there twice."""
    shown = page(small)
    ids = [element["id"] for element in shown.select("[id]")]
    assert len(ids) == len({*ids})
    assert {link["href"][1:] for link in shown.select('nav a[href^="#"]')} <= {*ids}
    levels = [int(heading.name[1]) for heading in shown.select("h1, h2, h3, h4")]
    assert levels[0] == 1
    assert all(after <= before + 1 for before, after in itertools.pairwise(levels))
    for table in shown.select("table"):
        assert table.caption
        assert all(header.get("scope") for header in table.select("th"))


@pytest.fixture
def odd(folder: Path) -> Settings:
    """A class with names, flags, causes and hints that nobody is called."""
    detail = f"{SCRIPT} " + "\"'&<>" * 200
    members = [
        Member(
            name,
            {"softmax": ()},
            flags=(Flag(FlagKind.SUSPECT_CODE, SCRIPT, detail),),
            status="flagged",
            late=timedelta(days=number),
            cause=f"{SCRIPT} {number}" if number % 2 else "",
            hint=f"<img src=x onerror=alert({number})>",
            versions={"autograder": SCRIPT, "python": f"<b>{number}</b>"},
        )
        for number, name in enumerate(ODD)
    ]
    settings = course(folder, members)
    (folder / "submitted" / "<b>stray").write_text("")
    return settings


def test_whatever_a_text_says_is_only_text(odd: Settings) -> None:
    """It adds no element, is on the page to be read, and is cut where it is long."""
    shown = page(odd)
    assert len(shown.select("script")) == 1
    assert shown.select("img, b b") == []
    assert SCRIPT in section(shown, "person")
    assert f"{SCRIPT} 1" in section(shown, "reasons")
    assert "{{ 7 * 7 }}" in shown.get_text()
    assert "\u202e" not in shown.get_text()
    assert "w" * 81 not in "".join(people(shown))
    assert "<b>stray" in section(shown, "person")


@pytest.mark.slow
def test_a_class_that_is_hostile_as_a_whole_has_a_page_that_opens(folder: Path) -> None:
    """What does not fit is counted; every flag is as long as it can be, of letters that are."""
    flags = tuple(Flag(kind, "", '"' * 500) for kind in list(FlagKind)[:20])
    members = [
        Member(f"{number:05}" + '"' * 100, flags=flags, status="flagged", late=timedelta(hours=1))
        for number in range(1200)
    ]
    settings = course(folder, members)
    path = files.write(settings, gather(settings, "hw"))
    assert path.stat().st_size < 3_000_000
    told = section(BeautifulSoup(path.read_text(), "html.parser"), "person")
    assert re.search(r"\d+ submissions more would make this page too large", told)


# In a browser ------------------------------------------------------------------------------------


WINDOWS = {
    f"{width}-{scheme}": ((width, scheme),)
    for width, scheme in itertools.product((390, 1280), ("light", "dark"))
}


@pytest.fixture(params=daily(WINDOWS, "390-dark", "1280-light"))
def window(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Page]:
    """A window of a phone's or a desk's width, in light or dark."""
    width, scheme = request.param
    shown = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
    yield shown
    shown.close()


def look(window: Page, settings: Settings) -> list[str]:
    """Opens the page in a window; what the browser said and asked for beside it."""
    address = files.write(settings, gather(settings, "hw")).as_uri()
    said = list[str]()
    window.on("request", lambda r: said.append(r.url) if r.url != address else None)
    window.on("console", lambda message: said.append(message.text))
    window.on("pageerror", lambda error: said.append(str(error)))
    window.on("dialog", lambda dialog: (said.append("a dialog"), dialog.dismiss()))
    window.goto(address)
    return said


def test_a_browser_shows_it_well_and_runs_nothing_of_a_student_s(
    odd: Settings, window: Page
) -> None:
    """axe finds nothing serious, nothing is wider than the window, and nothing is asked for."""
    assert look(window, odd) == []
    root = "document.documentElement"
    assert window.evaluate(f"{root}.scrollWidth - {root}.clientWidth") == 0
    found = Axe().run(window).response["violations"]
    serious = [each["id"] for each in found if each["impact"] in ("serious", "critical")]
    assert serious == []


def shown_people(window: Page) -> list[str]:
    """Who is seen."""
    rows = window.locator("#people tbody tr:visible th bdi:first-child")
    return [text.strip() for text in rows.all_inner_texts()]


def test_filter_and_sort(small: Settings, browser: Browser) -> None:
    """By text, by kind, and by a column in both directions; by the keyboard, too."""
    window = browser.new_page()
    assert look(window, small) == []
    assert shown_people(window) == ["eva", "ana", "mia"]
    window.get_by_label("Text").fill("torch._C perić")
    assert shown_people(window) == ["ana"]
    assert window.get_by_role("status").inner_text() == "1 of 3 shown"
    window.get_by_label("Text").fill("")
    window.get_by_label("Kind").select_option("timeout")
    assert shown_people(window) == ["mia"]
    window.get_by_label("Kind").select_option("")
    button = window.locator("#people").get_by_role("button", name="Student")
    button.focus()
    window.keyboard.press("Enter")
    assert shown_people(window) == ["ana", "eva", "mia"]
    window.keyboard.press("Enter")
    assert shown_people(window) == ["mia", "eva", "ana"]
    assert window.locator('#people th[aria-sort="descending"]').inner_text() == "Student"
    window.locator("#people").get_by_role("button", name="Why").click()
    assert shown_people(window) == ["eva", "ana", "mia"]
    window.close()


def test_without_javascript_all_rows_are_there(small: Settings, browser: Browser) -> None:
    """And no field that would do nothing."""
    context = browser.new_context(java_script_enabled=False)
    window = context.new_page()
    window.goto(files.write(small, gather(small, "hw")).as_uri())
    assert shown_people(window) == ["eva", "ana", "mia"]
    assert not window.get_by_label("Text").is_visible()
    context.close()


def test_dark_and_paper_have_colours_of_their_own(small: Settings, browser: Browser) -> None:
    """The drawings' too: nothing of a drawing is black on black."""
    window = browser.new_page(color_scheme="dark")
    look(window, small)
    colour = "e => getComputedStyle(e).fill"
    bar = "section[aria-labelledby=points] figure path.fill-bar"
    dark = window.eval_on_selector(bar, colour), window.eval_on_selector("svg text", colour)
    window.emulate_media(media="print", color_scheme="dark")
    paper = window.eval_on_selector(bar, colour), window.eval_on_selector("svg text", colour)
    assert "rgb(0, 0, 0)" not in dark
    assert dark[0] != paper[0]
    assert dark[1] != paper[1]
    assert (
        window.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    )
    window.close()


@pytest.mark.slow
def test_it_is_quick_for_a_class_of_two_thousand(folder: Path, browser: Browser) -> None:
    """Made in seconds, of bounded size, and filtered while one types."""
    settings = course(folder, many(2000))
    start = time.process_time()
    path = files.write(settings, gather(settings, "hw"))
    took = time.process_time() - start
    assert took < 10  # 4 on the machine that it was made on
    assert path.stat().st_size < 3_000_000
    window = browser.new_page()
    window.goto(path.as_uri())
    assert len(shown_people(window)) > 1500
    filtered = window.evaluate(
        """() => {
          const text = document.getElementById("filter-text"), start = performance.now();
          text.value = "student01999"; text.dispatchEvent(new Event("input"));
          document.body.offsetHeight;
          return performance.now() - start;
        }"""
    )
    assert shown_people(window) == ["student01999"] or shown_people(window) == []
    assert filtered < 500
    window.close()


def test_a_gradebook_of_an_older_kit_is_brought_up_to_date(small: Settings) -> None:
    """As by every command that opens it."""
    with Gradebook(small.directory.db_url) as gradebook:
        gradebook.db.execute(tables.SCHEMA.update().values(version=3))
        gradebook.db.commit()
    assert people(page(small)) == ["eva", "ana", "mia"]
