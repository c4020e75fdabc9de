"""The fields of a new batch: what they mean, and one sentence for each that is wrong."""

import pytest

from webapp.domain.batch import KindChoice, Mode, ModelChoice, Retries
from webapp.domain.endpoint import StepView
from webapp.domain.errors import InvalidSpec
from webapp.web.forms import Form, parse_batch

GOOD: dict[str, str | list[str]] = {
    "brief": "A shop.",
    "kinds": "dockerfile",
    "models": "blueprint",
}


def form(**fields: str | list[str]) -> Form:
    return Form(GOOD | fields)


def test_the_least_form_makes_one_job() -> None:
    spec = parse_batch(form())
    assert [(str(job.kind), str(job.model)) for job in spec.jobs] == [("dockerfile", "blueprint")]
    assert (spec.mode, spec.concurrency, spec.fresh) == (Mode.ASYNC, 3, False)
    assert (spec.project_id, spec.nonce) == (None, None)


def test_kinds_and_models_multiply() -> None:
    fields = form(kinds=["dockerfile", "kubernetes@gke"], models=["blueprint", "openai:gpt-5-mini"])
    fields["samples"] = "2"
    jobs = parse_batch(fields).jobs
    assert len(jobs) == 8
    assert {job.kind for job in jobs} == {KindChoice("dockerfile"), KindChoice("kubernetes", "gke")}
    assert {job.sample for job in jobs} == {1, 2}


def test_a_step_is_taken_for_each_artifact_it_fits() -> None:
    steps = (
        StepView("harden", "Harden", ("dockerfile", "compose"), frozenset({"compose"})),
        StepView("cost", "Cost", ("compose",), frozenset()),
    )
    fields = form(kinds=["dockerfile", "compose"], models=["blueprint", "openai:m"])
    fields["steps"] = "harden"
    jobs = parse_batch(fields, None, steps).jobs
    assert [f"{job.kind} {job.model}" for job in jobs if job.kind.step] == [
        "dockerfile+harden openai:m",
        "compose+harden blueprint",
        "compose+harden openai:m",
    ]
    for job in jobs:
        assert (job.after is None) == (job.kind.step is None)
        assert job.after is None or (job.after.kind, job.after.model) == (job.kind.base, job.model)


@pytest.mark.parametrize("rounds", ["-1", "6", "two"])
def test_repair_rounds_are_a_small_number(rounds: str) -> None:
    assert parse_batch(form(repair_rounds="")).repair_rounds is None
    assert parse_batch(form(repair_rounds="0")).repair_rounds == 0
    with pytest.raises(InvalidSpec, match="The number of repair rounds must be"):
        parse_batch(form(repair_rounds=rounds))


def test_models_are_ticked_or_written_and_counted_once() -> None:
    written = "ollama:llama3.2, openai:gpt-5-mini\nopenai:gpt-5-mini blueprint"
    jobs = parse_batch(form(models=["blueprint"], other_models=written)).jobs
    assert [job.model for job in jobs] == [
        ModelChoice("blueprint", "blueprint"),
        ModelChoice("ollama", "llama3.2"),
        ModelChoice("openai", "gpt-5-mini"),
    ]


def test_a_model_may_have_colons_in_its_name() -> None:
    (job,) = parse_batch(form(models="", other_models="ollama:llama3.2:1b-q8")).jobs
    assert job.model == ModelChoice("ollama", "llama3.2:1b-q8")


def test_line_ends_of_browsers_make_no_other_brief() -> None:
    assert parse_batch(form(brief="a\r\nb\r\n")).brief == "a\nb"


@pytest.mark.parametrize(
    ("preset", "concurrency"), [("conservative", 2), ("balanced", 3), ("aggressive", 5)]
)
def test_presets_are_numbers(preset: str, concurrency: int) -> None:
    assert parse_batch(form(preset=preset, concurrency="77")).concurrency == concurrency


def test_an_own_number_takes_the_place_of_a_preset() -> None:
    assert parse_batch(form(preset="number", concurrency="77")).concurrency == 77


def test_parameters_reach_the_jobs() -> None:
    fields = form(kinds=["dockerfile", "compose"], temperature="0.7", seed="42")
    fields["max_tokens-compose"] = "90"
    first, second = parse_batch(fields).jobs
    assert (first.params.temperature, first.params.seed) == (0.7, 42)
    assert (first.params.max_tokens, second.params.max_tokens) == (None, 90)


