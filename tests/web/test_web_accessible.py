"""What screen readers are given, by the markup alone; what a browser makes of it, axe-core says."""

import re
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from webapp.settings import ROOT

WITH_TABLES = [
    path for path in (ROOT / "templates").rglob("*.html") if "<table" in path.read_text()
]


@pytest.mark.parametrize("path", WITH_TABLES, ids=lambda path: path.name)
def test_a_table_has_a_caption_and_says_what_its_heads_are_for(path: Path) -> None:
    for table in re.findall(r"<table.*?</table>", path.read_text(), re.DOTALL):
        assert re.match(r"<table[^>]*>\s*<caption", table)
        heads = re.findall(r"<th\b[^>]*>", table)
        assert heads
        assert all('scope="' in head for head in heads)


def test_what_is_said_aloud_has_an_empty_place_from_the_start(
    client: FlaskClient, batch_id: str
) -> None:
    for url in ("/", "/batches", f"/batches/{batch_id}", "/nothing"):
        page = client.get(url).text
        assert re.findall(r'<(\w+) id="batch-status"[^>]*role="status"[^>]*></\1>', page) == ["p"]
        assert page.count('role="status"') == 1
