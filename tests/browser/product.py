"""The product as processes, and a visit to it that notes whatever goes wrong."""

import contextlib
import re
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import urlopen

from playwright.sync_api import BrowserContext, Page

from tests.processes import DEADLINE_S, OMNI, plain_environment, wait_until
from webapp.settings import ROOT

GUNICORN = (sys.executable, "-m", "gunicorn")
PROJECTS = ROOT / "tests" / "projects"


def zipped(project: str, folder: Path) -> Path:
    """A sample project as a git host packs it, in a folder of its name."""
    path = folder / f"{project}.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for file in (PROJECTS / project).rglob("*"):
            archive.write(file, file.relative_to(PROJECTS))
    return path


@contextlib.contextmanager
def running(
    folder: Path, *words: str, program: tuple[str, ...] = OMNI, **variables: str
) -> Iterator[str]:
    """Run a program with these words; gives the address it says when it is ready."""
    env = plain_environment() | variables
    out = folder / f"{words[0]}.txt"
    with out.open("wb") as stdout:
        process = subprocess.Popen(
            [*program, *words], env=env, cwd=ROOT, stdout=stdout, stderr=stdout
        )
    try:
        wait_until(lambda: "http://" in out.read_text() or process.poll() is not None)
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


# Chromium says it in the console too, but not of every kind.
BLOCKED = """document.addEventListener("securitypolicyviolation", (event) =>
  console.error(`blocked by ${event.violatedDirective}: ${event.blockedURI || event.sample}`))"""


class Visit:
    """A visit to the product that notes whatever a page does wrong."""

    def __init__(self, context: BrowserContext, url: str) -> None:
        self.requests: list[str] = []
        self.problems: list[str] = []
        self.page: Page = context.new_page()
        self.page.add_init_script(BLOCKED)
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