def test_limits_of_kinds_that_are_not_chosen_are_left_alone() -> None:
    (job,) = parse_batch(form(**{"max_tokens-compose": "nonsense"})).jobs
    assert job.params.max_tokens is None


def test_options_reach_the_batch() -> None:
    fields = form(
        mode="sync", fresh="1", nonce="n" * 100, project_id="p", added=["b", "a", "b"], left_out="c"
    )
    spec = parse_batch(fields)
    assert (spec.mode, spec.fresh, spec.nonce) == (Mode.SYNC, True, "n" * 64)
    assert (spec.project_id, spec.added_paths, spec.left_out_paths) == ("p", ("b", "a"), ("c",))


def test_retries_fallbacks_and_budget_reach_the_batch() -> None:
    least = parse_batch(form())
    assert (least.retries, least.fallbacks, least.budget_microusd) == (Retries.DEFAULT, (), None)
    assert least.fallback_after_s == 60
    written = "gemini:flash, blueprint gemini:flash"
    spec = parse_batch(
        form(retries="patient", fallbacks=written, fallback_after="90", budget="2.50")
    )
    assert (spec.retries, spec.fallback_after_s) == (Retries.PATIENT, 90)
    assert [str(model) for model in spec.fallbacks] == ["gemini:flash", "blueprint"]
    assert spec.budget_microusd == 2_500_000


@pytest.mark.parametrize(
    ("field", "wrong"),
    [
        ("brief", {"brief": ""}),
        ("brief", {"brief": " \r\n "}),
        ("brief", {"brief": "x" * 200_001}),
        ("brief", {"brief": "ü" * 100_001}),
        ("kinds", {"kinds": []}),
        ("kinds", {"kinds": ""}),
        ("models", {"models": []}),
        ("models", {"models": "gpt-5"}),
        ("models", {"other_models": "openai:"}),
        ("mode", {"mode": "sometimes"}),
        ("concurrency", {"preset": "brave"}),
        ("concurrency", {"preset": "number", "concurrency": "0"}),
        ("concurrency", {"preset": "number", "concurrency": "1001"}),
        ("concurrency", {"preset": "number", "concurrency": ""}),
        ("samples", {"samples": "0"}),
        ("samples", {"samples": "21"}),
        ("samples", {"samples": "1.5"}),
        ("samples", {"samples": "٣"}),
        ("temperature", {"temperature": "-0.1"}),
        ("temperature", {"temperature": "2.1"}),
        ("temperature", {"temperature": "nan"}),
        ("temperature", {"temperature": "1e-1"}),
        ("seed", {"seed": "-1"}),
        ("seed", {"seed": "2147483648"}),
        ("seed", {"seed": "x"}),
        ("max_tokens", {"max_tokens-dockerfile": "0"}),
        ("max_tokens", {"max_tokens-dockerfile": "200001"}),
        ("max_tokens", {"max_tokens-dockerfile": "9" * 5000}),
        ("policy", {"policy": "sometimes"}),
        ("retries", {"retries": "forever"}),
        ("fallbacks", {"fallbacks": "gemini"}),
        ("fallback_after", {"fallback_after": "0"}),
        ("fallback_after", {"fallback_after": "86401"}),
        ("budget", {"budget": "2,50"}),
    ],
)
def test_a_wrong_field_has_one_sentence(field: str, wrong: dict[str, str | list[str]]) -> None:
    with pytest.raises(InvalidSpec) as caught:
        parse_batch(form(**wrong))
    assert list(caught.value.errors) == [field]
    assert caught.value.errors[field].endswith(".")


def test_all_faults_are_told_at_once() -> None:
    wrong = form(brief="", kinds="", models="", samples="x", temperature="x", seed="x")
    with pytest.raises(InvalidSpec) as caught:
        parse_batch(wrong)
    assert set(caught.value.errors) == {
        "brief", "kinds", "models", "samples", "temperature", "seed",
    }  # fmt: skip


def test_too_many_jobs_are_counted_and_not_made() -> None:
    models = [f"openai:m{number}" for number in range(10_001)]
    with pytest.raises(InvalidSpec) as caught:
        parse_batch(form(models=models))
    assert "10,001 jobs" in caught.value.errors["jobs"]
