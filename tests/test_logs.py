import json
import logging
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from pydantic import SecretStr

from webapp import logs
from webapp.settings import Settings

KEY = 'sk-canary/47 11"x'
WRITER = """
import logging, sys
from pathlib import Path
from webapp.logs import Formatter, SharedFile
log = logging.getLogger("writer")
handler = SharedFile(Path(sys.argv[1]), largest_bytes=1000, kept_files=250)
handler.setFormatter(Formatter([], as_json=False))
log.addHandler(handler)
sys.stdin.read()
for number in range(500):
    log.warning("%s-%03d %s", sys.argv[2], number, "x" * 100)
"""


@pytest.fixture
def log() -> Iterator[logging.Logger]:
    """Our logger; what a test configures is undone afterwards."""
    root = logging.getLogger()
    before = list(root.handlers)
    yield logging.getLogger("webapp")
    logging.basicConfig(handlers=before, force=True)
    for name in logs.OURS:
        logging.getLogger(name).setLevel(logging.NOTSET)


def configured(tmp_path: Path, **given: str) -> Path:
    settings = Settings(
        _env_file=None,
        data_dir=tmp_path,
        openai_api_key=SecretStr(KEY),
        log_level=given.get("log_level", "info"),
        log_format=given.get("log_format", "text"),
    )
    logs.configure(settings)
    return tmp_path / "log" / "omni.log"


def test_an_event_is_one_line_in_the_file_and_on_stderr(
    tmp_path: Path, log: logging.Logger, capsys: pytest.CaptureFixture[str]
) -> None:
    file = configured(tmp_path)
    log.info("resuming %d jobs", 3)
    assert capsys.readouterr().err == file.read_text()
    assert file.read_text().endswith(" resuming 3 jobs\n")
    assert file.read_text().count("\n") == 1


def test_an_event_names_request_batch_and_job(tmp_path: Path, log: logging.Logger) -> None:
    file = configured(tmp_path)
    with logs.bind(request_id="R1", batch_id="B1"), logs.bind(job_id="J1"):
        log.info("inside")
    log.info("outside")
    inside, outside = file.read_text().splitlines()
    assert "] request=R1 batch=B1 job=J1 inside" in inside
    assert outside.endswith("] outside")


def test_json_has_the_same_as_fields(tmp_path: Path, log: logging.Logger) -> None:
    file = configured(tmp_path, log_format="json")
    with logs.bind(batch_id="B1"):
        log.warning("two\nlines")
    event = json.loads(file.read_text())
    assert {name: event[name] for name in ("level", "logger", "batch_id", "message")} == {
        "level": "warning",
        "logger": "webapp",
        "batch_id": "B1",
        "message": "two\nlines",
    }
    assert file.read_text().count("\n") == 1


@pytest.mark.parametrize(
    "forged",
    ["\n", "\r", "\r\n", "\x1b[2K", "\x85", "\u2028", "\u202e", "\ud800"],
)
@pytest.mark.parametrize("log_format", ["text", "json"])
def test_nobody_can_forge_a_line(
    tmp_path: Path, log: logging.Logger, forged: str, log_format: str
) -> None:
    file = configured(tmp_path, log_format=log_format)
    log.info("path %s", f"/x{forged}2026-01-01T00:00:00.000Z INFO webapp[1] all is well")
    written = file.read_text()
    assert len(written.splitlines()) == 1
    assert written[:-1].isprintable()


@pytest.mark.parametrize("log_format", ["text", "json"])
def test_a_secret_is_masked_wherever_it_stands(
    tmp_path: Path, log: logging.Logger, log_format: str
) -> None:
    file = configured(tmp_path, log_format=log_format)
    log.info(f"in the message {KEY}")
    log.info("in an argument %s, in a repr %r", KEY, {"key": KEY})
    log.info("in a URL %s", f"/x?key={quote(KEY, safe='')}")
    log.info("in JSON %s", json.dumps({"key": KEY}))
    try:
        raise ValueError(f"in an exception {KEY}")
    except ValueError:
        log.exception("failed")
    written = file.read_text()
    assert "sk-canary" not in written
    assert written.count("•••" if log_format == "text" else "\\u2022" * 3) == 6


