"""The matrix of a batch: who stands in which cell, who is taken, and what each model comes to."""

import re
from datetime import UTC, datetime, timedelta
from html import unescape

import pytest
from flask.testing import FlaskClient

from tests.store.asked import asked, put, submitted
from tests.web.hand import Hand
from tests.web.live_page import LivePage
from webapp.domain.artifact import Artifact, ArtifactFile, Finding, Severity
from webapp.domain.batch import JobStatus, Reason
from webapp.store.database import Store

ROW = re.compile(r'<tr id="artifact-\d+">.*?</tr>', re.DOTALL)
CELL = re.compile(r"<t[dh][ >].*?</t[dh]>", re.DOTALL)
TAGS = re.compile(r"<[^>]+>")
GEMINI, OPENAI = "gemini:m", "openai:m"


def words(html: str) -> str:
    return " ".join(unescape(TAGS.sub(" ", html)).split())


def cells(page: str) -> list[list[str]]:
    """What each row says, from its head on."""
    return [[words(cell) for cell in CELL.findall(row)] for row in ROW.findall(page)]


def sums(page: str) -> list[str]:
    foot = page.split('<tfoot id="sums">')[1].split("</tfoot>")[0]
    return [words(cell) for cell in CELL.findall(foot)][1:]


@pytest.fixture
def batch_id(store: Store) -> str:
    """Two kinds of three models, of one of which there are two samples."""
    jobs = [
        asked(kind, model, sample=sample)
        for kind in ("dockerfile", "compose")
        for model, samples in ((GEMINI, 1), (OPENAI, 2), ("blueprint", 1))
        for sample in range(1, samples + 1)
    ]
    return submitted(store, *jobs)


def finish(
    hand: Hand,
    batch_id: str,
    model: str,
    score: int,
    cost: int | None = 0,
    status: JobStatus = JobStatus.SUCCEEDED,
) -> None:
    """Bring the next job of a model to its end, with an error where it fails."""
    job = hand.claim(batch_id, model)
    hand.answer(job, cost=cost)
    has_failed = status is JobStatus.FAILED
    found = (Finding("a/b", Severity.ERROR, "a", 1, "Mend it."),) if has_failed else ()
    artifact = Artifact((ArtifactFile("a", "b\n"),), (), found, score=score)
    hand.end(job, status, artifact, Reason.INVALID if has_failed else None)


def page(client: FlaskClient, batch_id: str, query: str = "") -> str:
    return client.get(f"/batches/{batch_id}?view=matrix{query}").text


def test_rows_are_artifacts_and_columns_are_models(client: FlaskClient, batch_id: str) -> None:
    found = cells(page(client, batch_id))
    assert [row[0] for row in found] == ["dockerfile", "compose"]
    assert [len(row) for row in found] == [4, 4]
    assert [cell.count("queued") for cell in found[0][1:]] == [1, 2, 1]
    assert "sample 2" in found[0][2]


def test_a_model_that_was_asked_for_less_has_empty_cells(client: FlaskClient, store: Store) -> None:
    batch_id = submitted(store, asked("dockerfile", OPENAI), asked("compose", GEMINI))
    assert [[cell == "–" for cell in row[1:]] for row in cells(page(client, batch_id))] == [
        [False, True],
        [True, False],
    ]


def test_who_answers_for_another_stands_in_the_column_of_the_one_that_was_asked(
    client: FlaskClient, store: Store
) -> None:
    batch_id = submitted(store, asked("dockerfile", GEMINI), asked("dockerfile", OPENAI))
    put(store, batch_id, 2, endpoint="gemini", instead_of=OPENAI)
    whole = page(client, batch_id)
    assert [cell.split()[0] for cell in cells(whole)[0][1:]] == ["queued", "queued"]
    heads = whole.split("<thead>")[1].split("</thead>")[0]
    assert [words(cell) for cell in CELL.findall(heads)] == ["Artifact", GEMINI, OPENAI]


