"""A web server over a store of its own, whose runner is the test."""

import contextlib
import threading
from collections.abc import Awaitable, Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import ParamSpec, TypeVar

from asgiref.sync import async_to_sync
from werkzeug.serving import make_server

from tests.web.hand import Hand
from webapp import create_app
from webapp.domain.batch import BatchSpec, JobSpec, KindChoice, Mode, ModelChoice, matrix
from webapp.service import Service
from webapp.settings import Settings, load_settings

BRIEF = "A Flask shop on port 8000 with PostgreSQL."
KINDS = ("dockerfile", "compose", "prometheus-rules")
ENDPOINTS = """
[endpoints.gate]
type = "openai"
base_url = "{url}/v1"
key = "GATE_KEY"
price = {{ input = 1.25, output = 10 }}

[endpoints.down]
type = "openai"
base_url = "http://127.0.0.1:9/v1"
key = "GATE_KEY"
requests_per_minute = 60
tokens_per_minute = 100000
"""

_P = ParamSpec("_P")
_T = TypeVar("_T")


@dataclass(frozen=True)
class Stage:
    """Pages at an address, and what moves the batches behind them."""

    url: str
    service: Service
    thread: ThreadPoolExecutor
    runner: Hand | None = None  # where one lives

    @property
    def hand(self) -> Hand:
        """The runner of a stage that has one."""
        assert self.runner is not None
        return self.runner

    def ask(self, function: Callable[_P, Awaitable[_T]], *args: _P.args, **kwargs: _P.kwargs) -> _T:
        """What the service answers; in another thread, since in this one a browser has its loop."""
        return self.thread.submit(async_to_sync(function), *args, **kwargs).result()

    def submit(
        self,
        *models: str,
        kinds: tuple[str, ...] = KINDS,
        brief: str = BRIEF,
        samples: int = 1,
        budget: int | None = None,
        project_id: str | None = None,
    ) -> str:
        """Start a batch of every kind with every model; gives its id."""
        choices = [ModelChoice.parse(model) for model in models]
        jobs = matrix(brief, [*map(KindChoice.parse, kinds)], choices, samples=samples)
        return self.submit_jobs(jobs, brief, budget, project_id)

    def submit_jobs(
        self,
        jobs: Sequence[JobSpec],
        brief: str,
        budget: int | None = None,
        project_id: str | None = None,
    ) -> str:
        """Start a batch of these jobs; gives its id."""
        spec = BatchSpec(
            brief=brief, jobs=tuple(jobs), mode=Mode.ASYNC, concurrency=3,
            budget_microusd=budget, project_id=project_id,
        )  # fmt: skip
        return self.ask(self.service.submit, spec)


def bare_settings(folder: Path) -> Settings:
    """No endpoint is set up."""
    return Settings(_env_file=None, data_dir=folder / "data", find_ollama=False, full_checks=False)


def full_settings(folder: Path, provider_url: str) -> Settings:
    """An endpoint `gate` with a price, `openai` without, and `down` with limits, where none is."""
    (folder / ".env").write_text(
        f"OMNI_DATA_DIR={folder / 'data'}\nOMNI_FIND_OLLAMA=false\nOMNI_FULL_CHECKS=false\n"
        f"OPENAI_API_KEY=none\nOPENAI_BASE_URL={provider_url}/v1\nGATE_KEY=none\n"
    )
    (folder / "omni.toml").write_text(ENDPOINTS.format(url=provider_url))
    return load_settings(folder / ".env")


@contextlib.contextmanager
def stage(settings: Settings, *, has_runner: bool) -> Iterator[Stage]:
    """A server for as long as it is used."""
    app = create_app(settings)
    service: Service = app.extensions["service"]
    server = make_server("127.0.0.1", 0, app, threaded=True)
    serving = threading.Thread(target=server.serve_forever)
    serving.start()
    try:
        with ThreadPoolExecutor(1) as thread:
            url = f"http://127.0.0.1:{server.server_port}"
            yield Stage(url, service, thread, Hand(service.store) if has_runner else None)
    finally:
        server.shutdown()
        serving.join()
        server.server_close()
        service.store.close()
