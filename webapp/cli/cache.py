"""`omni cache`: the results that serve again."""

import click

from webapp.cache import ResultCache, open_cache
from webapp.cli.settings import settings_or_exit
from webapp.settings import Settings
from webapp.store import reads
from webapp.store.database import open_store


@click.group(name="cache")
def command() -> None:
    """Look at the cached results, or delete them."""


@command.command()
def stats() -> None:
    """Say how much is cached, and how often it served."""
    settings = settings_or_exit()
    size = _cache(settings).size()
    counted = reads.counters(open_store(settings.database))
    hits, misses = counted.get("cache_hits", 0), counted.get("cache_misses", 0)
    looked_up = hits + misses
    share = f" ({100 * hits // looked_up} %)" if looked_up else ""
    click.echo(f"{size.entries:,} entries, {size.size_bytes / 1e6:.1f} MB")
    click.echo(f"{hits:,} of {looked_up:,} look-ups served from the cache{share}")


@command.command()
def clear() -> None:
    """Delete all cached results; the artifacts of batches stay."""
    cache = _cache(settings_or_exit())
    entries = cache.size().entries
    cache.clear()
    click.echo(f"{entries:,} entries deleted")


def _cache(settings: Settings) -> ResultCache:
    return open_cache(*settings.cache_place)