@pytest.fixture
def judged_id(batch_id: str, hand: Hand, store: Store) -> str:
    """The checks take the second sample of the Dockerfiles, and the template of the others."""
    finish(hand, batch_id, GEMINI, 70, 3000)
    finish(hand, batch_id, OPENAI, 80, 1000)
    finish(hand, batch_id, OPENAI, 90, 9000)
    finish(hand, batch_id, "blueprint", 60)
    finish(hand, batch_id, GEMINI, 20, 1000, JobStatus.FAILED)
    finish(hand, batch_id, "blueprint", 60)
    return batch_id


def stars(found: list[list[str]]) -> list[list[str]]:
    """For each cell whose star is in it."""
    return [
        [
            "".join(name for name in ("taken by the checks", "chosen") if name in cell)
            for cell in row
        ]
        for row in (row[1:] for row in found)
    ]


def test_the_star_stands_at_what_the_checks_take(client: FlaskClient, judged_id: str) -> None:
    taken = "taken by the checks"
    assert stars(cells(page(client, judged_id))) == [["", taken, ""], ["", "", taken]]
    won = re.findall(r'class="candidate won" id="open-(\d)"', page(client, judged_id))
    assert won == ["3", "8"]


def test_the_star_stands_at_what_the_user_chose_though_it_failed(
    client: FlaskClient, judged_id: str
) -> None:
    client.post(f"/batches/{judged_id}/choose", data={"on": "picked", "pick": ["1", "5"]})
    assert stars(cells(page(client, judged_id))) == [["chosen", "", ""], ["chosen", "", ""]]


@pytest.mark.parametrize("query", [f"&model={GEMINI}", "&status=failed", "&kind=dockerfile"])
def test_a_filter_gives_nobody_the_star_of_another(
    client: FlaskClient, judged_id: str, query: str
) -> None:
    def taken(page: str) -> set[str]:
        return set(re.findall(r'class="candidate won" id="(open-\d)"', page))

    whole, part = page(client, judged_id), page(client, judged_id, query)
    shown = set(re.findall(r'id="(open-\d)"', part))
    assert shown
    assert taken(part) == taken(whole) & shown


def test_a_sum_says_for_how_many_artifacts_a_model_passed_at_its_cheapest(
    client: FlaskClient, judged_id: str
) -> None:
    gemini, openai, template = sums(page(client, judged_id))
    assert gemini == "1 of 2 $0.0030"
    assert openai == "1 of 2 $0.0010"  # the cheaper one of two samples
    assert template.startswith("2 of 2")
    assert "cheapest that passes" not in gemini + openai + template


def test_the_cheapest_that_passes_all_is_no_template_and_nobody_of_unknown_cost(
    client: FlaskClient, store: Store, hand: Hand
) -> None:
    models = ("blueprint", GEMINI, OPENAI, "ollama:m", "watsonx:m")
    batch_id = submitted(
        store, *(asked(kind, m) for kind in ("dockerfile", "compose") for m in models)
    )
    for _ in range(2):
        finish(hand, batch_id, "blueprint", 90)
        finish(hand, batch_id, GEMINI, 90, 2000)
        finish(hand, batch_id, OPENAI, 10, 1500)
        finish(hand, batch_id, "ollama:m", 90, None)
    finish(hand, batch_id, "watsonx:m", 90, 1)
    finish(hand, batch_id, "watsonx:m", 0, 1, JobStatus.FAILED)
    found = sums(page(client, batch_id))
    assert ["cheapest that passes" in each for each in found] == [False, False, True, False, False]
    assert found[3] == "2 of 2 unknown cost"


