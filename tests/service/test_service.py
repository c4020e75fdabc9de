"""What the web side and the command line may ask for."""

import io
from collections.abc import Callable
from dataclasses import replace

import pytest
from asgiref.sync import async_to_sync
from pydantic import SecretStr

from tests.rows import all_rows
from tests.zips import packed
from webapp.domain.batch import (
    BatchSpec,
    JobSpec,
    JobStatus,
    KindChoice,
    Mode,
    ModelChoice,
    Params,
    matrix,
)
from webapp.domain.errors import (
    BadUpload,
    BatchNotFound,
    EndpointNotFound,
    InvalidSpec,
    JobNotFound,
    ProjectNotFound,
)
from webapp.domain.limits import MOST_JOBS
from webapp.fake_provider import FakeProvider
from webapp.service import Service, open_service
from webapp.settings import Settings
from webapp.settings.endpoint_file import EndpointFile
from webapp.settings.table import EndpointTable, PriceTable
from webapp.store import reads
from webapp.store.database import Store

BRIEF = "A shop."
OPENAI = ModelChoice("openai", "m")


def spec(**changes: object) -> BatchSpec:
    jobs = matrix(BRIEF, [KindChoice("dockerfile")], [ModelChoice.parse("blueprint")])
    return replace(BatchSpec(BRIEF, jobs, Mode.ASYNC, 3), **changes)  # type: ignore[arg-type]


def job(**changes: object) -> JobSpec:
    blueprint = JobSpec(BRIEF, KindChoice("dockerfile"), ModelChoice.parse("blueprint"))
    return replace(blueprint, **changes)  # type: ignore[arg-type]


@pytest.fixture
def settings(settings: Settings, llm: FakeProvider) -> Settings:
    return Settings(
        _env_file=None,
        data_dir=settings.data_dir,
        database_url=settings.database_url,
        find_ollama=False,
        openai_api_key=SecretStr("none"),
        openai_base_url=f"{llm.url}/v1",
    )


@pytest.fixture
def submit(service: Service) -> Callable[[BatchSpec], str]:
    return async_to_sync(service.submit)


Submit = Callable[[BatchSpec], str]


def test_a_submit_stores_every_job(submit: Submit, store: Store) -> None:
    kinds = [KindChoice("dockerfile"), KindChoice("compose")]
    jobs = matrix(BRIEF, kinds, [ModelChoice.parse("blueprint"), OPENAI], samples=2)
    batch_id = submit(spec(jobs=jobs))
    rows = all_rows(store, batch_id)
    assert [(str(r.kind), str(r.model), r.sample) for r in rows] == [
        (kind, model, sample)
        for kind in ("dockerfile", "compose")
        for model in ("blueprint", "openai:m")
        for sample in (1, 2)
    ]
    assert reads.batch(store, batch_id).title == BRIEF


def test_the_same_nonce_and_content_is_the_same_batch(submit: Submit) -> None:
    first = submit(spec(nonce="n"))
    assert submit(spec(nonce="n")) == first
    assert submit(spec(nonce="n", concurrency=4)) != first
    assert submit(spec(nonce="m")) != first
    assert submit(spec()) != submit(spec())


@pytest.mark.parametrize(
    ("brief", "title"),
    [
        ("\n  A   shop.\nSecond line.", "A shop."),
        ("word " * 40, "word " * 14 + "word…"),
        ("x" * 200, "x" * 79 + "…"),
    ],
)
def test_a_batch_is_called_by_the_first_words_of_its_brief(
    submit: Submit, store: Store, brief: str, title: str
) -> None:
    view = reads.batch(store, submit(spec(brief=brief, jobs=(job(brief=brief),))))
    assert view.title == title


def test_ten_thousand_jobs_are_one_batch(submit: Submit, store: Store) -> None:
    jobs = tuple(job(brief=f"Shop {n}.", model=OPENAI) for n in range(MOST_JOBS))
    view = reads.batch(store, submit(spec(jobs=jobs)))
    assert (view.total, view.counts[JobStatus.QUEUED]) == (MOST_JOBS, MOST_JOBS)


