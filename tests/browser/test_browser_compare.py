"""Two answers beside each other as people see them, with and without JavaScript."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import visiting
from tests.browser.product import Visit
from tests.browser.stage import Stage, bare_settings, stage
from tests.web.hand import Hand
from webapp.domain.artifact import Artifact, ArtifactFile

LONG = "word " * 60 + "x" * 300
OLD = "".join(f"line {number}\n" for number in range(1, 21)) + f"image: shop:1.4 {LONG}\nend\n"
CHANGES = {
    "line 12\n": "line 12 b\nmore\n",
    "line 16\nline 17\n": "line 16 b\nline 17 b\n",
    "1.4": "1.5",
}
NEW = "first\nsecond\n" + OLD
for old, new in CHANGES.items():
    NEW = NEW.replace(old, new)
HOSTILE = "<div hx-get='/healthz' hx-trigger='load'></div>\u202e\n"


@pytest.fixture
def alone(tmp_path: Path) -> Iterator[Stage]:
    """Pages whose runner is the test."""
    with stage(bare_settings(tmp_path), has_runner=True) as built:
        yield built


@pytest.fixture
def product(alone: Stage) -> str:
    """Their address."""
    return alone.url


@pytest.fixture
def pair(alone: Stage) -> tuple[str, str]:
    """Two jobs whose one file differs at its beginning, within, and in a long line."""
    batch_id = alone.submit("blueprint", kinds=("kubernetes@kind",), samples=2)
    hand = alone.hand
    return finish(hand, batch_id, OLD), finish(hand, batch_id, NEW + HOSTILE)


def finish(hand: Hand, batch_id: str, content: str) -> str:
    job = hand.claim(batch_id)
    hand.answer(job)
    hand.end(job, artifact=Artifact((ArtifactFile("k8s/shop.yaml", content),), (), ()))
    return job.id


def show(page: Page, pair: tuple[str, str], width: int, switches: str = "") -> None:
    page.set_viewport_size({"width": width, "height": 800})
    page.goto(f"/compare?a=job:{pair[0]}&b=job:{pair[1]}{switches}")


def place(page: Page, id_: str) -> tuple[float, float]:
    box = page.locator(f"#{id_}").bounding_box()
    assert box is not None, id_
    return box["x"], box["y"]


def is_beside(page: Page, old: str, new: str) -> bool:
    """Whether an old line stands in one row with a new one, to the left of it."""
    (old_x, old_y), (new_x, new_y) = place(page, old), place(page, new)
    assert (old_y == new_y) == (old_x < new_x)
    return old_y == new_y


@pytest.mark.parametrize(
    ("width", "switches", "beside"),
    [
        (1200, "", True),
        (1100, "", False),
        (390, "", False),
        (1400, "&view=unified", False),
        (390, "&view=split", True),
    ],
)
def test_two_columns_stand_where_there_is_room(
    either_visit: Visit, pair: tuple[str, str], width: int, switches: str, beside: bool
) -> None:
    show(either_visit.page, pair, width, switches)
    for old, new in (("f1-O12", "f1-L14"), ("f1-O16", "f1-L19"), ("f1-O17", "f1-L20")):
        assert is_beside(either_visit.page, old, new) is beside


def test_lines_that_belong_together_stay_beside_each_other_where_they_wrap(
    visit: Visit, pair: tuple[str, str]
) -> None:
    page = visit.page
    show(page, pair, 1280)
    assert place(page, "f1-O21")[1] == place(page, "f1-L24")[1]
    same = page.locator("#f1-L25 code")
    left, right = (same.nth(index).bounding_box() for index in (1, 0))
    assert left is not None
    assert right is not None
    assert left["y"] == right["y"]
    added = page.locator("#f1-L24 code").bounding_box()
    assert added is not None
    assert right["x"] == pytest.approx(added["x"], abs=0.5)


def test_one_side_fills_the_width(visit: Visit, pair: tuple[str, str]) -> None:
    page = visit.page
    show(page, pair, 1280, "&focus=b")
    expect(page.locator("#f1-L14")).to_be_visible()
    expect(page.locator("#f1-O12")).to_be_hidden()
    show(page, pair, 1280, "&focus=a")
    expect(page.locator("#f1-L14")).to_be_hidden()
    expect(page.locator("#f1-O12")).to_be_visible()


@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("switches", ["", "&view=split", "&focus=a", "&form=normal"])
def test_pages_are_no_wider_than_the_screen(
    chromium: Browser, product: str, pair: tuple[str, str], width: int, switches: str
) -> None:
    for visit in visiting(chromium, product, scripts=True):
        show(visit.page, pair, width, switches)
        assert visit.page.evaluate("document.documentElement.scrollWidth") <= width
        assert not any("healthz" in request for request in visit.requests)


def test_a_second_side_is_chosen_and_swapped(either_visit: Visit, pair: tuple[str, str]) -> None:
    page = either_visit.page
    page.goto(f"/compare?a=job:{pair[0]}")
    page.get_by_role("link", name="job 2: kubernetes@kind by blueprint").click()
    expect(page.locator("#changed")).to_contain_text("1 file differs")
    page.get_by_role("link", name="normalised").click()
    page.fill("#side-b", f"job:{pair[0]}")
    page.press("#side-b", "Enter")
    expect(page.locator("#same")).to_contain_text("Both sides are the same in their normal form.")
    assert page.url.endswith("&form=normal")


def test_the_link_to_a_line_shows_it(visit: Visit, pair: tuple[str, str]) -> None:
    page = visit.page
    show(page, pair, 390, "#f1-L24")
    expect(page.locator("#f1-L24")).to_be_in_viewport()
    page.locator("#f1-L14 a").click()
    assert page.url.endswith("#f1-L14")
