"""`omni eval`: what it measures is what happened."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from webapp import create_app
from webapp.fake_provider import Behaviour, FakeProvider
from webapp.settings import Settings

Omni = Callable[..., subprocess.CompletedProcess[str]]
SMALL = ("--kinds", "dockerfile,compose", "--projects", "flask-shop,go-api", "--json")


def lines(done: subprocess.CompletedProcess[str]) -> dict[str, dict[str, object]]:
    assert done.returncode == 0, done.stderr
    return {line["model"]: line for line in json.loads(done.stdout)["lines"]}


def test_the_blueprint_is_the_zero_line(omni: Omni, env: dict[str, str]) -> None:
    line = lines(omni("eval", *SMALL, "--least-facts", "0.95"))["blueprint"]
    assert (line["artifacts"], line["parsed"], line["valid"], line["errors"]) == (4, 4, 4, 0)
    assert (line["cost_usd"], line["rounds"], line["disagreements"]) == (0, 0, 0)
    assert line["facts_honoured"] == line["facts_asked"]
    kept = json.loads((Path(env["OMNI_DATA_DIR"]) / "quality.json").read_text())
    assert kept["lines"] == [line]


@pytest.mark.parametrize(("rounds", "repaired"), [(1, 4), (2, 4), (9, 0)])
def test_repairs_are_counted_as_they_were_made(
    omni: Omni, llm: FakeProvider, rounds: int, repaired: int
) -> None:
    """Scripted first answers are bad; those after so many rounds are good."""
    llm.set(Behaviour(faults={f"faulty rounds={rounds}": 1.0}))
    there = {"OPENAI_API_KEY": "sk-x", "OPENAI_BASE_URL": f"{llm.url}/v1"}
    line = lines(omni("eval", *SMALL, "--models", "openai:m", **there))["openai:m"]
    made = min(rounds, 2)
    assert (line["artifacts"], line["repaired"], line["valid"]) == (4, repaired, repaired)
    assert line["rounds"] == 4 * made
    assert llm.counters()["calls"] == 4 * (1 + made)
    assert line["cost_usd"] is None  # nobody knows the price of this model


def test_a_project_that_does_not_exist_is_a_wrong_option(omni: Omni) -> None:
    done = omni("eval", "--projects", "nothing")
    assert done.returncode == 2
    assert "There is no project “nothing”" in done.stderr


def test_the_page_shows_what_was_measured_last(settings: Settings) -> None:
    client: FlaskClient = create_app(settings).test_client()
    assert "omni eval" in client.get("/quality").text
    settings.data_dir.mkdir(exist_ok=True)
    line = {
        "model": "openai:<m>", "artifacts": 4, "parsed": 4, "valid": 3, "repaired": 1, "rounds": 2,
        "errors": 1, "warnings": 2, "facts_honoured": 19, "facts_asked": 20, "disagreements": 0,
        "score": 87.5, "input_tokens": 1000, "output_tokens": 500, "cost_usd": 0.12, "seconds": 3.4,
    }  # fmt: skip
    told = {"projects": 2, "kinds": ["dockerfile"], "lines": [line], "misses": ["It <missed>."]}
    (settings.data_dir / "quality.json").write_text(json.dumps(told))
    page = client.get("/quality").text
    assert "openai:&lt;m&gt;" in page
    assert "19 of 20" in page
    assert "75 %" in page
    assert "It &lt;missed&gt;." in page
