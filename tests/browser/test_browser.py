"""The product as people meet it: in Chromium, under its real policy, with scripts and without."""

import io
import json
import os
import re
import zipfile
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.pictures import shrink
from tests.browser.product import Visit, zipped
from webapp.settings import ROOT

BRIEF = "A Flask shop with PostgreSQL and Redis. GET /healthz answers while it is well."
KINDS = ("dockerfile", "compose", "kubernetes", "github-actions", "prometheus-rules")
SCREENSHOT = ROOT / "docs" / "images" / "batch.png"


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """The zip of a Flask project."""
    return zipped("flask-shop", tmp_path)


def start(page: Page, *models: str, samples: int = 1) -> None:
    """Fill the form in and start a batch that the cache does not serve."""
    page.goto("/")
    page.fill("#brief", BRIEF)
    page.fill("#other-models", " ".join(models))
    if "blueprint" not in models:
        page.uncheck("input[value=blueprint]")
    page.check("input[name=kinds][value=dockerfile]")
    page.fill("#samples", str(samples))
    page.check("input[name=fresh]")
    page.click("#start")
    page.wait_for_url("**/batches/*")


@pytest.mark.parametrize(
    ("project", "entry", "variable"),
    [("flask-shop", "wsgi.py", "DATABASE_URL"), ("express-api", "server.js", "REDIS_URL")],
)
def test_from_the_brief_to_the_zip(
    either_visit: Visit, has_scripts: bool, tmp_path: Path, project: str, entry: str, variable: str
) -> None:
    page = either_visit.page
    page.goto("/")
    page.fill("#brief", BRIEF)
    for kind in KINDS:
        page.check(f"input[name=kinds][value={kind}]")
    page.set_input_files("#project-zip", zipped(project, tmp_path))
    if not has_scripts:
        page.click("button[formaction='/plan']")
    expect(page.locator("#project")).to_contain_text(entry)
    expect(page.locator("#fact-0-env")).to_have_value(re.compile(variable))
    expect(page.locator("#start")).to_have_text("Start 5 jobs")
    page.uncheck("input[name=send][value$='README.md']")
    page.click("#start")
    page.wait_for_url("**/batches/*")
    expect(page.locator(".counts .succeeded")).to_have_text("5 succeeded", timeout=30_000)
    expect(page.locator("tbody tr")).to_have_count(5)
    with page.expect_download() as download:
        page.click("#zip")
    with zipfile.ZipFile(io.BytesIO(download.value.path().read_bytes())) as archive:
        assert archive.testzip() is None
        manifest = json.loads(archive.read("manifest.json"))
        names = archive.namelist()
    assert [job["status"] for job in manifest["jobs"]] == ["succeeded"] * 5
    assert {
        "dockerfile/Dockerfile",
        "compose/compose.yaml",
        "github-actions/.github/workflows/ci.yml",
    } <= set(names)


def test_a_fault_leaves_everything_typed_in_its_place(either_visit: Visit) -> None:
    page = either_visit.page
    page.goto("/")
    page.fill("#brief", BRIEF)
    page.fill("#temperature", "hot")
    page.click("#start")
    expect(page.locator("#temperature-fault")).to_contain_text("from 0 to 2")
    expect(page.locator("#kinds-fault")).to_be_visible()
    expect(page.locator("#brief")).to_have_value(BRIEF)
    expect(page.locator("#temperature")).to_have_value("hot")
    refused = [text for text in either_visit.problems if "422" in text]
    assert refused == either_visit.problems
    either_visit.problems.clear()


def test_a_change_keeps_the_focus_and_what_is_open(visit: Visit) -> None:
    page = visit.page
    start(page, "openai:m1", samples=3)
    page.click("text=Brief")
    page.focus("#job-3 a")
    expect(page.locator("#job-3 .state")).to_have_text("succeeded", timeout=30_000)
    assert page.evaluate("document.activeElement === document.querySelector('#job-3 a')")
    expect(page.locator("details[open] pre")).to_have_text(BRIEF)


