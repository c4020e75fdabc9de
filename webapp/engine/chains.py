"""Jobs that start from the artifact of another: they begin as soon as that is there."""

import asyncio
import contextlib

from webapp.artifacts.prompt import input_part
from webapp.cache import ResultCache
from webapp.domain.batch import BLUEPRINT, PromptPart
from webapp.domain.errors import StoreBusy
from webapp.engine.writer import Writer
from webapp.store import chains
from webapp.store.blobs import digest_of
from webapp.store.chains import Ready
from webapp.store.database import Store
from webapp.store.operations import Begin

LOOK_S = 0.2


async def keep_beginning(store: Store, cache: ResultCache, writer: Writer) -> None:
    """Look again and again whether jobs can begin."""
    while True:
        with contextlib.suppress(StoreBusy):  # a database that is away is looked at again
            await begin_ready(store, cache, writer)
        await asyncio.sleep(LOOK_S)


async def begin_ready(store: Store, cache: ResultCache, writer: Writer) -> None:
    """Let the jobs begin whose artifact is there; a result that serves already ends them."""
    ready, turns = await asyncio.to_thread(chains.look, store)
    if not (ready or turns):
        return
    given = [(each, *_input(each)) for each in ready]
    hits = await cache.get_many([key for each, _, key in given if not each.fresh])
    begun = [
        Begin(each.batch_id, each.id, each.input_id, part, key, hits.get(key))
        for each, part, key in given
    ]
    await writer.do(*turns, *begun)
    writer.look_again()  # lanes may have come away with nothing


def _input(ready: Ready) -> tuple[PromptPart, str]:
    """The last part of a prompt, and the key of its result: that of its draft and of the part."""
    part = input_part(ready.given.files, is_blueprint=ready.endpoint == BLUEPRINT)
    return part, digest_of(f"{ready.draft_key} {digest_of(part.text)}")