FAULTS = [
    ("jobs", {"jobs": ()}),
    ("jobs", {"jobs": (job(),) * (MOST_JOBS + 1)}),
    ("concurrency", {"concurrency": 0}),
    ("concurrency", {"concurrency": 1001}),
    ("brief", {"jobs": (job(brief="  \n"),)}),
    ("brief", {"jobs": (job(brief="x" * 1_000_000),)}),
    ("kinds", {"jobs": (job(kind=KindChoice("nope")),)}),
    ("kinds", {"jobs": (job(kind=KindChoice("dockerfile", "moon")),)}),
    ("kinds", {"jobs": (job(kind=KindChoice("text")),)}),
    ("models", {"jobs": (job(model=ModelChoice("nope", "m")),)}),
    ("models", {"jobs": (job(model=ModelChoice("ollama", "m")),)}),
    ("max_tokens", {"jobs": (job(params=Params(max_tokens=0)),)}),
    ("temperature", {"jobs": (job(params=Params(temperature=2.5)),)}),
    ("seed", {"jobs": (job(params=Params(seed=-1)),)}),
    ("samples", {"jobs": (job(sample=21),)}),
]


@pytest.mark.parametrize(("field", "wrong"), FAULTS)
def test_a_batch_that_cannot_be_made_is_told_by_field_and_stores_nothing(
    submit: Submit, store: Store, field: str, wrong: dict[str, object]
) -> None:
    with pytest.raises(InvalidSpec) as caught:
        submit(spec(**wrong))
    assert list(caught.value.errors) == [field]
    assert caught.value.errors[field].endswith(".")
    assert reads.batches(store)[1] == 0


def test_a_fault_in_a_job_file_names_the_job(submit: Submit) -> None:
    with pytest.raises(InvalidSpec, match=r"shop\.1: There is no kind “nope”"):
        submit(spec(jobs=(job(), job(kind=KindChoice("nope"), name="shop.1"))))


def test_a_project_that_is_gone_is_told(submit: Submit) -> None:
    with pytest.raises(ProjectNotFound, match="upload it again"):
        submit(spec(project_id="01ARZ3NDEKTSV4RRFFQ69G5FAV"))


def test_async_that_is_off_makes_every_batch_sync(settings: Settings) -> None:
    service = open_service(settings.model_copy(update={"async_enabled": False}))
    batch_id = async_to_sync(service.submit)(spec())
    assert reads.batch(service.store, batch_id).mode is Mode.SYNC
    service.store.close()


def keys(service: Service, submit: Submit, wanted: BatchSpec) -> str:
    from webapp.store.changes import job_row

    row = all_rows(service.store, submit(wanted))[0]
    return str(job_row(service.store, row.id).cache_key)


def test_an_edited_file_changes_the_cache_key(service: Service, submit: Submit) -> None:
    def key(app: str) -> str:
        project = async_to_sync(service.add_project)(packed({"app.py": app}), "shop.zip")
        return keys(service, submit, spec(jobs=(job(model=OPENAI),), project_id=project.id))

    app = "from flask import Flask\napp = Flask(__name__)\n"
    assert key(app) == key(app)
    assert key(app) != key(app + "# edited\n")


DIFFERENCES = [
    {"params": Params(temperature=0.5)},
    {"params": Params(seed=1)},
    {"params": Params(max_tokens=77)},
    {"sample": 2},
    {"brief": "Another shop."},
    {"kind": KindChoice("compose")},
    {"model": ModelChoice("openai", "n")},
]


@pytest.mark.parametrize("difference", DIFFERENCES, ids=str)
def test_whatever_decides_the_answer_is_in_the_cache_key(
    service: Service, submit: Submit, difference: dict[str, object]
) -> None:
    plain = keys(service, submit, spec(jobs=(job(model=OPENAI),)))
    other = keys(service, submit, spec(jobs=(job(**{"model": OPENAI} | difference),)))
    assert plain == keys(service, submit, spec(jobs=(job(model=OPENAI),)))
    assert plain != other


def key_under(settings: Settings) -> str:
    """The cache key of a job under other settings."""
    service = open_service(settings)
    try:
        return keys(service, async_to_sync(service.submit), spec(jobs=(job(model=OPENAI),)))
    finally:
        service.store.close()


def test_the_address_of_the_server_is_in_the_cache_key(settings: Settings) -> None:
    def key(url: str) -> str:
        return key_under(settings.model_copy(update={"openai_base_url": url}))

    assert key("http://127.0.0.1:9/v1") == key("http://127.0.0.1:9/v1")
    assert key("http://127.0.0.1:9/v1") != key("http://127.0.0.1:9/v2")


@pytest.mark.parametrize("field", [{"api": "responses"}, {"api_version": "2024-10-21"}], ids=str)
def test_what_is_spoken_with_the_server_is_in_the_cache_key(
    settings: Settings, field: dict[str, str]
) -> None:
    file = EndpointFile({"openai": EndpointTable.model_validate(field)})
    assert key_under(settings.with_file(file)) != key_under(settings)


