import json
import os
import pty
import signal
import socket
import subprocess
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest
import yaml
from sqlalchemy import select

from tests.processes import DEADLINE_S, OMNI, Running, wait_until
from webapp.domain.batch import JobStatus, ModelChoice, Policy, Retries
from webapp.fake_provider import FakeProvider
from webapp.settings import ROOT
from webapp.store import fallbacks, models, reads
from webapp.store.database import Store

Start = Callable[..., Running]
Omni = Callable[..., subprocess.CompletedProcess[str]]
MATRIX = (
    "submit", "--brief", "A Flask shop on port 8000.", "--kinds", "dockerfile,compose",
    "--models", "blueprint",
)  # fmt: skip

MARKET = ROOT / "tests/projects/monorepo-market"


@pytest.fixture
def runner(start: Start, store: Store) -> Running:
    """A runner that lives."""
    running = start("runner")
    wait_until(lambda: reads.runner_state(store).is_alive)
    return running


@pytest.fixture
def silent_provider() -> Iterator[str]:
    """A server that takes every connection and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/v1"


def job_file(folder: Path, *jobs: Mapping[str, object]) -> str:
    path = folder / "jobs.jsonl"
    path.write_text("".join(json.dumps(job) + "\n" for job in jobs))
    return str(path)


def written(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


@pytest.mark.usefixtures("runner")
def test_a_matrix_becomes_files_in_numbered_folders(omni: Omni, tmp_path: Path) -> None:
    out = tmp_path / "out"
    done = omni(*MATRIX, "--out", str(out))
    assert done.returncode == 0, done.stderr
    assert written(out) >= {"1/Dockerfile", "2/compose.yaml", "manifest.json"}
    assert ": 2 succeeded, in " in done.stdout
    assert done.stdout.endswith(f"Files: {out}\n")
    assert done.stderr == ""


@pytest.mark.usefixtures("runner")
@pytest.mark.parametrize(
    ("name", "starts"), [("flask-shop", "exec gunicorn "), ("express-api", '"node", "server.js"')]
)
def test_a_real_project_becomes_five_kinds_that_pass_every_check(
    omni: Omni, tmp_path: Path, name: str, starts: str
) -> None:
    words = (
        "--brief", "Run it in production.", "--project", str(ROOT / "tests/projects" / name),
        "--kinds", "dockerfile,compose,kubernetes,github-actions,prometheus-rules",
        "--models", "blueprint", "--json", "--out", str(tmp_path / "out"),
    )  # fmt: skip
    done = omni("submit", *words)
    assert done.returncode == 0, done.stdout + done.stderr
    figures = json.loads(done.stdout)
    assert (figures["total"], figures["succeeded"], figures["failed"]) == (5, 5, 0)
    assert written(tmp_path / "out") >= {
        "1/Dockerfile", "1/.dockerignore", "2/compose.yaml", "4/.github/workflows/ci.yml",
        "5/rules/app.yml", "manifest.json",
    }  # fmt: skip
    assert starts in (tmp_path / "out/1/Dockerfile").read_text()


@pytest.mark.usefixtures("runner")
def test_a_project_folder_is_read(omni: Omni, tmp_path: Path) -> None:
    project = tmp_path / "shop"
    project.mkdir()
    (project / "package.json").write_text('{"name": "shop", "scripts": {"start": "node s.js"}}')
    out = tmp_path / "out"
    done = omni(*MATRIX, "--project", str(project), "--out", str(out))
    assert done.returncode == 0, done.stderr
    assert "FROM node:" in (out / "1/Dockerfile").read_text()


@pytest.mark.usefixtures("runner")
def test_a_fact_is_corrected_and_an_application_chosen(omni: Omni, tmp_path: Path) -> None:
    out = tmp_path / "out"
    done = omni(
        *MATRIX, "--project", str(MARKET), "--application", "services/api",
        "--fact", "port=9090", "--out", str(out),
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "EXPOSE 9090" in next((out / "1").rglob("Dockerfile")).read_text()
    assert len(list(out.iterdir())) == 3  # two kinds and the manifest


@pytest.mark.usefixtures("runner")
def test_all_applications_of_a_project_are_told_apart(omni: Omni, tmp_path: Path) -> None:
    out = tmp_path / "out"
    done = omni(*MATRIX, "--project", str(MARKET), "--out", str(out), "--json")
    assert json.loads(done.stdout)["succeeded"] == 4  # three images and one Compose file
    services = yaml.safe_load((out / "4/compose.yaml").read_text())["services"]
    published = [port for service in services.values() for port in service.get("ports", [])]
    assert len(published) == len(set(published)) == 2  # two said the same


@pytest.mark.parametrize(
    ("flags", "sentence"),
    [
        (("--fact", "port=9090"), "give that too"),
        (("--application", "api"), "give that too"),
        (("--project", str(MARKET), "--fact", "port"), "NAME=VALUE"),
    ],
)
def test_flags_that_make_no_sense_are_told(
    omni: Omni, flags: tuple[str, ...], sentence: str
) -> None:
    done = omni(*MATRIX, *flags)
    assert done.returncode == 2
    assert sentence in done.stderr


@pytest.mark.parametrize(
    ("flags", "sentence"),
    [
        (("--fact", "port=many"), "must be a number from 1 to 65535"),
        (("--application", "nowhere"), "has no application in “nowhere”"),
        (("--fact", "colour=red"), "There is no fact “colour”"),
    ],
)
def test_what_a_project_does_not_have_is_told(
    omni: Omni, store: Store, flags: tuple[str, ...], sentence: str
) -> None:
    done = omni(*MATRIX, "--project", str(MARKET), *flags)
    assert done.returncode == 1
    assert sentence in done.stderr
    assert reads.batches(store)[1] == 0


def test_a_batch_may_never_pay_twice(omni: Omni, store: Store) -> None:
    omni(*MATRIX, "--never-twice")
    ((batch,), _) = reads.batches(store)
    assert batch.policy is Policy.NEVER_TWICE


def test_retries_and_a_budget_are_kept(omni: Omni, store: Store) -> None:
    omni(*MATRIX, "--retries", "patient", "--budget", "2.50")
    ((batch,), _) = reads.batches(store)
    assert (batch.retries, batch.budget_microusd) == (Retries.PATIENT, 2_500_000)


def test_fallbacks_are_kept_in_their_order(omni: Omni, store: Store) -> None:
    others = ("--fallback", "openai:other,blueprint,openai:m", "--fallback-after", "5")
    omni(*MATRIX[:-1], "openai:m", *others, OPENAI_BASE_URL="http://127.0.0.1:9/v1")
    with store.read() as connection:
        after_s = connection.scalar(select(models.batch.c.fallback_after_s))
        kept = connection.scalars(select(models.job.c.fallbacks)).all()
    names = [[str(each.choice) for each in fallbacks.load(column)] for column in kept]
    assert names == [["openai:other", "blueprint"]] * 2  # not the model that is asked first
    assert after_s == 5


def test_calls_of_unknown_cost_are_counted_and_told(
    omni: Omni, start: Start, store: Store, llm: FakeProvider
) -> None:
    place = {"OPENAI_BASE_URL": f"{llm.url}/v1"}
    start("runner", **place)
    wait_until(lambda: reads.runner_state(store).is_alive)
    words = ("submit", "--brief", "x", "--kinds", "text", "--models", "openai:m", "--fresh")
    assert "s, for 1 call of unknown cost. Files: " in omni(*words, **place).stdout
    said = json.loads(omni(*words, "--samples", "2", "--json", **place).stdout)
    assert (said["succeeded"], said["cost_usd"], said["unpriced"]) == (2, None, 2)


def test_a_plan_submits_nothing(omni: Omni, store: Store) -> None:
    done = omni(*MATRIX, "--plan")
    assert done.returncode == 0, done.stderr
    assert "Jobs: 2, 0 of them from the cache" in done.stdout
    assert "Cost: free." in done.stdout
    assert "Sent to: nobody." in done.stdout
    assert reads.batches(store) == ([], 0)


def test_a_plan_names_models_without_a_price(omni: Omni) -> None:
    model = str(ModelChoice("openai", "nobody-knows-it"))
    there = {"OPENAI_API_KEY": "sk-x", "OPENAI_BASE_URL": "https://models.example/v1"}
    done = omni(*MATRIX[:-1], model, "--plan", "--json", **there)
    assert json.loads(done.stdout)["unknown_prices"] == [model]
    said = omni(*MATRIX[:-1], model, "--plan", **there).stdout
    assert f"The price is not known of: {model}." in said
    assert "Cost" not in said


def test_a_plan_says_who_may_get_the_files(omni: Omni) -> None:
    there = {"OPENAI_API_KEY": "sk-x", "OPENAI_BASE_URL": "https://models.example/v1"}
    words = (*MATRIX[:-1], "openai:a", "--fallback", "openai:b,blueprint", "--plan")
    said = omni(*words, **there).stdout
    assert "Sent to: openai.\nOr else to: openai:b, blueprint.\n" in said
    planned = json.loads(omni(*words, "--json", **there).stdout)
    assert planned["endpoints"] == ["openai"]
    assert planned["fallbacks"] == ["openai:b", "blueprint"]


@pytest.mark.usefixtures("runner")
def test_json_is_one_object_with_the_figures(omni: Omni, store: Store) -> None:
    done = omni(*MATRIX, "--samples", "2", "--json")
    said = json.loads(done.stdout)
    ((batch,), _) = reads.batches(store)
    assert said == {
        "batch": batch.id,
        "total": 4,
        "succeeded": 4,
        "failed": 0,
        "parked": 0,
        "cancelled": 0,
        "cached": 0,
        "seconds": round(batch.wall_s or 0, 3),
        "peak_in_flight": batch.peak_in_flight,
        "cost_usd": 0,
        "unpriced": 0,
    }
    assert done.returncode == 0


@pytest.mark.usefixtures("runner")
def test_a_job_file_names_its_folders(omni: Omni, tmp_path: Path) -> None:
    job = {"brief": "A shop.", "kind": "dockerfile", "model": "blueprint"}
    jobs = job_file(tmp_path, job, job | {"id": "shop.v1"})
    out = tmp_path / "out"
    done = omni("submit", "--jobs", jobs, "--out", str(out))
    assert done.returncode == 0, done.stderr
    assert written(out) >= {"1/Dockerfile", "shop.v1/Dockerfile", "manifest.json"}


@pytest.mark.usefixtures("runner")
def test_who_does_not_succeed_is_counted_and_told_by_the_exit_code(omni: Omni) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        url = f"http://127.0.0.1:{closed.getsockname()[1]}/v1"
    refused = {"OPENAI_BASE_URL": url, "OMNI_MAX_ATTEMPTS": "1"}
    done = omni(*MATRIX[:-1], "blueprint,openai:m", "--json", **refused)
    said = json.loads(done.stdout)
    assert done.returncode == 1
    assert (said["total"], said["succeeded"]) == (4, 2)


def test_without_a_runner_the_batch_waits_and_the_exit_code_says_so(
    omni: Omni, store: Store
) -> None:
    done = omni(*MATRIX)
    ((batch,), _) = reads.batches(store)
    assert batch.counts[JobStatus.QUEUED] == 2
    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr == (
        f"No runner lives, so batch {batch.id} waits: start one with `omni serve`.\n"
    )


def test_ctrl_c_leaves_the_batch_to_the_runner(
    start: Start, store: Store, silent_provider: str
) -> None:
    start("runner", OPENAI_BASE_URL=silent_provider)
    wait_until(lambda: reads.runner_state(store).is_alive)
    submit = start(*MATRIX[:-1], "openai:m", OPENAI_BASE_URL=silent_provider)
    wait_until(lambda: any(view.counts[JobStatus.RUNNING] for view in reads.batches(store)[0]))
    submit.process.send_signal(signal.SIGINT)
    assert submit.wait() == 130
    ((batch,), _) = reads.batches(store)
    said = submit.err.read_text()
    assert said == f"\nBatch {batch.id} goes on without this command: see /batches/{batch.id}.\n"
    assert batch.counts[JobStatus.RUNNING]


@pytest.mark.usefixtures("runner")
def test_a_terminal_shows_a_progress_bar(env: dict[str, str]) -> None:
    ours, theirs = pty.openpty()
    with subprocess.Popen([*OMNI, *MATRIX], env=env, cwd=ROOT, stderr=theirs) as submit:
        os.close(theirs)
        assert submit.wait(DEADLINE_S) == 0
    shown = os.read(ours, 65536).decode()
    os.close(ours)
    assert "Batch " in shown
    assert "100%" in shown


@pytest.mark.usefixtures("runner")
def test_a_link_that_leads_out_of_the_folder_is_not_followed(omni: Omni, tmp_path: Path) -> None:
    out, outside = tmp_path / "out", tmp_path / "outside"
    out.mkdir()
    outside.mkdir()
    (out / "1").symlink_to(outside)
    done = omni(*MATRIX, "--out", str(out))
    assert done.returncode == 1
    assert f"{out}/1/Dockerfile leads out of {out}: not written." in done.stderr
    assert written(outside) == set()


def test_a_job_file_with_faults_is_not_submitted(omni: Omni, store: Store, tmp_path: Path) -> None:
    jobs = job_file(tmp_path, {"kind": "dockerfile"}, {"brief": "x", "kind": 1})
    done = omni("submit", "--jobs", jobs)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.splitlines() == [
        "Error: Nothing was submitted.",
        "Line 1: “brief” is missing.",
        "Line 2: “kind” must be a text.",
    ]
    assert reads.batches(store) == ([], 0)


def test_a_batch_that_cannot_be_made_is_told_by_every_fault(omni: Omni, store: Store) -> None:
    done = omni("submit", "--brief", " ", "--kinds", "docker", "--models", "nobody:m")
    assert done.returncode == 1
    assert "There is no kind “docker”" in done.stderr
    assert "There is no provider “nobody”" in done.stderr
    assert reads.batches(store) == ([], 0)


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ((), "Give either --brief or --brief-file, or else --jobs."),
        (("--brief", "x", "--brief-file", "pyproject.toml"), "Give either --brief or --brief-file"),
        (("--brief", "x"), "Give --kinds and --models, or else --jobs."),
        (("--brief", "x", "--kinds", "dockerfile", "--models", "gpt"), "“gpt” is not a model"),
        (("--brief-file", "static/favicon.svg", "--kinds", " , "), "Give --kinds and --models"),
        (("--brief-file", "nowhere.md"), "No such file or directory"),
        (("--jobs", "pyproject.toml", "--models", "blueprint"), "--jobs says it all: leave out"),
        (("--jobs", "pyproject.toml", "--samples", "2"), "--jobs says it all: leave out"),
        ((*MATRIX[1:], "--samples", "21"), "21 is not in the range 1<=x<=20"),
        ((*MATRIX[1:], "--budget", "nan"), "is not an amount in US dollars"),
        ((*MATRIX[1:], "--budget", "0"), "is not an amount in US dollars"),
        ((*MATRIX[1:], "--fallback", "gpt"), "“gpt” is not a model"),
        ((*MATRIX[1:], "--retries", "always"), "Invalid value for '--retries'"),
        ((*MATRIX[1:], "--project", "nowhere"), "Path 'nowhere' does not exist"),
    ],
)
def test_a_wrong_option_is_one_sentence(
    words: tuple[str, ...], sentence: str, omni: Omni, store: Store
) -> None:
    done = omni("submit", *words)
    assert done.returncode == 2
    assert sentence in done.stderr
    assert reads.batches(store) == ([], 0)


def test_a_brief_file_must_be_utf_8(omni: Omni, tmp_path: Path) -> None:
    (tmp_path / "brief.txt").write_bytes(b"\xff\xfe")
    path = str(tmp_path / "brief.txt")
    done = omni("submit", "--brief-file", path, "--kinds", "text", "--models", "openai:m")
    assert done.returncode == 2
    assert "The file of --brief-file is not UTF-8." in done.stderr