def test_the_plan_recounts_and_leaves_the_ticks_alone(visit: Visit, shop: Path) -> None:
    page = visit.page
    page.goto("/?example=flask")
    page.set_input_files("#project-zip", shop)
    page.uncheck("input[name=send][value$='README.md']")
    page.check("input[name=kinds][value=compose]")
    page.focus("#samples")
    page.fill("#samples", "3")
    expect(page.locator("#start")).to_have_text("Start 6 jobs")
    assert page.evaluate("document.activeElement.id") == "samples"
    expect(page.locator("input[value$='README.md']")).not_to_be_checked()
    expect(page.locator("input[value='wsgi.py']")).to_be_checked()
    expect(page.locator("#plan .sent")).not_to_contain_text("README.md")
    assert visit.requests.count("/projects") == 1


def test_a_finished_batch_asks_no_more(visit: Visit) -> None:
    page = visit.page
    start(page, "openai:m1")
    expect(page.locator("#poll")).to_have_count(0, timeout=30_000)
    expect(page.locator(".counts .succeeded")).to_have_text("1 succeeded")
    expect(page).to_have_title(f"{BRIEF[:80]} – finished · Omni-Architect")
    before = len(visit.requests)
    page.wait_for_timeout(2500)  # two polls would have fitted in
    assert visit.requests[before:] == []
    expect(page.locator("#batch-status")).to_have_text(
        "Finished: 1 succeeded, 0 failed.", timeout=15_000
    )


def test_a_hidden_page_is_silent_and_asks_at_once_when_it_is_seen(visit: Visit) -> None:
    page = visit.page
    page.add_init_script(
        "let hidden = false;"
        "Object.defineProperty(document, 'hidden', {get: () => hidden});"
        "window.hide = (value) => {"
        "  hidden = value; document.dispatchEvent(new Event('visibilitychange'));"
        "};"
    )
    with page.expect_request("**/favicon.svg?*"):  # the last that a page fetches of itself
        start(page, "openai:m1", samples=9)
    page.evaluate("hide(true)")
    before = len(visit.requests)
    page.wait_for_timeout(2500)  # two polls would have fitted in
    assert visit.requests[before:] == []
    with page.expect_response("**/delta?*", timeout=1000):
        page.evaluate("hide(false)")
    page.click("#cancel-batch")
    expect(page.locator("#poll")).to_have_count(0)


def test_a_row_answers_its_own_button(visit: Visit) -> None:
    page = visit.page
    start(page, "openai:m1", samples=9)
    page.click("#act-9")
    expect(page.locator("#job-9 .state")).to_have_text("cancelled")
    expect(page.locator("#notice")).to_have_text("Job 9 cancelled.")
    assert page.evaluate("document.activeElement.id") == "act-9"
    page.click("#cancel-batch")
    expect(page.locator("#poll")).to_have_count(0)
    page.click("#act-9")
    expect(page.locator("#notice")).to_contain_text("Job 9 put back to the queue.")
    expect(page.locator("#job-9 .state")).to_have_text("succeeded", timeout=30_000)


def test_a_lost_connection_is_told_and_mended(visit: Visit) -> None:
    page = visit.page
    start(page, "openai:m1", samples=9)
    page.context.set_offline(True)
    expect(page.locator("#connection")).to_contain_text("Connection lost", timeout=10_000)
    page.context.set_offline(False)
    page.click("#connection button")
    expect(page.locator("#connection")).to_be_hidden()
    assert all("fetch" in text or "Failed to load" in text for text in visit.problems)
    visit.problems.clear()
    page.click("#cancel-batch")
    expect(page.locator("#poll")).to_have_count(0)


def test_a_busy_server_is_told_and_asked_when_it_said(visit: Visit) -> None:
    page = visit.page
    start(page, "openai:m1", samples=9)
    busy = {"status": 503, "headers": {"Retry-After": "600"}, "body": ""}
    page.route("**/delta?*", lambda route: route.fulfill(**busy))
    expect(page.locator("#connection")).to_contain_text("The server is busy", timeout=10_000)
    before = len(visit.requests)
    page.wait_for_timeout(2500)  # a poll would have fitted in
    assert visit.requests[before:] == []
    page.unroute("**/delta?*")
    page.click("#connection button")
    expect(page.locator("#connection")).to_be_hidden()
    assert all("503" in text for text in visit.problems)
    visit.problems.clear()
    page.click("#cancel-batch")
    expect(page.locator("#poll")).to_have_count(0)


