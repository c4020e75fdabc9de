"""The page of one job: its text as it grows, links to lines, the way from error to error."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import workbench
from tests.browser.product import Visit
from tests.processes import wait_until

LINES = 120
WRONG = (60, 90)  # where a folder is not absolute: an error
DOCKERFILE = "\n".join(
    "WORKDIR <img/src=x/onerror=alert(1)>" if line in WRONG else f"ENV LINE_{line}={line}"
    for line in range(2, LINES + 1)
)
AT_END = "box => box.scrollHeight - box.scrollTop - box.clientHeight < 40"
OVERFLOWS = "box => box.scrollHeight > box.clientHeight + 300"
CUT_OFF = """boxes => boxes.filter(
    (box) => box.scrollHeight > box.clientHeight + 1 || box.scrollWidth > box.clientWidth + 1
).length"""


@pytest.fixture(scope="module")
def product(folder: Path) -> Iterator[str]:
    """The address of a product whose model writes a long Dockerfile with two errors."""
    answer = folder / "answer.txt"
    answer.write_text(f"---FILE: Dockerfile---\nFROM debian:12.8-slim\n{DOCKERFILE}\n")
    with workbench(folder, "--answer", str(answer)) as url:
        yield url


def start(page: Page, brief: str = "A shop.", samples: int = 1) -> None:
    """Start a batch of a model that may be told how to behave, and open its last job."""
    page.goto("/")
    page.fill("#brief", brief)
    page.fill("#other-models", "openai:m1")
    page.uncheck("input[value=blueprint]")
    page.check("input[name=kinds][value=dockerfile]")
    page.fill("#samples", str(samples))
    page.check("input[name=fresh]")
    page.click("#start")
    page.wait_for_url("**/batches/*")
    page.click(f"#job-{samples} a")
    page.wait_for_url("**/jobs/*")


def finished(page: Page) -> str:
    """Wait for the end of the job; its address."""
    expect(page.locator("#job-state")).to_contain_text("invalid", timeout=60_000)
    return page.url


@pytest.fixture(scope="module")
def failed(chromium: Browser, product: str) -> str:
    """The path of a job that failed with two errors, after its rounds of repair."""
    page = chromium.new_page(base_url=product)
    start(page)
    address = finished(page)
    page.close()
    return address.removeprefix(product)


def has(page: Page, what: str) -> bool:
    """Whether something is so of the growing text."""
    return bool(page.locator("#growing").evaluate(what))


def grows(page: Page) -> None:
    """Wait for more of the growing text."""
    before = page.locator("#growing").text_content()
    wait_until(lambda: page.locator("#growing").text_content() != before)


def test_the_text_is_followed_only_while_the_reader_is_at_its_end(visit: Visit) -> None:
    page = visit.page
    start(page, "A shop. [[fake: pace=60]]")
    wait_until(lambda: has(page, OVERFLOWS))
    assert has(page, AT_END)
    expect(page.locator("#follow")).to_be_hidden()
    page.locator("#growing").evaluate("box => box.scrollTop = 0")
    expect(page.locator("#follow")).to_be_in_viewport(ratio=1)
    grows(page)
    assert has(page, "box => box.scrollTop === 0")
    page.click("#follow")
    expect(page.locator("#follow")).to_be_hidden()
    grows(page)
    assert has(page, AT_END)
    page.click("#cancel")
    expect(page.locator("#job-state")).to_contain_text("cancelled")


def test_follow_comes_and_goes_with_the_reader_while_no_text_comes(visit: Visit) -> None:
    page = visit.page
    start(page, "A shop. [[fake: pace=60]]")
    wait_until(lambda: has(page, OVERFLOWS))
    with page.expect_request("**/text?*"):
        page.route("**/text?*", lambda route: None)  # asked, and never answered
    page.locator("#growing").evaluate("box => box.scrollTop = 0")
    expect(page.locator("#follow")).to_be_in_viewport(ratio=1)
    page.locator("#growing").evaluate("box => box.scrollTop = box.scrollHeight")
    expect(page.locator("#follow")).to_be_hidden()
    page.click("#cancel")
    expect(page.locator("#job-state")).to_contain_text("cancelled")


def test_a_job_that_waits_tells_its_turn_without_a_new_page(visit: Visit) -> None:
    page = visit.page
    start(page, "A shop. [[fake: latency=3 pace=60]]", samples=5)
    expect(page.locator("#waiting")).to_contain_text("Has waited")
    expect(page.locator("#growing")).to_be_empty()
    page.evaluate("window.isSamePage = true")
    expect(page.locator("#waiting")).to_contain_text("openai:m1 was asked", timeout=60_000)
    expect(page.locator("#job-state .state")).to_have_text("running")
    expect(page).to_have_title("dockerfile · openai:m1 – running · Omni-Architect")
    expect(page.locator("#batch-status")).to_have_text("dockerfile · openai:m1 – running")
    expect(page.locator("#growing")).to_contain_text("FROM debian:12.8-slim", timeout=30_000)
    assert page.evaluate("window.isSamePage")
    page.click("#cancel")
    expect(page.locator("#job-state")).to_contain_text("cancelled")


def test_a_text_can_be_read_while_it_grows(either_visit: Visit) -> None:
    page = either_visit.page
    start(page, "A shop. [[fake: pace=60]]")
    expect(page.locator("#growing")).to_contain_text("ENV LINE_9=9", timeout=60_000)
    page.click("#cancel")
    expect(page.locator("#job-state")).to_contain_text("cancelled")


def test_a_failed_job_opens_at_its_first_error(visit: Visit, failed: str) -> None:
    page = visit.page
    page.goto(failed)
    error = page.locator(".code .remark", has=page.locator(".error")).first
    expect(error).to_be_in_viewport()
    expect(page.locator("h1")).not_to_be_in_viewport()
    page.goto("/batches")
    page.goto(f"{failed}#f1-L1")
    expect(page.locator("#f1-L1")).to_be_in_viewport()
    expect(error).not_to_be_in_viewport()


def test_whoever_comes_back_is_where_they_were(visit: Visit, failed: str) -> None:
    page = visit.page
    page.goto(failed)
    # Where the browser itself brings nobody back to.
    page.evaluate("history.scrollRestoration = 'manual'; scrollTo(0, 0)")
    page.reload()
    expect(page.locator("h1")).to_be_in_viewport()


def test_one_error_leads_to_the_next(either_visit: Visit, failed: str) -> None:
    page = either_visit.page
    page.goto(failed)
    page.click("#first-error")
    here = page.locator("div.remark:target")
    expect(here).to_be_in_viewport()
    expect(here).to_contain_text("hadolint/DL3000")
    expect(page.locator(f"#f1-L{WRONG[0]}")).to_be_in_viewport()
    first = page.url
    here.locator("text=next").click()
    expect(page.locator(f"#f1-L{WRONG[1]}")).to_be_in_viewport()
    here.locator("text=previous").click()
    assert page.url == first
    page.click(f"#findings a >> text=Dockerfile:{WRONG[1]}")
    expect(here).to_be_in_viewport()
    expect(page.locator(f"#f1-L{WRONG[1]}")).to_be_in_viewport()


def test_lines_have_links_and_so_have_ranges(visit: Visit, failed: str) -> None:
    page = visit.page
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.goto(f"{failed}#f1-L40")
    address = page.url.partition("#")[0]
    expect(page.locator("#f1-L40")).to_be_in_viewport()
    scrolled = page.evaluate("scrollY")
    page.click("#f1-L44 .no")
    assert (page.url, page.evaluate("scrollY")) == (f"{address}#f1-L44", scrolled)
    expect(page.locator(".chosen")).to_have_count(1)
    page.click("#f1-L42 .no", modifiers=["Shift"])
    assert page.url == f"{address}#f1-L42-L44"
    expect(page.locator(".chosen")).to_have_count(3)
    page.click("#copy-line-1")
    expect(page.locator("#copy-line-1")).to_have_text("Copied")
    assert page.evaluate("navigator.clipboard.readText()") == page.url
    page.goto("/batches")
    page.goto(f"{failed}#f1-L100-L9999")
    expect(page.locator(".chosen")).to_have_count(LINES - 99)
    expect(page.locator("#f1-L100")).to_be_in_viewport()
    page.click("#copy-link")
    expect(page.locator("#copy-link")).to_have_text("Copied")
    assert page.evaluate("navigator.clipboard.readText()") == address


def test_prompt_and_raw_answer_can_be_copied(visit: Visit, failed: str) -> None:
    page = visit.page
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    for tab, target in (("prompt", "part-1"), ("raw", "raw")):
        page.goto(f"{failed}?show={tab}")
        button = page.locator(f"[data-copy-from='{target}']")
        button.click()
        expect(button).to_have_text("Copied")
        copied = page.evaluate("navigator.clipboard.readText()")
        assert copied
        assert copied == page.locator(f"#{target}").text_content()
    assert copied.startswith("---FILE: Dockerfile---\n")
    assert copied.endswith(f"ENV LINE_{LINES}={LINES}\n")


def test_a_job_runs_afresh(visit: Visit) -> None:
    page = visit.page
    start(page)
    finished(page)
    page.click("#run-fresh")
    expect(page.locator("#notice")).to_contain_text("put back to the queue")
    finished(page)
    page.click(".tabs >> text=Attempts")
    # Two runs, each with its first answer and two rounds of repair.
    expect(page.locator(".timeline li")).to_have_count(6)


@pytest.mark.parametrize("width", [390, 1280])
def test_every_tab_fits_and_prints(visit: Visit, failed: str, width: int) -> None:
    page = visit.page
    page.set_viewport_size({"width": width, "height": 844})
    wide = "document.documentElement.scrollWidth"
    for tab in ("output", "rounds", "prompt", "attempts", "raw"):
        page.goto(f"{failed}?show={tab}")
        assert page.evaluate(wide) <= width, tab
        page.emulate_media(media="print")
        expect(page.locator(".top")).to_be_hidden()
        expect(page.locator("#copy-link")).to_be_hidden()
        assert page.evaluate(wide) <= width, tab
        assert page.locator(".code, .raw").evaluate_all(CUT_OFF) == 0, tab
        page.emulate_media(media="screen")
