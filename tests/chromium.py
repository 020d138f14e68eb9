"""Debian's chromium, in which pages are looked at."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

PROGRAM = Path("/usr/bin/chromium")
MISSING = f"needs a browser, {PROGRAM}: apt-get install chromium"
OPTIONS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-sync"),
    *("--disable-background-networking", "--disable-component-update"),
)


@contextmanager
def started(home: Path) -> Iterator[Browser]:
    """The browser, with a folder to write into as its home; it ends after it."""
    inherited = {name: text for name, text in os.environ.items() if not name.startswith("XDG_")}
    env: dict[str, str | float | bool] = {**inherited, "HOME": str(home)}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=PROGRAM, args=OPTIONS, env=env)
        yield browser
        browser.close()
