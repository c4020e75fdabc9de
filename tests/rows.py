"""All jobs of a batch."""

from webapp.domain.views import JobView
from webapp.store import reads
from webapp.store.database import Store


def all_rows(store: Store, batch_id: str) -> list[JobView]:
    """Every job of a batch, in order."""
    return reads.rows(store, batch_id, 1, reads.batch(store, batch_id).total)
