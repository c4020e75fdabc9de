"""What a batch can be made from besides a brief: the applications of a project, a job file."""

import json
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.product import Visit, zipped

BRIEF = "A market: a shop window, an API for its stock, and a worker for its orders."
KINDS = ("dockerfile", "compose", "kubernetes@gke")
GOOD_LINE = {"brief": "A shop.", "kind": "dockerfile", "model": "blueprint", "id": "shop"}


def upload_market(page: Page, folder: Path, *, has_scripts: bool) -> None:
    """Begin a batch with a project of three applications, and wait until it is read."""
    page.goto("/?example=worker")
    page.set_input_files("#project-zip", zipped("monorepo-market", folder))
    if not has_scripts:
        page.click("button[formaction='/plan']")
    expect(page.locator("details.facts")).to_have_count(3)


def upload_job_file(page: Page, folder: Path, *jobs: object, has_scripts: bool) -> None:
    """Choose a job file; without scripts a button reads it."""
    path = folder / "nightly.jsonl"
    path.write_text("".join(json.dumps(job) + "\n" for job in jobs))
    page.set_input_files("#job-file", path)
    if not has_scripts:
        page.click("#read-job-file")


def test_a_corrected_port_of_an_application_is_in_its_files(
    either_visit: Visit, has_scripts: bool, tmp_path: Path
) -> None:
    page = either_visit.page
    upload_market(page, tmp_path, has_scripts=has_scripts)
    page.click("summary:has-text('services/web')")
    port = page.get_by_label("port").locator("visible=true")
    expect(port).to_have_value("8080")
    port.fill("9090")
    page.uncheck("input[name=send][value='README.md']")
    page.click("#keep-facts")
    expect(page.locator("summary:has-text('services/web')")).to_contain_text("port 9090")
    expect(page.locator("input[name=send][value='README.md']")).not_to_be_checked()
    for kind in KINDS:
        page.check(f"input[name=kinds][value='{kind}']")
    if not has_scripts:
        page.click("#start")
        expect(page.locator("#files-fault")).to_contain_text("other files are usual")
        expect(page.locator("input[name=send][value='README.md']")).not_to_be_checked()
        either_visit.problems.clear()
    page.click("#start")
    page.wait_for_url("**/batches/*")
    expect(page.locator(".counts .succeeded")).to_have_text("7 succeeded", timeout=30_000)
    rows = page.locator("tbody tr", has_text="services/web")
    expect(rows).to_have_count(2)
    for row, line in ((rows.first, "EXPOSE 9090"), (rows.last, "containerPort: 9090")):
        row.locator("a").click()
        expect(page.locator("h1")).to_contain_text(" for services/web")
        expect(page.locator(".code", has_text=line)).to_have_count(1)
        page.go_back()


def test_the_ticks_follow_the_kinds_and_stay_the_users(
    either_visit: Visit, has_scripts: bool, tmp_path: Path
) -> None:
    page = either_visit.page

    def choose(kind: str, *, is_chosen: bool) -> None:
        page.set_checked(f"input[name=kinds][value='{kind}']", is_chosen)

    def recount() -> None:
        if not has_scripts:
            page.click("button[formaction='/plan']")

    def box(path: str) -> Locator:
        return page.locator(f"input[name=send][value='{path}']")

    page.goto("/?example=flask")
    page.set_input_files("#project-zip", zipped("flask-shop", tmp_path))
    recount()
    expect(box("wsgi.py")).to_be_checked()
    expect(box("shop/storage.py")).not_to_be_checked()
    expect(page.locator("#ticked")).to_contain_text("8 files of 21 ticked")
    box("Procfile").uncheck()
    recount()
    expect(page.locator("#ticked")).to_contain_text("7 files of 21 ticked")
    choose("compose", is_chosen=False)
    choose("dockerfile", is_chosen=False)
    choose("github-actions", is_chosen=True)
    recount()
    expect(box("wsgi.py")).not_to_be_checked()
    expect(box("Procfile")).not_to_be_checked()
    box("shop/storage.py").check()
    recount()
    expect(page.locator("#ticked")).to_contain_text("5 files of 21 ticked")
    expect(page.locator("#plan .sent")).to_contain_text("shop/storage.py")
    choose("dockerfile", is_chosen=True)
    recount()
    expect(box("wsgi.py")).to_be_checked()
    expect(box("shop/storage.py")).to_be_checked()
    expect(page.locator("#sent-dockerfile")).to_contain_text("for dockerfile")
    expect(page.locator("#sent-github-actions")).not_to_contain_text("wsgi.py")


