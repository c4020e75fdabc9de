"""The parts of prompts that are kept at hand take only so much memory."""

import gc
import tracemalloc
from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import select

from webapp.store.database import Store
from webapp.store.models import job
from webapp.store.prompts import PromptCache

JOBS, MOST_BYTES = 2_000, 100_000


@pytest.fixture
def traced() -> Iterator[Callable[[], int]]:
    """The bytes that are in use now."""

    def used() -> int:
        gc.collect()
        return tracemalloc.get_traced_memory()[0]

    tracemalloc.start()
    yield used
    tracemalloc.stop()


def read(store: Store, batch_id: str, cache: PromptCache) -> set[str]:
    """The prompts of a batch, a few at a time, as claims ask for them."""
    texts = set()
    with store.read() as connection:
        rows = connection.execute(select(job).where(job.c.batch_id == batch_id)).all()
        for first in range(0, len(rows), 50):
            ids = [row.receipt_id for row in rows[first : first + 50]]
            texts |= {prompt.user for prompt in cache.of(connection, ids).values()}
    return texts


def test_many_short_prompts_take_no_more_than_a_few_long_ones(
    store: Store, submit: Callable[..., str], traced: Callable[[], int]
) -> None:
    keys = {f"Brief {number}." for number in range(JOBS)}
    batch_id = submit(*keys)
    assert read(store, batch_id, PromptCache()) == keys  # what is loaded once is in no figure
    before = traced()
    cache = PromptCache(MOST_BYTES)
    assert read(store, batch_id, cache) == keys
    assert traced() - before < 2 * MOST_BYTES
