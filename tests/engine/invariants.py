"""What must hold in a database whatever happened to the processes over it."""

from webapp.store.database import Store
from webapp.store.invariants import check


def broken(store: Store) -> list[str]:
    """A sentence for each thing that does not hold; no runner may be at work."""
    with store.read() as connection:
        found = check(connection, limit=lambda _: 0.0)
    return [f"{each.sentence} {each.examples}" for each in found if each.broken]
