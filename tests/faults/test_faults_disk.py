"""A disk that is full: nothing is said to be stored that is not, and it goes on by itself."""

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from tests.processes import wait_until
from webapp.fake_provider import Behaviour, FakeProvider
from webapp.settings import ROOT

SIZE = "24m"
FORM = {"brief": "A shop.", "kinds": "text", "models": "openai:m", "samples": "9"}
HEADERS = {"Sec-Fetch-Site": "same-origin"}


@dataclass(frozen=True)
class SmallDisk:
    """A workbench whose data folder is a disk of its own, of 24 MB."""

    url: str
    folder: Path

    def fill(self) -> None:
        """Leave no byte free."""
        with (self.folder / "fill").open("wb", buffering=0) as file:
            size = 1024 * 1024
            while size:
                try:
                    file.write(b"x" * size)
                except OSError:
                    size //= 2

    def free(self) -> None:
        """Give the space back."""
        (self.folder / "fill").unlink()

    def submit(self, nonce: str) -> httpx.Response:
        """Start a batch."""
        form = FORM | {"nonce": nonce}
        return httpx.post(f"{self.url}/batches", data=form, headers=HEADERS, timeout=60)


@pytest.fixture
def disk(env: dict[str, str], tmp_path: Path) -> Iterator[SmallDisk]:
    """The workbench in a mount namespace, in which any user may mount a disk in memory."""
    unshare = shutil.which("unshare")
    assert unshare is not None
    data, out = tmp_path / "data", tmp_path / "out.txt"
    data.mkdir()
    script = f'mount -t tmpfs -o size={SIZE} none "$0" && exec "$@"'
    serve = [sys.executable, "-m", "webapp.cli", "serve"]
    command = [unshare, "--user", "--map-root-user", "--mount", "sh", "-c", script, str(data)]
    with out.open("wb") as file:
        process = subprocess.Popen([*command, *serve], env=env, cwd=ROOT, stdout=file, stderr=file)
    try:
        wait_until(lambda: "ready: " in out.read_text() or process.poll() is not None)
        found = re.search(r"http://\S+", out.read_text())
        assert found is not None, out.read_text()
        # The disk is seen only from inside, or through the process that is.
        yield SmallDisk(found[0], Path(f"/proc/{process.pid}/root{data}"))
    finally:
        process.terminate()
        process.wait(60)


def test_on_a_full_disk_nothing_is_started_and_what_was_typed_is_told_to_be_unsaved(
    disk: SmallDisk,
) -> None:
    disk.fill()
    refused = disk.submit("n1")
    assert refused.status_code == 507
    assert "full; nothing was saved" in refused.text
    disk.free()
    assert disk.submit("n1").status_code == 303


def test_answers_wait_for_space_and_are_stored_then(disk: SmallDisk, llm: FakeProvider) -> None:
    llm.set(Behaviour(latency_s=1))
    batch = disk.url + disk.submit("n1").headers["Location"]
    wait_until(lambda: llm.counters()["in_flight"] > 0)
    disk.fill()
    wait_until(lambda: 'id="disk-full"' in httpx.get(batch).text)
    disk.free()
    wait_until(lambda: "9 succeeded" in httpx.get(batch).text)
    assert llm.counters()["calls"] == 9
