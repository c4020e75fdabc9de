"""The keys that pages declare are those that people are told of."""

import re

from flask.testing import FlaskClient

from webapp.settings import ROOT

TEMPLATES = ROOT / "templates"
DECLARED = re.compile(r'data-key="([^"{]+)"|"(g \w)"')
BUILT_IN = {"j", "k", "x", "n", "p", "Enter", "Esc"}  # of keys.js, and of browsers


def declared() -> set[str]:
    """The keys of all templates but the list itself."""
    files = [path for path in TEMPLATES.rglob("*.html") if path.name != "keys.html"]
    found = DECLARED.findall("".join(path.read_text() for path in files))
    return {one or other for one, other in found}


def told(page: str) -> set[str]:
    """The keys of the list, as they are pressed one after the other."""
    names = re.findall(r"<dt>(.*?)</dt>", page.split('id="keys"')[1])
    return {" ".join(re.findall(r"<kbd>(.*?)</kbd>", name)) for name in names}


def test_the_list_names_every_key_and_no_other(client: FlaskClient) -> None:
    assert told(client.get("/keys").text) == declared() | BUILT_IN
    assert len(declared()) > 5


def test_every_page_has_the_list_once(client: FlaskClient) -> None:
    for path in ("/", "/batches", "/keys", "/nothing"):
        assert client.get(path).text.count('id="keys"') == 1, path
    assert told(client.get("/batches").text) == told(client.get("/keys").text)


def test_the_manual_names_every_key() -> None:
    section = (ROOT / "docs" / "ui.md").read_text().split("## ")[1]
    rows = "".join(re.findall(r"^\| `.*?\|", section, re.MULTILINE))
    named = set(re.findall(r"`([^`]+)`", rows.replace("` `", " ")))
    assert declared() | BUILT_IN <= named
