"""Receipts with one more part: what is sent in a round of repair, or once an artifact is there."""

import json
from typing import Any

from sqlalchemy import Connection, ScalarSelect, select

from webapp.domain.batch import PromptPart
from webapp.store import blobs
from webapp.store.models import receipt


def extend(connection: Connection, receipt_id: ScalarSelect[Any], part: PromptPart) -> str:
    """Store a receipt with a part added at its end, and give its id.

    Where nothing comes to refer to it, it is a text that nobody asks for.
    """
    first = connection.execute(select(receipt).where(receipt.c.id == receipt_id)).one()
    added = [part.role, part.title, blobs.digest_of(part.text)]
    row: dict[str, Any] = dict(first._mapping) | {
        "id": blobs.digest_of(json.dumps([first.id, added])),
        "parts": [*first.parts, added],
    }
    blobs.put(connection, {blobs.digest_of(part.text): part.text})
    connection.execute(blobs.insert_missing(connection, receipt), row)
    return str(row["id"])