def test_an_exception_stays_on_the_line_of_its_event(tmp_path: Path, log: logging.Logger) -> None:
    file = configured(tmp_path)
    try:
        raise ValueError("no\nway")
    except ValueError:
        log.exception("failed")
    (line,) = file.read_text().splitlines()
    assert "failed | Traceback (most recent call last):\\n" in line
    assert line.endswith("ValueError: no\\nway")


@pytest.mark.parametrize(
    ("level", "heard"),
    [("debug", "debug info warning error"), ("warning", "warning error"), ("error", "error")],
)
def test_the_level_is_that_of_the_settings(
    tmp_path: Path, log: logging.Logger, level: str, heard: str
) -> None:
    file = configured(tmp_path, log_level=level)
    for name in ("debug", "info", "warning", "error"):
        log.log(logging.getLevelNamesMapping()[name.upper()], name)
    assert [line.split()[-1] for line in file.read_text().splitlines()] == heard.split()


def test_who_configures_twice_hears_everything_once(tmp_path: Path, log: logging.Logger) -> None:
    configured(tmp_path)
    file = configured(tmp_path)
    log.info("once")
    assert len(file.read_text().splitlines()) == 1


@pytest.mark.parametrize("library", ["httpx", "httpcore", "aiohttp.client", "asyncio"])
def test_libraries_say_no_urls_and_headers_at_debug(
    tmp_path: Path, log: logging.Logger, library: str
) -> None:
    file = configured(tmp_path, log_level="debug")
    logging.getLogger(library).debug("Authorization: x")
    logging.getLogger(library).info("HTTP Request: GET x")
    assert file.read_text() == ""


def test_processes_that_rotate_one_file_lose_and_mix_no_line(tmp_path: Path) -> None:
    command = [sys.executable, "-c", WRITER, str(tmp_path / "omni.log")]
    names = ("a", "b", "c")
    writers = [subprocess.Popen([*command, name], stdin=subprocess.PIPE) for name in names]
    for writer in writers:
        assert writer.stdin is not None
        writer.stdin.close()  # now all of them write
    assert [writer.wait(60) for writer in writers] == [0, 0, 0]
    old = list(tmp_path.glob("omni.log.*"))
    lines = [
        line for file in [*old, tmp_path / "omni.log"] for line in file.read_text().splitlines()
    ]
    assert sorted(line.split("] ")[1] for line in lines) == [
        f"{name}-{number:03d} {'x' * 100}" for name in names for number in range(500)
    ]
    # Each was long enough when it was renamed, and none was renamed twice.
    assert {int(file.suffix[1:]) for file in old} == set(range(1, len(old) + 1))
    assert min(file.stat().st_size for file in old) >= 1000


def test_the_oldest_lines_go_when_the_files_are_full(
    tmp_path: Path, log: logging.Logger, capsys: pytest.CaptureFixture[str]
) -> None:
    handler = logs.SharedFile(tmp_path / "omni.log", largest_bytes=50)
    log.addHandler(handler)
    for number in range(20):
        log.warning("%02d %s", number, "x" * 50)
    log.removeHandler(handler)
    handler.close()
    kept = [path.read_text()[:2] for path in sorted(tmp_path.glob("omni.log*[!k]"))]
    assert kept == ["18", "17", "16", "15", "14"]
    assert (tmp_path / "omni.log").read_text()[:2] == "19"


def test_the_log_is_for_its_owner_alone(tmp_path: Path, log: logging.Logger) -> None:
    file = configured(tmp_path)
    assert file.stat().st_mode & 0o077 == 0
    assert file.parent.stat().st_mode & 0o077 == 0
