"""A real browser on the real product: `omni serve`, `omni fake-provider`, and Chromium."""

import contextlib
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.browser.product import Visit, is_ready, running
from tests.browser.stage import Stage, full_settings, stage
from tests.processes import DEADLINE_S, wait_until
from webapp.fake_provider import FakeProvider

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
QUIET = (
    "--no-sandbox",  # tests run as root in containers; the pages are our own
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)
ANSWER = """Here it is.
---FILE: Dockerfile---
FROM debian:12.8-slim
USER 10001
CMD ["<div hx-get='/healthz' hx-trigger='load'></div><img src=x onerror=alert(1)>"]
LABEL a="<script>alert(2)</script>]]>\u202e</code></div>"
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder for one product."""
    return tmp_path_factory.mktemp("product")


@contextlib.contextmanager
def workbench(folder: Path, *words: str) -> Iterator[str]:
    """A running product with an endpoint `openai` that answers without a model."""
    with (
        running(folder, "fake-provider", "--port", "0", *words) as provider,
        running(
            folder,
            "serve",
            OMNI_DATA_DIR=str(folder / "data"),
            OMNI_PORT="0",
            OPENAI_BASE_URL=f"{provider}/v1",
            OPENAI_API_KEY="none",
        ) as url,
    ):
        wait_until(lambda: is_ready(url))
        yield url


@pytest.fixture(scope="module")
def product(folder: Path) -> Iterator[str]:
    """The address of a product whose model takes 1.5 s and writes what it should not."""
    answer = folder / "answer.txt"
    answer.write_text(ANSWER)
    with workbench(folder, "--latency", "1.5", "--answer", str(answer)) as url:
        yield url


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """Pages whose runner is the test."""
    with FakeProvider() as provider:
        settings = full_settings(tmp_path_factory.mktemp("full"), provider.url)
        with stage(settings, has_runner=True) as built:
            yield built


@pytest.fixture
def showcase(tmp_path: Path) -> Iterator[str]:
    """The address of a product whose models write what they should."""
    models = ("--model", "gpt-5-mini", "--model", "gpt-5-nano")
    with workbench(tmp_path, "--latency", "2", "--sigma", "0.5", *models) as url:
        yield url


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """One browser for a module: while it runs, no other test can have a loop in this thread."""
    assert CHROMIUM is not None, "make test installs Chromium; here is none"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(QUIET))
        yield browser
        browser.close()


@pytest.fixture(params=[True, False], ids=["scripts on", "scripts off"])
def has_scripts(request: pytest.FixtureRequest) -> bool:
    """Whether the browser runs JavaScript."""
    return bool(request.param)


def visiting(chromium: Browser, product: str, *, scripts: bool) -> Iterator[Visit]:
    """A visit in a context of its own; at its end nothing may have gone wrong."""
    context = chromium.new_context(base_url=product, java_script_enabled=scripts)
    context.set_default_timeout(DEADLINE_S * 1000)
    visit = Visit(context, product)
    yield visit
    context.close()
    assert visit.problems == []


@pytest.fixture
def visit(chromium: Browser, product: str) -> Iterator[Visit]:
    """A visit with JavaScript."""
    yield from visiting(chromium, product, scripts=True)


@pytest.fixture
def either_visit(chromium: Browser, product: str, has_scripts: bool) -> Iterator[Visit]:
    """A visit with JavaScript, and one without."""
    yield from visiting(chromium, product, scripts=has_scripts)