def test_a_running_job_becomes_its_files(visit: Visit) -> None:
    page = visit.page
    start(page, "openai:m1")
    page.click("#job-1 a")
    expect(page.locator("#growing")).to_be_visible()
    expect(page.locator("#f1-L1")).to_contain_text("FROM debian:12.8-slim", timeout=30_000)


def test_what_a_model_writes_does_nothing(visit: Visit) -> None:
    page = visit.page
    start(page, "openai:m1")
    expect(page.locator("#poll")).to_have_count(0, timeout=30_000)
    page.click("#job-1 a")
    expect(page.locator("#f1-L3")).to_contain_text("<div hx-get='/healthz' hx-trigger='load'>")
    last = page.locator("#f1-L4")
    expect(last).to_contain_text('LABEL a="<script>alert(2)</script>]]>')
    expect(last).to_contain_text('</code></div>"')
    page.click(".tabs >> text=Raw")
    expect(page.locator(".raw")).to_contain_text("onerror=alert(1)")
    page.wait_for_timeout(500)  # a trigger on load would have fired
    assert "/healthz" not in visit.requests


def test_a_file_can_be_copied(visit: Visit) -> None:
    page = visit.page
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    start(page, "openai:m1")
    expect(page.locator("#poll")).to_have_count(0, timeout=30_000)
    page.click("#job-1 a")
    page.click("#file-1 .copy")
    expect(page.locator("#file-1 .copy")).to_have_text("Copied")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied.startswith("FROM debian:12.8-slim\nUSER 10001\n")


def test_a_zip_that_is_too_large_is_not_even_sent(visit: Visit, tmp_path: Path) -> None:
    page = visit.page
    page.goto("/")
    large = tmp_path / "large.zip"
    with large.open("wb") as file:
        file.truncate(50 * 1024 * 1024 + 1)
    page.set_input_files("#project-zip", large)
    message = page.evaluate("document.querySelector('#project-zip').validationMessage")
    assert "50 MB" in message
    assert "/projects" not in visit.requests


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
def test_pages_fit_narrow_and_wide(visit: Visit, width: int, scheme: str) -> None:
    page = visit.page
    page.set_viewport_size({"width": width, "height": 844})
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    start(page, "openai:m1", "blueprint")
    batch = page.url
    expect(page.locator("#poll")).to_have_count(0, timeout=30_000)
    page.click("#job-1 a")
    job = page.url
    for url in ("/", "/batches", "/providers", batch, job, f"{job}?show=prompt"):
        page.goto(url)
        wide = page.evaluate("document.documentElement.scrollWidth")
        assert wide <= width, url


def test_the_screenshot_of_the_readme(
    chromium: Browser, showcase: str, shop: Path, tmp_path: Path
) -> None:
    page = chromium.new_page(base_url=showcase, viewport={"width": 1280, "height": 800})
    page.goto("/?example=flask")
    page.set_input_files("#project-zip", shop)
    for kind in KINDS:
        page.check(f"input[name=kinds][value={kind}]")
    for name in ("openai:gpt-5-mini", "openai:gpt-5-nano"):
        page.check(f"input[name=models][value='{name}']")
    expect(page.locator("#start")).to_have_text("Start 15 jobs")
    page.click("#start")
    expect(page.locator(".counts .succeeded")).to_have_text("15 succeeded", timeout=60_000)
    expect(page.locator("#poll")).to_have_count(0)
    # UPDATE_SCREENSHOTS=1 make test ARGS="-k screenshot" takes it anew for the README.
    path = SCREENSHOT if "UPDATE_SCREENSHOTS" in os.environ else tmp_path / SCREENSHOT.name
    path.parent.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=path)
    page.close()
    if path == SCREENSHOT:
        shrink(chromium, [path])
    assert path.stat().st_size > 20_000
