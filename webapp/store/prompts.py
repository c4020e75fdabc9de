"""What is sent for claimed jobs: their prompts, the parts of recent ones kept at hand."""

import sys
from collections import OrderedDict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, bindparam, select

from webapp.store import blobs
from webapp.store.models import receipt

PART_CACHE_BYTES = 8 * 1024 * 1024
ENTRY_BYTES = 210  # of a part beside its text: a brief is often shorter than its digest
_RECEIPTS = select(receipt).where(receipt.c.id.in_(bindparam("ids", expanding=True)))


@dataclass(frozen=True, slots=True)
class Prompt:
    """What is sent, and the facts that the artifact has to honour."""

    system: str
    user: str
    facts: str | None


class PromptCache:
    """The parts of recent prompts; thousands of jobs share most of theirs."""

    def __init__(self, most_bytes: int = PART_CACHE_BYTES) -> None:
        self._most_bytes = most_bytes
        self._texts: OrderedDict[str, str] = OrderedDict()
        self._size_bytes = 0

    def of(self, connection: Connection, receipt_ids: Collection[str]) -> dict[str, Prompt]:
        """Prompts by receipt."""
        if not receipt_ids:
            return {}
        found = connection.execute(_RECEIPTS, {"ids": sorted(set(receipt_ids))}).all()
        digests = [digest for row in found for _, _, digest in row.parts]
        facts = [row.facts for row in found if row.facts]
        texts = self._load(connection, [*digests, *facts])
        return {
            row.id: Prompt(
                _joined(row, "system", texts),
                _joined(row, "user", texts),
                texts[row.facts] if row.facts else None,
            )
            for row in found
        }

    def _load(self, connection: Connection, digests: Sequence[str]) -> Mapping[str, str]:
        """The texts under these digests, read where they are not at hand."""
        found = {digest: self._texts[digest] for digest in digests if digest in self._texts}
        read = blobs.get(connection, [digest for digest in digests if digest not in found])
        for digest, text in read.items():
            self._texts[digest] = text
            self._size_bytes += _size_bytes(text)
        while self._size_bytes > self._most_bytes:
            self._size_bytes -= _size_bytes(self._texts.popitem(last=False)[1])
        return found | read


def _size_bytes(text: str) -> int:
    return sys.getsizeof(text) + ENTRY_BYTES


def _joined(row: Row[Any], role: str, texts: Mapping[str, str]) -> str:
    return "\n\n".join(texts[digest] for part_role, _, digest in row.parts if part_role == role)
