import base64
import json
import time

import httpx
import pytest

from tests.fake_provider.forms import GRANT, WATSONX, messages, token
from webapp.fake_provider import Behaviour, FakeProvider

PATH = WATSONX.whole_path
IAM = "/identity/token"
ASKED = WATSONX.ask("Say hello.", False)


def ask(fake: FakeProvider, bearer: str, path: str = PATH, **more: object) -> httpx.Response:
    headers = {"Authorization": f"Bearer {bearer}"}
    asked = {name: value for name, value in (ASKED | more).items() if value is not None}
    return httpx.post(fake.url + path, json=asked, headers=headers)


def code(reply: httpx.Response) -> tuple[int, str]:
    said = reply.json()
    assert said.keys() == {"errors", "trace", "status_code"}
    assert said["status_code"] == reply.status_code
    return reply.status_code, said["errors"][0]["code"]


def test_a_stream_of_watsonx_has_numbered_events_and_no_end_mark(fake: FakeProvider) -> None:
    fake.set(Behaviour(answer="hello"))
    reply = WATSONX.post(fake, streams=True)
    events = [event.split("\n") for event in reply.text.removesuffix("\n\n").split("\n\n")]
    assert [event[:2] for event in events] == [
        [f"id: {number}", "event: message"] for number in range(1, 6)
    ]
    *_, finish, usage = messages(reply)
    assert finish["choices"][0]["finish_reason"] == "stop"
    assert (usage["choices"], usage["usage"]["completion_tokens"]) == ([], 2)


def test_an_error_in_the_middle_is_an_event_of_its_own(fake: FakeProvider) -> None:
    reply = WATSONX.post(fake, "[[fake: error-mid code=model_busy]]", streams=True)
    assert "\nevent: error\ndata: " in reply.text
    assert messages(reply)[-1]["errors"][0]["code"] == "model_busy"


def test_a_token_says_when_it_ends(fake: FakeProvider, http: httpx.Client) -> None:
    fake.set(Behaviour(token_s=600))
    given = http.post(IAM, data={"grant_type": GRANT, "apikey": "k"}).json()
    part = given["access_token"].split(".")[1]
    claims = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    assert given["token_type"] == "Bearer"
    assert 598 <= given["expires_in"] <= 600
    assert abs(given["expiration"] - time.time() - 600) < 5
    assert claims["exp"] == given["expiration"]


def test_only_a_token_of_ours_is_good(fake: FakeProvider) -> None:
    assert code(ask(fake, "mine")) == (401, "authentication_token_not_valid")
    assert ask(fake, token(fake)).status_code == 200
    bare = httpx.post(fake.url + PATH, json=ASKED)
    assert code(bare) == (401, "authentication_token_not_valid")


def test_all_tokens_can_be_expired_now(fake: FakeProvider, http: httpx.Client) -> None:
    old = token(fake)
    fake.expire_tokens()
    assert code(ask(fake, old)) == (401, "authentication_token_expired")
    new = token(fake)
    assert ask(fake, new).status_code == 200
    assert http.post("/fake/expire-tokens").status_code == 200
    assert code(ask(fake, new)) == (401, "authentication_token_expired")


def test_a_token_is_good_for_its_lifetime_only(fake: FakeProvider) -> None:
    fake.set(Behaviour(token_s=0))
    assert code(ask(fake, token(fake))) == (401, "authentication_token_expired")


def test_tokens_asked_for_are_counted_and_no_calls(fake: FakeProvider) -> None:
    token(fake)
    token(fake)
    counted = fake.counters()
    assert (counted["tokens"], counted["calls"]) == (2, 0)
    fake.reset()
    assert fake.counters()["tokens"] == 0


@pytest.mark.parametrize(
    ("form", "status", "expected"),
    [
        ({"grant_type": GRANT, "apikey": "wrong"}, 400, "BXNIM0415E"),
        ({"grant_type": GRANT}, 400, "BXNIM0415E"),
        ({"apikey": "right"}, 400, "BXNIM0109E"),
        (None, 415, "BXNIM0102E"),
    ],
)
def test_iam_gives_no_token_for(
    fake: FakeProvider,
    http: httpx.Client,
    form: dict[str, str] | None,
    status: int,
    expected: str,
) -> None:
    fake.set(Behaviour(key="right"))
    refused = http.post(IAM, data=form) if form else http.post(IAM, json={"apikey": "right"})
    assert (refused.status_code, refused.json()["errorCode"]) == (status, expected)
    assert http.post(IAM, data={"grant_type": GRANT, "apikey": "right"}).status_code == 200


def test_trouble_at_iam_can_be_ordered(fake: FakeProvider, http: httpx.Client) -> None:
    fake.will_reply(503)
    refused = http.post(IAM, data={"grant_type": GRANT, "apikey": "k"})
    assert (refused.status_code, refused.json()["errorMessage"]) == (503, "This 503 was ordered.")


@pytest.mark.parametrize(
    ("path", "more"),
    [
        (PATH, {"space_id": "s"}),
        (PATH, {"project_id": None}),
        (PATH, {"stream": True}),
        (PATH, {"model_id": None}),
        (PATH, {"messages": []}),
        ("/ml/v1/text/chat", {}),
        ("/ml/v1/text/chat?version=soon", {}),
    ],
)
def test_what_watsonx_does_not_take_is_a_bad_request(
    fake: FakeProvider, path: str, more: dict[str, object]
) -> None:
    assert code(ask(fake, token(fake), path, **more))[0] == 400


def test_anybody_may_see_the_models(fake: FakeProvider, http: httpx.Client) -> None:
    fake.set(Behaviour(models=("ibm/a",), key="right"))
    query = {"version": "2026-10-14", "limit": "200"}
    (model,) = http.get("/ml/v1/foundation_model_specs", params=query).json()["resources"]
    assert (model["model_id"], model["functions"][0]["id"]) == ("ibm/a", "text_chat")
    assert http.get("/ml/v1/foundation_model_specs").status_code == 400
