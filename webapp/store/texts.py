"""Whether the stored texts are still what they were."""

import hashlib
import zlib
from dataclasses import dataclass, field

from sqlalchemy import Connection, select

from webapp.store.models import blob

EXAMPLES = 5
AT_ONCE = 200


@dataclass(slots=True)
class Texts:
    """The digests of the texts that are sound, how many are damaged, and the first of those."""

    sound: set[bytes] = field(default_factory=set)
    damaged: int = 0
    examples: tuple[str, ...] = ()


def sound_texts(connection: Connection) -> Texts:
    """Read every text once, a handful at a time; 100,000 texts take 10 MB of digests."""
    texts = Texts()
    query = select(blob.c.digest, blob.c.content).execution_options(yield_per=AT_ONCE)
    for digest, content in connection.execute(query):
        if _digest(content) == digest:
            texts.sound.add(bytes.fromhex(digest))
            continue
        texts.damaged += 1
        if texts.damaged <= EXAMPLES:
            texts.examples += (f"text {digest}",)
    return texts


def _digest(content: bytes) -> str | None:
    try:
        return hashlib.sha256(zlib.decompress(content)).hexdigest()
    except zlib.error:
        return None
