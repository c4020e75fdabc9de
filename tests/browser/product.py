"""The product as processes, and a visit to it that notes whatever goes wrong."""

import contextlib
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import urlopen

from playwright.sync_api import BrowserContext, Page

from webapp.settings import ROOT, Settings, variable_name

DEADLINE_S = 60.0


def wait_until(condition: Callable[[], object], what: str) -> None:
    """Wait until a condition holds; fails after a minute."""
    deadline = time.monotonic() + DEADLINE_S
    while not condition():
        assert time.monotonic() < deadline, f"{what} did not come to pass within {DEADLINE_S} s"
        time.sleep(0.05)


@contextlib.contextmanager
def running(folder: Path, *words: str, **variables: str) -> Iterator[str]:
    """Run `omni` with these words; gives the address it says when it is ready."""
    known = {variable_name(field) for field in Settings.model_fields}
    env = {name: value for name, value in os.environ.items() if name not in known} | variables
    out = folder / f"{words[0]}.txt"
    with out.open("wb") as stdout:
        command = [sys.executable, "-m", "webapp.cli", *words]
        process = subprocess.Popen(command, env=env, cwd=ROOT, stdout=stdout, stderr=stdout)
    try:
        wait_until(lambda: "http://" in out.read_text() or process.poll() is not None, words[0])
        found = re.search(r"http://[^\s/]+", out.read_text())
        assert found is not None, out.read_text()
        yield found[0]
    finally:
        process.terminate()
        process.wait(DEADLINE_S)


def is_ready(url: str) -> bool:
    """Whether pages and runner of a product stand."""
    try:
        with urlopen(f"{url}/readyz") as answer:
            return bool(answer.status == 200)
    except HTTPError:
        return False


class Visit:
    """A visit to the product that notes whatever a page does wrong."""

    def __init__(self, context: BrowserContext, url: str) -> None:
        self.requests: list[str] = []
        self.problems: list[str] = []
        self.page: Page = context.new_page()
        self.page.on("console", lambda message: self._said(message.type, message.text))
        self.page.on("pageerror", lambda error: self.problems.append(str(error)))
        self.page.on("dialog", lambda dialog: self.problems.append(dialog.message))
        self.page.on("request", lambda request: self._asked(request.url, url))

    def _said(self, kind: str, text: str) -> None:
        if kind in ("error", "warning"):
            self.problems.append(text)

    def _asked(self, url: str, own: str) -> None:
        self.requests.append(url.removeprefix(own))
        if not url.startswith(own):
            self.problems.append(f"foreign request: {url}")
