import re
from xml.etree import ElementTree

import pytest

from bench.ours import AGAIN, OURS
from bench.peers.contest import PEERS, Peer
from bench.peers.plot import plot
from bench.peers.publish import section, winners
from bench.peers.record import Record, load
from bench.processes import ROOT
from bench.publish import documents
from bench.results import Account, Result
from bench.rows import ROWS, Row

SDK, LANGCHAIN, FLOOR = (peer.who for peer in PEERS)
ROW = Row("429 storm", 200, 20, latency_s=0.2, rate=20, burst=5)


def result(who: str, seconds: float, lost: int = 0, row: Row = ROW) -> Result:
    account = Account(seconds, lost, cpu_s=1, calling_cpu_s=0.5, peak_mb=100)
    return Result(row, who, account, calls=220, early=0, peak_in_flight=20)


def record(*results: Result) -> Record:
    versions = dict.fromkeys((OURS, SDK, LANGCHAIN, FLOOR), "1.0 <beta>")
    return Record("2026-11-26", "2 cores", versions, list(results))


def test_the_page_and_its_plots_are_those_of_the_runs_that_were_kept() -> None:
    for path, text in documents().items():
        assert text == path.read_text(), "run `python -m bench.publish`"


def test_the_run_that_was_kept_has_everybody_in_every_row() -> None:
    rows = [row for rows in ROWS.values() for row in rows]
    everybody = {(row, who) for row in rows for who in (OURS, SDK, LANGCHAIN, FLOOR)}
    assert everybody <= {(each.row, each.who) for each in load().results}


@pytest.mark.parametrize(
    ("results", "won"),
    [
        ([result(OURS, 12), result(SDK, 11)], {SDK}),
        ([result(OURS, 12), result(SDK, 11, lost=3)], {OURS}),
        ([result(OURS, 10), result(SDK, 10.05), result(FLOOR, 10.2)], {OURS, SDK}),
        ([result(OURS, 12), result(AGAIN, 10), result(SDK, 13)], {OURS}),
        ([result(SDK, 9, lost=5), result(FLOOR, 12, lost=4)], {FLOOR}),
    ],
)
def test_a_row_is_won_by_who_loses_least_and_then_by_the_quickest(
    results: list[Result], won: set[str]
) -> None:
    assert winners(results) == won


def test_whoever_wins_a_row_is_bold() -> None:
    said = "\n".join(section(record(result(OURS, 12), result(SDK, 11))))
    assert re.findall(r"^\| \*\*([\w ]+)\*\* \|", said, re.M) == [SDK]


def test_a_mark_in_the_plot_is_hollow_where_jobs_were_lost() -> None:
    root = ElementTree.fromstring(plot(record(result(OURS, 10), result(SDK, 11, lost=37))))
    tags = [child.tag.rpartition("}")[2] for child in root]
    hollow = [mark for mark in root.iter() if mark.get("fill") == "none"]
    assert (tags[:2], len(hollow)) == (["title", "desc"], 1)
    assert "37" in [text.text for text in root.iter()]


@pytest.mark.parametrize("peer", PEERS, ids=lambda peer: peer.environment)
def test_what_a_peer_needs_is_pinned_by_hashes_and_names_no_index(peer: Peer) -> None:
    text = (ROOT / f"bench/peers/requirements-{peer.environment}.txt").read_text()
    entries = re.split(r"^(?=[\w.-]+==)", text, flags=re.M)[1:]
    assert all("--hash=sha256:" in entry for entry in entries)
    assert not re.search(r"://|index|(?:^|\s)/", text)