def test_one_application_is_chosen_among_several(
    either_visit: Visit, has_scripts: bool, tmp_path: Path
) -> None:
    page = either_visit.page
    upload_market(page, tmp_path, has_scripts=has_scripts)
    expect(page.locator("#start")).to_have_text("Start 4 jobs")
    page.select_option("#application", label="services/worker")
    if not has_scripts:
        page.click("button[formaction='/plan']")
    expect(page.locator("#start")).to_have_text("Start 2 jobs")
    page.click("#start")
    page.wait_for_url("**/batches/*")
    expect(page.locator(".counts .succeeded")).to_have_text("2 succeeded", timeout=30_000)
    page.click("#job-1 a")
    expect(page.locator(".code").first).to_contain_text("worker.py")


def test_a_wrong_correction_is_told_beside_what_was_written(visit: Visit, tmp_path: Path) -> None:
    page = visit.page
    upload_market(page, tmp_path, has_scripts=True)
    page.click("summary:has-text('services/api')")
    page.fill("#fact-0-port", "many")
    page.click("#keep-facts")
    expect(page.locator("#facts-fault")).to_contain_text("must be a number")
    expect(page.locator("#fact-0-port")).to_have_value("many")
    expect(page.locator("#fact-0-port")).to_be_visible()
    assert all("422" in text for text in visit.problems)
    visit.problems.clear()


def test_a_job_file_from_its_fault_to_its_rows(
    either_visit: Visit, has_scripts: bool, tmp_path: Path
) -> None:
    page = either_visit.page
    page.goto("/")
    page.fill("#brief", BRIEF)
    page.check("input[name=kinds][value='kubernetes']")
    upload_job_file(page, tmp_path, GOOD_LINE, {"brief": "A shop."}, has_scripts=has_scripts)
    expect(page.locator("#job-file-fault")).to_contain_text("Line 2: ")
    assert all("422" in text for text in either_visit.problems)
    either_visit.problems.clear()
    second = GOOD_LINE | {"kind": "compose", "id": "blog"}
    upload_job_file(page, tmp_path, GOOD_LINE, second, has_scripts=has_scripts)
    expect(page.locator(".list tbody tr")).to_have_count(2)
    expect(page.locator("#brief")).to_be_hidden()
    expect(page.locator("#start")).to_have_text("Start 2 jobs")
    page.click("#start")
    page.wait_for_url("**/batches/*")
    expect(page.locator(".counts .succeeded")).to_have_text("2 succeeded", timeout=30_000)
    expect(page.locator("#job-2 .artifact")).to_have_text("compose blog")


def test_a_removed_job_file_leaves_the_form_as_it_was(
    either_visit: Visit, has_scripts: bool, tmp_path: Path
) -> None:
    page = either_visit.page
    page.goto("/")
    page.fill("#brief", BRIEF)
    page.check("input[name=kinds][value='kubernetes']")
    upload_job_file(page, tmp_path, GOOD_LINE, has_scripts=has_scripts)
    page.click("text=Remove")
    expect(page.locator("#brief")).to_have_value(BRIEF)
    expect(page.locator("input[name=kinds][value='kubernetes']")).to_be_checked()
    expect(page.locator("#start")).to_have_text("Start 1 job")


def test_enter_in_a_field_starts(either_visit: Visit, has_scripts: bool, tmp_path: Path) -> None:
    page = either_visit.page
    upload_market(page, tmp_path, has_scripts=has_scripts)
    page.press("#samples", "Enter")
    page.wait_for_url("**/batches/*")
    expect(page.locator(".counts .succeeded")).to_have_text("4 succeeded", timeout=30_000)


@pytest.mark.parametrize("width", [390, 1280])
def test_the_form_fits_with_a_project_and_with_a_job_file(
    visit: Visit, tmp_path: Path, width: int
) -> None:
    page = visit.page
    page.set_viewport_size({"width": width, "height": 844})
    upload_market(page, tmp_path, has_scripts=True)
    for summary in page.locator("details.facts summary").all():
        summary.click()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    long = GOOD_LINE | {"id": "n" * 60, "brief": "Long" * 90, "application": "services/web"}
    upload_job_file(page, tmp_path, long, has_scripts=True)
    expect(page.locator("#start")).to_have_text("Start 1 job")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
