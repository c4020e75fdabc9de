"""For folders whose tests hold on SQLite and on PostgreSQL alike: import the fixture."""

from collections.abc import Iterator

import pytest


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> Iterator[str | None]:
    """None for a file, then a database of the test's own on a server."""
    if request.param == "sqlite":
        yield None
        return
    with request.getfixturevalue("postgres").database() as url:
        yield url
