"""A scene for the runner."""

from collections.abc import Callable

import pytest
from pydantic import SecretStr

from tests.engine.scene import KEY, Scene
from tests.processes import Running
from webapp.fake_provider import FakeProvider
from webapp.service import Service
from webapp.settings import Settings
from webapp.store.database import Store


@pytest.fixture
def settings(settings: Settings, llm: FakeProvider) -> Settings:
    """The endpoint `openai` is the fake provider."""
    return Settings(
        _env_file=None,
        data_dir=settings.data_dir,
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
