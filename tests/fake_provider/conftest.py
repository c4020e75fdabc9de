"""Fixtures: a fake provider, and what its own clients need."""

from collections.abc import Iterator

import httpx
import pytest

from webapp.fake_provider import FakeProvider


@pytest.fixture
def fake() -> Iterator[FakeProvider]:
    """A provider without options."""
    with FakeProvider() as provider:
        yield provider


@pytest.fixture
def http(fake: FakeProvider) -> Iterator[httpx.Client]:
    """A client of it that keeps its connection."""
    with httpx.Client(base_url=fake.url, trust_env=False) as client:
        yield client
