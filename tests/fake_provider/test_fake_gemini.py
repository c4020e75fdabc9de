import httpx
import pytest

from tests.fake_provider.forms import GEMINI, messages
from webapp.fake_provider import Behaviour, FakeProvider

PATH = GEMINI.whole_path
HEADERS = {"x-goog-api-key": "k"}
ASKED = GEMINI.ask("Say hello.", False)
RPC = "type.googleapis.com/google.rpc."


def test_every_event_is_a_whole_answer_with_the_usage_so_far(fake: FakeProvider) -> None:
    fake.set(Behaviour(answer="hello"))
    reply = GEMINI.post(fake, streams=True)
    assert reply.content.count(b"\r\n\r\n") == 3
    assert b"\n\n" not in reply.content
    first, second, end = messages(reply)
    counts = [m["usageMetadata"]["candidatesTokenCount"] for m in (first, second, end)]
    assert counts == [1, 2, 2]
    assert "finishReason" not in first["candidates"][0]
    assert end["candidates"][0]["finishReason"] == "STOP"


@pytest.mark.parametrize("version", ["v1", "v1beta"])
def test_both_versions_answer(fake: FakeProvider, http: httpx.Client, version: str) -> None:
    fake.set(Behaviour(models=("m",)))
    said = http.post(f"/{version}/models/m:generateContent", json=ASKED, headers=HEADERS)
    assert (said.status_code, said.json()["modelVersion"]) == (200, "m")
    listed = http.get(f"/{version}/models", headers=HEADERS).json()["models"]
    assert [model["name"] for model in listed] == ["models/m"]
    assert "generateContent" in listed[0]["supportedGenerationMethods"]


def test_a_wrong_key_is_a_bad_argument(fake: FakeProvider) -> None:
    fake.set(Behaviour(key="right"))
    assert GEMINI.post(fake, key="right").status_code == 200
    refused = GEMINI.post(fake, key="wrong")
    error = refused.json()["error"]
    assert (refused.status_code, error["code"], error["status"]) == (400, 400, "INVALID_ARGUMENT")
    assert error["details"][0]["reason"] == "API_KEY_INVALID"


def test_without_a_key_there_is_no_permission(http: httpx.Client) -> None:
    refused = http.post(PATH, json=ASKED)
    assert (refused.status_code, refused.json()["error"]["status"]) == (403, "PERMISSION_DENIED")


@pytest.mark.parametrize(
    "asked",
    [
        {},
        {"contents": []},
        {"contents": [7]},
        {"contents": [{"role": "user", "parts": "hi"}]},
        {"contents": [{"role": "system", "parts": [{"text": "hi"}]}]},
        ASKED | {"temperature": 1},
    ],
)
def test_what_gemini_does_not_take_is_a_bad_argument(
    http: httpx.Client, asked: dict[str, object]
) -> None:
    refused = http.post(PATH, json=asked, headers=HEADERS)
    assert (refused.status_code, refused.json()["error"]["status"]) == (400, "INVALID_ARGUMENT")


def test_a_stream_has_to_be_asked_for_as_events(http: httpx.Client) -> None:
    path = GEMINI.stream_path.partition("?")[0]
    assert http.post(path, json=ASKED, headers=HEADERS).status_code == 400


def test_a_daily_quota_is_named_and_a_pause_is_told(fake: FakeProvider) -> None:
    words = "429 code=GenerateRequestsPerDayPerProjectPerModel retry-after=46"
    reply = GEMINI.post(fake, f"[[fake: {words}]]")
    assert "retry-after" not in reply.headers
    assert reply.json()["error"]["status"] == "RESOURCE_EXHAUSTED"
    quota, pause = reply.json()["error"]["details"]
    violation = {"quotaId": "GenerateRequestsPerDayPerProjectPerModel"}
    assert quota == {"@type": f"{RPC}QuotaFailure", "violations": [violation]}
    assert pause == {"@type": f"{RPC}RetryInfo", "retryDelay": "46s"}


def test_of_a_blocked_prompt_there_are_no_candidates(fake: FakeProvider) -> None:
    (whole,) = messages(GEMINI.post(fake, "[[fake: refusal]]"))
    assert whole["promptFeedback"] == {"blockReason": "SAFETY"}
    assert "candidates" not in whole


def test_the_system_instruction_is_read_too(http: httpx.Client) -> None:
    asked = ASKED | {"systemInstruction": {"parts": [{"text": "[[fake: 503]]"}]}}
    refused = http.post(PATH, json=asked, headers=HEADERS)
    assert (refused.status_code, refused.json()["error"]["status"]) == (503, "UNAVAILABLE")


def test_models_have_a_token_for_the_next_page(fake: FakeProvider, http: httpx.Client) -> None:
    fake.set(Behaviour(models=("a", "b", "c")))
    first = http.get("/v1beta/models", params={"pageSize": 2}, headers=HEADERS).json()
    query = {"pageSize": "2", "pageToken": first["nextPageToken"]}
    second = http.get("/v1/models", params=query, headers=HEADERS).json()
    names = [model["name"] for page in (first, second) for model in page["models"]]
    assert (names, "nextPageToken" in second) == (["models/a", "models/b", "models/c"], False)
