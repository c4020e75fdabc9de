import json

import pytest

from webapp.domain.batch import JobSpec, KindChoice, ModelChoice, Params
from webapp.domain.errors import JobFileErrors
from webapp.domain.jobfile import MOST_LINES, read_job_file

GOOD = {"brief": "A web shop.", "kind": "dockerfile", "model": "openai:gpt-5-mini"}


def line(**changed: object) -> bytes:
    fields = {name: value for name, value in (GOOD | changed).items() if value != "absent"}
    return json.dumps(fields).encode() + b"\n"


def errors_of(*lines: bytes) -> tuple[str, ...]:
    with pytest.raises(JobFileErrors) as caught:
        read_job_file(lines)
    return caught.value.errors


def test_a_line_is_a_job() -> None:
    params = {"max_tokens": 900, "temperature": 0.5, "seed": 7}
    full = line(kind="kubernetes", target="gke", params=params, id="shop.1")
    assert read_job_file([line(), full]) == (
        JobSpec("A web shop.", KindChoice("dockerfile"), ModelChoice("openai", "gpt-5-mini")),
        JobSpec(
            "A web shop.",
            KindChoice("kubernetes", "gke"),
            ModelChoice("openai", "gpt-5-mini"),
            Params(900, 0.5, 7),
            name="shop.1",
        ),
    )


def test_a_target_may_stand_in_the_kind() -> None:
    (job,) = read_job_file([line(kind="kubernetes@gke", target="gke")])
    assert job.kind == KindChoice("kubernetes", "gke")


def test_an_application_is_named_by_its_folder_and_the_top_by_a_dot() -> None:
    jobs = read_job_file([line(application="services/api"), line(application="."), line()])
    assert [job.application for job in jobs] == ["services/api", "", None]


def test_further_faults_of_a_job_are_told_with_its_line() -> None:
    with pytest.raises(JobFileErrors) as caught:
        read_job_file([line(), line(id="b")], lambda job: ["Not this one."] if job.name else [])
    assert caught.value.errors == ("Line 2: Not this one.",)


def test_what_editors_do_to_files_is_no_fault() -> None:
    marked = b"\xef\xbb\xbf" + line().replace(b"\n", b"\r\n")
    assert len(read_job_file([marked, b"\r\n", b"  \n", line()[:-1]])) == 2


@pytest.mark.parametrize(
    ("bad", "fault"),
    [
        (b"{", "this is not JSON"),
        (b"[" * 100_000, "this is not JSON"),
        (b'{"params": {"seed": ' + b"9" * 5000 + b"}}", "this is not JSON"),
        (line(params={"temperature": float("nan")}), "this is not JSON"),
        (b"\xff{}", "this is not UTF-8"),
        (b"[]", "this is not a JSON object"),
        (b'"x"', "this is not a JSON object"),
        (line(brief="absent"), "“brief” is missing"),
        (line(kind=None), "“kind” is missing"),
        (line(model=7), "“model” must be a text"),
        (line(brief=" \n"), "“brief” must be a text"),
        (line(brief="\ud800"), "“brief” holds half a character (a lone surrogate)"),
        (line(breif="x"), "there is no field “breif”, only application, brief, depends_on, id, "
            "kind, model, params, step, target"),
        (line(**{"x" * 99: 1}), f"there is no field “{'x' * 40}…”, only application, brief, "
            "depends_on, id, kind, model, params, step, target"),
        (line(depends_on="a"), "“depends_on” is for a job with a “step”"),
        (line(step="harden", depends_on="a"), "“depends_on” names no job above it: “a”"),
        (line(kind="dockerfile+cost", step="harden"),
            "“kind” and “step” name two steps, cost and harden"),
        (line(model="gpt-5"), "“gpt-5” is not a model: write ENDPOINT:MODEL, or blueprint"),
        (line(kind="kubernetes@gke", target="eks"),
            "“kind” and “target” name two targets, gke and eks"),
        (line(params=[]), "“params” must be an object"),
        (line(params={"top_p": 1}), "there is no parameter “top_p”, only max_tokens, seed, temper"
            "ature"),
        (line(params={"max_tokens": 1.5}), "“max_tokens” must be a whole number"),
        (line(params={"seed": True}), "“seed” must be a whole number"),
        (line(params={"temperature": "0.5"}), "“temperature” must be a number"),
        (line(params={"temperature": 10**400}), "“temperature” is too large"),
        *((line(id=name), "“id” must be 1 to 64 letters, digits, dots, dashes and underscores, and "
            "none of ., .., manifest.json")
            for name in ("", ".", "..", "manifest.json", "a/b", "a\n", "ä", "x" * 65, 7)),
    ],
)  # fmt: skip
def test_a_fault_names_its_line(bad: bytes, fault: str) -> None:
    assert errors_of(line(), bad) == (f"Line 2: {fault}.",)


@pytest.mark.parametrize(
    ("ids", "fault"),
    [
        (("a", "b", "a"), "Line 3: its id or number, “a”, is that of line 1 too."),
        (("2", None), "Line 2: its id or number, “2”, is that of line 1 too."),
        ((None, "1"), "Line 2: its id or number, “1”, is that of line 1 too."),
    ],
)
def test_no_two_jobs_share_a_folder(ids: tuple[str | None, ...], fault: str) -> None:
    assert errors_of(*(line(id=name) for name in ids)) == (fault,)


def test_ids_may_be_numbers_in_any_order() -> None:
    jobs = read_job_file([line(id="2"), line(id="1"), line()])
    assert [job.name for job in jobs] == ["2", "1", None]


def test_all_lines_at_fault_are_counted_and_the_first_20_told() -> None:
    with pytest.raises(JobFileErrors) as caught:
        read_job_file([b"{\n"] * 25)
    told = caught.value.sentence.splitlines()
    assert len(told) == 21
    assert told[19:] == ["Line 20: this is not JSON.", "And 5 more lines are at fault."]


@pytest.mark.parametrize("lines", [[], [b"\n"]])
def test_an_empty_file_is_a_fault(lines: list[bytes]) -> None:
    assert errors_of(*lines) == ("The job file is empty.",)


def test_ten_thousand_lines_are_the_most() -> None:
    assert len(read_job_file([line()] * MOST_LINES)) == MOST_LINES
    assert errors_of(*[line()] * (MOST_LINES + 1)) == ("The job file has more than 10,000 lines.",)


def test_fifty_megabytes_are_the_most() -> None:
    megabyte = line(brief="x" * 2**20)
    assert errors_of(*[megabyte] * 50) == ("The job file has more than 50 MB.",)


def test_a_step_comes_after_the_job_it_names() -> None:
    first, step = read_job_file([line(id="a"), line(step="harden", depends_on="a")])
    assert (step.kind, step.after) == (KindChoice("dockerfile", None, "harden"), first)
    assert step.kind.base == first.kind


def test_a_step_starts_from_an_artifact_of_its_kind() -> None:
    other = line(kind="compose", step="harden", depends_on="a")
    assert errors_of(line(id="a"), other) == (
        "Line 2: it starts from a compose, and “a” makes a dockerfile.",
    )
