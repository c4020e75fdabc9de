"""A page of a batch in a browser: what it holds, and what becomes of it by the deltas it polls."""

import re
from html import unescape
from urllib.parse import urlencode

from flask.testing import FlaskClient

_CLOCK = re.compile(r'(<time data-start="[^"]+">)[^<]*')
_ROW = re.compile(r'<(tr|tfoot) id="([^"]+)".*?</\1>', re.DOTALL)
_PARTIAL = re.compile(
    r'<hx-partial hx-target="#([^"]+)" hx-swap="outerMorph">(.*?)</hx-partial>', re.DOTALL
)
_SUMMARY = re.compile(r'<section id="summary".*?</section>', re.DOTALL)
_INPUT = re.compile(
    r'<input type="hidden"(?: id="\w+")? name="(here|seq|shown|since)" value="([^"]*)"'
)
_LEFT = re.compile(r'<div id="left"[^>]*>(.*?)</div>', re.DOTALL)
MOST_POLLS = 5  # the summary that one is given may be half a second old, but newer than the last


class LivePage:
    """A page at an address, which polls for as long as it has a poller."""

    def __init__(self, browser: FlaskClient, address: str) -> None:
        self._browser = browser
        self.address = address
        answer = browser.get(address)
        assert answer.status_code == 200
        page = without_clocks(answer.text)
        self.rows = _rows(page)
        self._has_matrix = '<div id="matrix">' in page
        self.summary = _summary(page)
        self.fields = _fields(page)
        self.left = _found(_LEFT, page)
        self.polls = 'id="poll"' in page

    def anew(self) -> "LivePage":
        """The page at the same address as it is made now."""
        return LivePage(self._browser, self.address)

    def poll(self) -> bool:
        """Ask once, as the script does, and apply the answer; False where nothing is new."""
        query = urlencode(self.fields)
        path = self.address.partition("?")[0]
        answer = self._browser.get(f"{path}/delta?{query}", headers={"HX-Request": "true"})
        if answer.status_code == 204:
            return False
        assert answer.status_code == 200, answer.text
        self._apply(without_clocks(answer.text))
        return True

    def _apply(self, delta: str) -> None:
        for target, content in _PARTIAL.findall(delta):
            # htmx calls a target that the page does not have an error.
            assert target in self.rows or (target == "matrix" and self._has_matrix), target
            if target == "matrix":
                self.rows.clear()
            self.rows |= _rows(content)
        self.summary = _summary(delta)
        self.fields |= _fields(delta)
        self.left = _found(_LEFT, delta)
        self.polls = '<div id="poll" hx-swap-oob="delete">' not in delta

    def catch_up(self) -> None:
        """Poll until nothing is new, or the poller is gone."""
        for _ in range(MOST_POLLS):
            if not self.polls or not self.poll():
                return
        raise AssertionError("The page is told of something new each time it asks.")


def without_clocks(page: str) -> str:
    """The same without the text of clocks, which go on between two asks."""
    return _CLOCK.sub(r"\1", page)


def _rows(page: str) -> dict[str, str]:
    return {found[2]: found[0] for found in _ROW.finditer(page)}


def _summary(page: str) -> str:
    return _found(_SUMMARY, page).replace(' hx-swap-oob="outerMorph"', "", 1)


def _found(pattern: re.Pattern[str], page: str) -> str:
    found = pattern.search(page)
    return found[found.re.groups] if found else ""


def _fields(page: str) -> dict[str, str]:
    return {name: unescape(value) for name, value in _INPUT.findall(page)}
