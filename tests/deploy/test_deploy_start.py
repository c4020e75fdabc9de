"""The commands of the image and of the units start where only the data folder can be written.

In a container of bubblewrap: all of the file system read-only, /tmp in memory, a number for a user,
no home folder, nothing in the environment, and of the checkout only what the Dockerfile copies.
"""

import json
import re
import shlex
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.processes import Running, wait_until
from webapp.settings import ROOT

DOCKERFILE = (ROOT / "Dockerfile").read_text()
USER = re.findall(r"^USER (\d+):(\d+)$", DOCKERFILE, re.M)[-1]
FORM = {"brief": "A shop.", "kinds": "dockerfile", "models": "blueprint"}
HEADERS = {"Sec-Fetch-Site": "same-origin", "Host": "omni.test"}


def image_command(indent: str) -> list[str]:
    """What the image starts, or with an indent, how it asks whether that is well."""
    (found,) = re.findall(rf"^{indent}CMD (\[.*\])$", DOCKERFILE, re.M)
    words: list[str] = json.loads(found)
    return words


def unit_command(name: str) -> list[str]:
    """What a unit starts."""
    unit = (ROOT / "deploy/systemd" / name).read_text()
    return shlex.split(re.findall(r"^ExecStart=(.*)$", unit, re.M)[0])


class Container:
    """A place to run commands in."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._tree, self.data = folder / "tree", folder / "data"
        self._tree.mkdir()
        self.data.mkdir(mode=0o700)
        for words in re.findall(r"^COPY (?!--)(.+) \S+$", DOCKERFILE, re.M):
            for name in words.split():
                copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copyfile
                copy(ROOT / name, self._tree / name)
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.running: list[Running] = []

    def words(self, command: list[str]) -> list[str]:
        """How a command is started in it; programs of ours are those of this checkout."""
        program = Path(command[0]).name
        ours = {"omni": ["-m", "webapp.cli"], "gunicorn": ["-m", "gunicorn"], "python": []}
        settings = {
            "OMNI_DATA_DIR": "/tmp/data",
            "OMNI_HOST": "0.0.0.0",
            "OMNI_PORT": str(self.port),
            "OMNI_ALLOWED_HOSTS": "omni.test",
            "OMNI_FIND_OLLAMA": "false",
            "PATH": "/usr/bin:/bin",
        }
        return [
            *("bwrap", "--unshare-user", "--uid", USER[0], "--gid", USER[1], "--die-with-parent"),
            *("--ro-bind", "/", "/", "--dev", "/dev", "--tmpfs", "/tmp"),
            *("--ro-bind", sys.prefix, sys.prefix, "--ro-bind", str(self._tree), "/tmp/omni"),
            *("--bind", str(self.data), "/tmp/data", "--chdir", "/tmp/omni", "--clearenv"),
            *(word for name, value in settings.items() for word in ("--setenv", name, value)),
            *(sys.executable, *ours[program], *command[1:]),
        ]

    def start(self, command: list[str]) -> Running:
        """Start a command."""
        out = self._folder / f"out{len(self.running)}.txt"
        with out.open("wb") as file:
            process = subprocess.Popen(self.words(command), stdout=file, stderr=file)
        self.running.append(Running(process, out, out))
        return self.running[-1]

    def end(self, running: Running) -> int:
        """Tell a command to end, and not the sandbox around it; gives the exit code."""
        pid = running.process.pid
        inner = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        subprocess.run(["kill", "-TERM", *inner], check=True)
        return running.wait()


@pytest.fixture
def container(tmp_path: Path) -> Iterator[Container]:
    container = Container(tmp_path)
    yield container
    for running in container.running:
        running.process.kill()
        running.process.wait()


def status(container: Container, path: str) -> int:
    try:
        return httpx.get(container.url + path, headers=HEADERS).status_code
    except httpx.TransportError:
        return 0


def works(container: Container) -> bool:
    """Whether a batch goes through all of it, the linter's process too."""
    started = httpx.post(f"{container.url}/batches", data=FORM, headers=HEADERS)
    batch = container.url + started.headers["Location"]
    wait_until(lambda: "1 succeeded" in httpx.get(batch, headers=HEADERS).text)
    return True


def test_the_command_of_the_image_works_and_its_health_check_tells(container: Container) -> None:
    asked = [word.replace("8000", str(container.port)) for word in image_command("    ")]
    health = container.words(asked)
    assert subprocess.run(health, stderr=subprocess.DEVNULL).returncode == 1
    serve = container.start(image_command(""))
    wait_until(lambda: status(container, "/readyz") == 200)
    assert subprocess.run(health).returncode == 0
    assert works(container)
    assert "Traceback" not in serve.out.read_text()
    assert container.end(serve) == 0


def test_the_commands_of_the_units_work_together(container: Container) -> None:
    web = container.start(unit_command("omni-web.service"))
    runner = container.start(unit_command("omni-runner.service"))
    wait_until(lambda: status(container, "/readyz") == 200)
    assert works(container)
    assert (container.end(runner), container.end(web)) == (0, 0)
    assert "Traceback" not in web.out.read_text() + runner.out.read_text()


def test_the_image_does_not_start_unnamed(container: Container) -> None:
    words = container.words(image_command(""))
    del words[words.index("OMNI_ALLOWED_HOSTS") - 1 : words.index("OMNI_ALLOWED_HOSTS") + 2]
    refused = subprocess.run(words, capture_output=True, text=True)
    assert refused.returncode == 1
    assert refused.stderr.startswith("Error: OMNI_HOST is 0.0.0.0, which others can reach: set OMN")
