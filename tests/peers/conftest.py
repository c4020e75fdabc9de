"""Fixtures: real peers, as `scripts/setup-peers` installs them for `make test-peers`."""

from collections.abc import Iterator

import pytest

from tests.peers.servers import KEY, small_model


@pytest.fixture(scope="session")
def model() -> Iterator[str]:
    """The address of a small model that wants a key."""
    with small_model(KEY) as url:
        yield url
