"""The page of providers, and the models that the form offers."""

import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from webapp import create_app
from webapp.fake_provider import FakeProvider
from webapp.fake_provider.behaviour import Behaviour
from webapp.settings import Settings, load_settings
from webapp.web.providers import MOST_BOXES

SECRET = "pw-canary-4711"
MODELS = tuple(f"vendor/some-model-with-a-long-name-{n:04}" for n in range(600))
GATEWAYS = ("gate-a", "gate-b", "gate-c")


@pytest.fixture
def many() -> Iterator[FakeProvider]:
    """A gateway with many models."""
    with FakeProvider(Behaviour(models=MODELS)) as fake:
        yield fake


@pytest.fixture
def settings(tmp_path: Path, many: FakeProvider, llm: FakeProvider) -> Settings:
    """Three gateways, each set up in another way, and OpenAI, which is somewhere else."""
    (tmp_path / ".env").write_text(
        f"OMNI_DATA_DIR={tmp_path / 'data'}\nOMNI_FIND_OLLAMA=false\n"
        f"OPENAI_API_KEY={SECRET}\nOPENAI_BASE_URL={llm.url}/v1\nGATE_KEY={SECRET}\n"
    )
    table = f'type = "openai"\nbase_url = "{many.url}/v1"\n'
    (tmp_path / "omni.toml").write_text(
        f'[endpoints.gate-a]\n{table}key = "GATE_KEY"\nmodel = "{MODELS[500]}"\ncap = 7\n'
        "total_s = 33\nprice = { input = 0.1, output = 12 }\n"
        f'[endpoints.gate-b]\n{table}local = true\napi_version = "2024-10-21"\n'
        f'[endpoints.gate-c]\n{table}proxy = "http://u:{SECRET}@127.0.0.1:9"\n'
    )
    return load_settings(tmp_path / ".env")


def card(client: FlaskClient, name: str) -> str:
    """What the page says of a provider, without markup."""
    page = client.get("/providers").text
    article = page.split(f'id="provider-{name}"')[1].split("</article>")[0]
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", article)).split())


def offered(page: str, name: str) -> tuple[list[str], list[str]]:
    """The models of an endpoint with a box in the form, and those that come while one writes."""
    part = page.split(f'id="models-{name}"')[1].split("</div>")[0]
    boxes = re.findall(rf'type="checkbox" name="models" value="{name}:([^"]+)"', part)
    return boxes, re.findall(rf'<option value="{name}:([^"]+)">', part)


def test_a_provider_says_what_bounds_a_call_and_what_it_costs(client: FlaskClient) -> None:
    shown = card(client, "gate-a")
    assert "At once 7 calls, set by cap of [endpoints.gate-a] in omni.toml" in shown
    assert "5 s to connect, 33 s to the first byte, 33 s between two, 33 s in all" in shown
    assert "$0.10 in, $12.00 out per million tokens" in shown
    assert f"Default model {MODELS[500]}" in shown
    assert "600 models, the first 100 of them" in shown
    assert "3 calls, set by OMNI_MAX_CONCURRENT_REQUESTS" in card(client, "openai")
    assert "Price the listed one of each model, where it is known" in card(client, "openai")


def test_a_local_provider_is_free_and_an_api_version_is_shown(client: FlaskClient) -> None:
    shown = card(client, "gate-b")
    assert "Price free" in shown
    assert "API version 2024-10-21" in shown
    assert card(client, "anthropic").endswith("Address https://api.anthropic.com")


def test_a_proxy_is_shown_without_its_password(client: FlaskClient) -> None:
    assert "Proxy http://127.0.0.1:9 " in card(client, "gate-c")
    pages = [client.get("/providers"), client.get("/"), client.post("/providers/gate-c/probe")]
    assert [page.status_code for page in pages if SECRET in page.text] == []


def test_a_key_that_is_refused_is_told_in_words(client: FlaskClient, llm: FakeProvider) -> None:
    llm.will_reply(401, {"error": {"message": "Incorrect API key provided"}})
    client.post("/providers/openai/probe")
    shown = card(client, "openai")
    assert "set OPENAI_API_KEY to a valid key" in shown
    assert "Incorrect API key provided" in shown


def test_a_check_gives_the_card_again(htmx: FlaskClient) -> None:
    answer = htmx.post("/providers/gate-a/probe").text
    assert answer.strip().endswith("</article>")
    assert "600 models" in answer


def test_hundreds_of_models_stay_small_in_form_and_page(client: FlaskClient) -> None:
    form, page = client.get("/").text, client.get("/providers").text
    assert max(len(form), len(page)) <= 100_000
    boxes, suggestions = offered(form, "gate-b")
    assert boxes == list(MODELS[:MOST_BOXES])
    assert suggestions == list(MODELS[MOST_BOXES : MOST_BOXES + 300])


def test_the_default_model_comes_first_and_is_marked(client: FlaskClient) -> None:
    form = client.get("/").text
    assert offered(form, "gate-a")[0][:2] == [MODELS[500], MODELS[0]]
    assert form.count("<small>default</small>") == 1


def test_a_model_that_was_written_is_ticked_when_the_form_comes_back(client: FlaskClient) -> None:
    chosen = [f"gate-b:{MODELS[555]}", "gate-b:not/listed", ""]
    page = client.post("/batches", data={"brief": "", "models": chosen}).text
    assert offered(page, "gate-b")[0][:2] == [MODELS[555], "not/listed"]
    ticked = re.findall(r'value="gate-b:([^"]+)" checked', page)
    assert ticked == [MODELS[555], "not/listed"]


def test_a_few_models_need_no_list_to_write_from(client: FlaskClient) -> None:
    assert offered(client.get("/").text, "openai") == (["fake-model"], [])


def test_names_of_models_are_text(tmp_path: Path) -> None:
    names = tuple(f'"><script>{n}</script>' for n in range(2 * MOST_BOXES))
    with FakeProvider(Behaviour(models=names)) as fake:
        url = f"{fake.url}/v1"
        settings = Settings(
            _env_file=None, data_dir=tmp_path / "data", find_ollama=False, openai_base_url=url
        )
        client = create_app(settings).test_client()
        pages = [client.get(path).text for path in ("/", "/providers")]
    assert [page.count("&gt;&lt;script&gt;") >= len(names) for page in pages] == [True, True]
    assert not any("<script>" in page for page in pages)
