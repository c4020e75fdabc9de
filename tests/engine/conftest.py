"""A scene for the runner."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from pydantic import SecretStr

from tests.both_databases import database_url
from tests.engine.scene import KEY, Scene
from tests.processes import Running
from webapp.fake_provider import FakeProvider
from webapp.service import Service, open_service
from webapp.settings import ROOT, Settings
from webapp.settings.endpoint_file import read_endpoint_file
from webapp.store.database import Store

__all__ = ["database_url"]


@pytest.fixture
def settings(settings: Settings, llm: FakeProvider) -> Settings:
    """The endpoint `openai` is the fake provider."""
    return Settings(
        _env_file=None,
        data_dir=settings.data_dir,
        database_url=settings.database_url,
        openai_api_key=SecretStr(KEY),
        openai_base_url=f"{llm.url}/v1",
    )


@pytest.fixture
def env(env: dict[str, str], llm: FakeProvider) -> dict[str, str]:
    """The same for processes, with room for 16 calls at once."""
    return env | {
        "OPENAI_API_KEY": KEY,
        "OPENAI_BASE_URL": f"{llm.url}/v1",
        "OMNI_MAX_CONCURRENT_REQUESTS": "16",
    }


@pytest.fixture
def scene(
    service: Service, store: Store, llm: FakeProvider, start: Callable[..., Running]
) -> Scene:
    """A provider, a data folder, and runners as processes over both."""
    return Scene(service, store, llm, start)


@pytest.fixture
def endpoint_file(llm: FakeProvider) -> str:
    """The `omni.toml` of a pair: `openai` with a price and `second` without, at one provider."""
    return ENDPOINTS.format(url=llm.url)


ENDPOINTS = """
[endpoints.openai]
price = {{ input = 1, output = 10 }}

[endpoints.second]
type = "openai"
base_url = "{url}/v1"
key = "SECOND_KEY"
"""


@pytest.fixture
def pair(
    tmp_path: Path,
    settings: Settings,
    env: dict[str, str],
    llm: FakeProvider,
    endpoint_file: str,
) -> Iterator[Scene]:
    """A scene with the endpoints of the file."""
    file = tmp_path / "omni.toml"
    file.write_text(endpoint_file)
    service = open_service(settings.with_file(read_endpoint_file(file, {"SECOND_KEY": KEY})))
    started: list[Running] = []

    def begin(_: str, **variables: str) -> Running:
        err = tmp_path / f"pair{len(started)}.txt"
        with err.open("wb") as stderr:
            process = subprocess.Popen(
                [sys.executable, "-m", "tests.engine.runner_beside", str(file)],
                env=env | {"SECOND_KEY": KEY} | variables,
                cwd=ROOT,
                stderr=stderr,
            )
        started.append(Running(process, err, err))
        return started[-1]

    yield Scene(service, service.store, llm, begin)
    for running in started:
        running.process.kill()
        running.process.wait()
    service.store.close()
