"""What a round of repair mended, what it left, and why its version was kept or not."""

import re
from datetime import UTC, datetime

import pytest
from flask.testing import FlaskClient

from tests.web.hand import Hand
from tests.web.test_web_jobs import ARTIFACT
from webapp.domain.artifact import Artifact, ArtifactFile, Finding, Severity
from webapp.domain.batch import Reason
from webapp.domain.views import AttemptView, RoundView
from webapp.web.repairs import told

ATTEMPT = AttemptView(
    id="a", claim_no=1, status="ok", error_kind=None, sentence=None, provider_message=None,
    http_status=200, request_id=None, finish_reason="stop", input_tokens=1, output_tokens=1,
    started_at=datetime(2030, 1, 1, tzinfo=UTC), first_token_at=None, ended_at=None, raw=None,
    raw_is_cut=False,
)  # fmt: skip


def version(*faults: str, line: int = 1) -> Artifact:
    """An artifact with an error for each letter."""
    findings = (Finding(f"r/{each}", Severity.ERROR, "a", line, each) for each in faults)
    note = Finding("r/note", Severity.NOTE, "a", 1, "no error")
    return Artifact((ArtifactFile("a", f"{faults} {line}"),), (), (*findings, note))


def a_round(now: Artifact, base: Artifact | None, *, is_kept: bool = True) -> RoundView:
    return RoundView(ATTEMPT, now, base, None, is_kept, is_result=False)


def words(findings: tuple[Finding, ...]) -> str:
    return "".join(finding.message for finding in findings)


@pytest.mark.parametrize(
    ("before", "now", "mended", "left", "new"),
    [
        ("ab", "b", "a", "b", ""),
        ("ab", "", "ab", "", ""),
        ("a", "ac", "", "a", "c"),
        ("aab", "a", "ab", "a", ""),
        ("a", "aa", "", "a", "a"),
    ],
)
def test_errors_are_mended_left_or_new(
    before: str, now: str, mended: str, left: str, new: str
) -> None:
    story = told(a_round(version(*now, line=7), version(*before)))
    assert (words(story.mended), words(story.left), words(story.new)) == (mended, left, new)
    assert story.changes


def test_all_errors_of_the_first_answer_are_new() -> None:
    story = told(a_round(version("a", "b"), None))
    assert (words(story.new), story.mended, story.left) == ("ab", (), ())
    assert (story.changes, story.verdict) == (None, "")


@pytest.mark.parametrize(
    ("before", "now", "is_kept", "verdict"),
    [
        ("ab", "a", True, "Kept: 1 error, 2 before."),
        ("a", "b", True, "Kept: 1 error, 1 before."),
        ("a", "bc", True, "Kept: more of it could be read and checked."),
        ("a", "bc", False, "Dropped: 2 errors, 1 before."),
        ("a", "b", False, "Dropped: it was no better, so the version before it was kept."),
    ],
)
def test_the_verdict_says_why(before: str, now: str, is_kept: bool, verdict: str) -> None:
    assert told(a_round(version(*now), version(*before), is_kept=is_kept)).verdict == verdict


@pytest.fixture
def repaired_id(batch_id: str, hand: Hand) -> str:
    """A job whose first answer had an error, which the second has not."""
    wrong = Finding("text/fence", Severity.ERROR, "Dockerfile", 2, "A fence was <left> there.")
    files = (ArtifactFile("Dockerfile", "FROM debian:12\n```\nRUN true\n"), ARTIFACT.files[1])
    first = hand.claim(batch_id)
    hand.answer(first)
    hand.repair(first, Artifact(files, (), (wrong,)))
    again = hand.claim(batch_id)
    assert (again.id, again.round.number) == (first.id, 1)
    hand.answer(again)
    hand.end(again, artifact=ARTIFACT, reason=Reason.REPAIRED, is_round=True)
    return again.id


def test_every_round_is_shown_with_its_errors_and_its_diff(
    client: FlaskClient, repaired_id: str
) -> None:
    page = client.get(f"/jobs/{repaired_id}?show=rounds").text
    first, second = page.split('id="round-1"')
    assert "Wrong: 1 error" in first
    assert "A fence was &lt;left&gt; there." in first
    assert "Mended: 1 error" in second
    assert "Dockerfile:2" in second
    assert "Kept: 0 errors, 1 before." in second
    assert "No errors left." in second
    assert "What was wrong." in second
    assert page.count("this is the result") == second.count("this is the result") == 1
    removed = re.findall(r'class="line removed".*?>.*?<code>(.*?)</code>', second)
    assert removed == ["```"]
    assert "line added" not in second
