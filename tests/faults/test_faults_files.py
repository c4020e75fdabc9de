"""A process that dies while it keeps a result in a file."""

import asyncio
import os
import random
import subprocess
import sys
import time
from pathlib import Path

from tests.engine.invariants import broken
from tests.engine.scene import Scene, numbered
from tests.faults.cache_writer import NAMES, SIZE
from tests.processes import wait_until
from webapp.cache import open_cache
from webapp.domain.batch import JobStatus
from webapp.engine.crew import NICENESS
from webapp.settings import ROOT, Settings

KILLS = 15
DRAFTS = "*.__wz_cache"


def test_a_file_is_whole_or_absent_whenever_its_writer_is_killed(tmp_path: Path) -> None:
    chance = random.Random(5)
    keys = [f"key {number}" for number in range(NAMES)]
    for _ in range(KILLS):
        command = [sys.executable, "-m", "tests.faults.cache_writer", str(tmp_path)]
        with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE) as writer:
            assert writer.stdout is not None
            assert writer.stdout.readline() == b"going\n"
            time.sleep(chance.uniform(0, 0.05))
            writer.kill()
        cache = open_cache(tmp_path, 3600)
        found = asyncio.run(cache.get_many(keys))
        assert found.keys() == set(keys)
        for each in found.values():
            text = each.artifact.files[0].content
            assert text == str(int(each.artifact_id) % 10) * SIZE
    for draft in tmp_path.glob(DRAFTS):
        os.utime(draft, (0, time.time() - 3600))
    cache.remove_expired()
    assert list(tmp_path.glob(DRAFTS)) == []
    assert cache.size().entries == NAMES


def test_a_helper_that_dies_after_a_rename_takes_nothing_with_it(
    scene: Scene, settings: Settings
) -> None:
    runner = scene.runner(OMNI_CRASH_AT="after_file_rename")
    batch_id = scene.submit(numbered(3), kind="prometheus-rules")
    assert scene.finished(batch_id).counts[JobStatus.SUCCEEDED] == 3
    place = Path(f"/proc/{runner.process.pid}/task/{runner.process.pid}/children")
    wait_until(
        lambda: (
            len(place.read_text().split()) < len(NICENESS)
            or "a helper process has ended" in runner.err.read_text()
        )
    )
    wait_until(lambda: open_cache(*settings.cache_place).size().entries > 0)
    again = scene.submit(numbered(3), kind="prometheus-rules")
    assert scene.finished(again).counts[JobStatus.SUCCEEDED] == 3
    assert broken(scene.store) == []