def test_who_checks_besides_us_is_in_the_cache_key(settings: Settings) -> None:
    def key(full_checks: bool) -> str:
        return key_under(settings.model_copy(update={"full_checks": full_checks}))

    assert key(True) == key(True)
    assert key(True) != key(False)


def test_a_cap_is_not_in_the_cache_key(settings: Settings) -> None:
    file = EndpointFile({"openai": EndpointTable(cap=9, price=PriceTable(input=0, output=0))})
    assert key_under(settings.with_file(file)) == key_under(settings)


def test_a_plan_says_what_a_submit_would_do_and_stores_nothing(
    service: Service, store: Store
) -> None:
    files = {"app.py": "import flask\n", "README.md": "# Shop\n"}
    project = async_to_sync(service.add_project)(packed(files), "shop.zip")
    jobs = matrix(BRIEF, [KindChoice("dockerfile")], [ModelChoice.parse("blueprint"), OPENAI])
    plan = async_to_sync(service.plan)(spec(jobs=jobs, project_id=project.id))
    assert (plan.jobs, plan.cached, plan.endpoints) == (2, 0, ("openai",))
    assert [{path for path, _ in each.files} for each in plan.sent] == [{"app.py", "README.md"}]
    assert reads.batches(store)[1] == 0


def test_a_plan_names_what_bounds_the_jobs_at_once(service: Service) -> None:
    def bound(**changes: object) -> tuple[int, str]:
        plan = async_to_sync(service.plan)(spec(**changes))
        return plan.at_once, plan.limited_by

    many = tuple(job(sample=n, model=OPENAI) for n in range(1, 11))
    assert bound(jobs=many, concurrency=2) == (2, "the batch")
    assert bound(jobs=many, concurrency=9) == (3, "OMNI_MAX_CONCURRENT_REQUESTS")
    assert bound(jobs=many[:1], concurrency=9) == (1, "the number of jobs")
    assert bound(jobs=many, mode=Mode.SYNC) == (1, "sync mode")


def test_a_file_that_the_user_left_out_is_not_in_the_prompt(
    service: Service, submit: Submit, store: Store
) -> None:
    files = {"app.py": "SECRET_IDEA = 1\n", "main.py": "import flask\n"}
    project = async_to_sync(service.add_project)(packed(files), "shop.zip")
    asked = spec(jobs=(job(model=OPENAI),), project_id=project.id, left_out_paths=("app.py",))
    detail = reads.job(store, all_rows(store, submit(asked))[0].id)
    assert tuple(each.path for each in detail.sent) == ("main.py",)
    assert not any("SECRET_IDEA" in part.text for part in detail.prompt)


def test_an_upload_that_is_no_zip_is_refused(service: Service) -> None:
    with pytest.raises(BadUpload):
        async_to_sync(service.add_project)(io.BytesIO(b"no zip"), "shop.zip")


def test_a_probe_says_what_the_endpoint_says(service: Service, llm: FakeProvider) -> None:
    health = async_to_sync(service.probe)("openai")
    assert (health.is_ok, bool(health.models)) == (True, True)
    llm.will_reply(401, {"error": {"message": "Incorrect API key provided"}})
    health = async_to_sync(service.probe)("openai")
    assert not health.is_ok
    assert "Incorrect API key provided" in health.sentence
    assert "OLLAMA_HOST" in async_to_sync(service.probe)("ollama").sentence


def test_choices_hold_every_kind_and_every_endpoint(service: Service) -> None:
    choices = async_to_sync(service.choices)()
    assert [kind.name for kind in choices.kinds][:2] == ["dockerfile", "compose"]
    assert [(e.name, e.missing) for e in choices.endpoints] == [
        ("blueprint", None),
        ("openai", None),
        ("anthropic", "ANTHROPIC_API_KEY"),
        ("gemini", "GEMINI_API_KEY"),
        ("watsonx", "WATSONX_API_KEY"),
        ("ollama", "OLLAMA_HOST"),
    ]


def test_what_is_not_there_is_told_by_name(service: Service) -> None:
    with pytest.raises(BatchNotFound):
        async_to_sync(service.cancel)("nope")
    with pytest.raises(BatchNotFound):
        async_to_sync(service.retry)("nope")
    with pytest.raises(JobNotFound):
        async_to_sync(service.cancel_job)("nope")
    with pytest.raises(JobNotFound):
        async_to_sync(service.retry_job)("nope", double_limit=True)
    with pytest.raises(EndpointNotFound):
        async_to_sync(service.probe)("nope")
