"""A process that keeps results as fast as it can, until it is killed."""

import itertools
import sys
from pathlib import Path

from webapp.cache import open_cache
from webapp.domain.artifact import Artifact, ArtifactFile, Result

NAMES = 20
SIZE = 200_000


def result(number: int) -> Result:
    """One of which every letter tells whether it is whole."""
    return Result(
        str(number), Artifact((ArtifactFile("a", str(number % 10) * SIZE),), (), ()), 1, 1
    )


if __name__ == "__main__":
    cache = open_cache(Path(sys.argv[1]), 3600)
    for number in itertools.count():
        cache.set_many({f"key {number % NAMES}": result(number)})
        if number == NAMES:
            print("going", flush=True)
