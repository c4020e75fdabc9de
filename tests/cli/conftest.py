"""What tests of commands share."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from webapp.store.database import Store, open_store


@pytest.fixture
def store(env: dict[str, str]) -> Iterator[Store]:
    """The database that the commands write."""
    store = open_store(Path(env["OMNI_DATA_DIR"]) / "omni.sqlite3")
    yield store
    store.close()