def test_three_hundred_jobs_are_shown_and_one_more_is_counted(
    client: FlaskClient, store: Store
) -> None:
    kinds = ("dockerfile", "kubernetes@gke+harden")
    jobs = [asked(kinds[n % 2], OPENAI, brief=f"Shop {n}.") for n in range(301)]
    shown, counted = (page(client, submitted(store, *jobs[:many])) for many in (300, 301))
    assert shown.count('<tr id="artifact-') == 300
    assert 'id="kind-' not in shown
    assert counted.count('<tr id="artifact-') == 0
    assert re.findall(r'<tr id="(kind-\d)"', counted) == ["kind-1", "kind-2"]


def test_each_count_leads_to_its_jobs(client: FlaskClient, store: Store, hand: Hand) -> None:
    jobs = [asked("kubernetes@gke+harden", OPENAI, brief=f"Shop {n}.") for n in range(302)]
    batch_id = submitted(store, *jobs)
    hand.fail(hand.claim(batch_id, OPENAI), JobStatus.FAILED, Reason.TIMEOUT, "It took too long.")
    links = re.findall(r'<a class="count" href="([^"]+)">(.*?)</a>', page(client, batch_id))
    told = {words(label): unescape(link) for link, label in links}
    assert list(told) == ["301 queued", "1 failed"]
    assert "301 of 302 jobs" in words(client.get(told["301 queued"]).text)
    assert re.findall(r'<tr id="(job-\d+)"', client.get(told["1 failed"]).text) == ["job-1"]


def test_a_counted_matrix_is_told_of_changes_too(
    client: FlaskClient, store: Store, hand: Hand
) -> None:
    jobs = [asked("dockerfile", OPENAI, brief=f"Shop {n}.") for n in range(301)]
    batch_id = submitted(store, *jobs)
    live = LivePage(client, f"/batches/{batch_id}?view=matrix")
    hand.claim(batch_id, OPENAI)
    client.post(f"/batches/{batch_id}/cancel")
    live.catch_up()
    assert words(live.rows["kind-1"]).startswith("dockerfile 301 cancelled")


def test_a_filtered_matrix_shows_what_has_come_to_match(
    client: FlaskClient, batch_id: str, hand: Hand
) -> None:
    live = LivePage(client, f"/batches/{batch_id}?view=matrix&status=succeeded")
    assert live.rows == {}
    finish(hand, batch_id, OPENAI, 90)
    live.catch_up()
    assert set(live.rows) == {"artifact-1", "sums"}
    assert live.rows == live.anew().rows


def test_only_artifacts_are_shown_in_which_the_models_differ(
    client: FlaskClient, batch_id: str, hand: Hand
) -> None:
    live = LivePage(client, f"/batches/{batch_id}?view=matrix&rows=differing")
    assert list(live.rows) == []
    assert "The models come to the same in all 2 artifacts." in words(
        page(client, batch_id, "&rows=differing")
    )
    for model, score in ((GEMINI, 90), ("blueprint", 90), (OPENAI, 90), (OPENAI, 90)):
        finish(hand, batch_id, model, score)
    live.catch_up()
    assert list(live.rows) == []
    finish(hand, batch_id, GEMINI, 90)
    live.catch_up()
    assert list(live.rows) == ["artifact-5", "sums"]
    assert sums(page(client, batch_id, "&rows=differing"))[0].startswith("2 of 2 ")
    for model, score in (("blueprint", 90), (OPENAI, 90), (OPENAI, 80)):
        finish(hand, batch_id, model, score)
    live.catch_up()
    assert live.rows == live.anew().rows
    assert list(live.rows) == ["artifact-5", "sums"]  # by one score


def test_a_matrix_hears_that_a_pause_is_over(
    client: FlaskClient, batch_id: str, hand: Hand
) -> None:
    hand.beat(OPENAI, until=datetime.now(UTC) + timedelta(hours=1), why="cools down")
    live = LivePage(client, f"/batches/{batch_id}?view=matrix")
    assert "cooling" in words(live.rows["artifact-1"])
    hand.beat(OPENAI)
    hand.claim(batch_id, GEMINI)
    live.catch_up()
    assert "cooling" not in words("".join(live.rows.values()))
