"""The wire forms, as a client that knows nothing of the product would use them."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import httpx

from webapp.fake_provider import FakeProvider

GRANT = "urn:ibm:params:oauth:grant-type:apikey"
LATEST = "2026-10-21"
Json = dict[str, Any]


@dataclass(frozen=True)
class Form:
    """How to ask in one wire form, and where in its answers and errors things stand.

    `text`, `finish` and `tokens` read the messages of an answer: the events of a stream, or the one
    message of a whole answer. `said` gives the sentence of an error.
    """

    name: str
    whole_path: str
    stream_path: str
    ask: Callable[[str, bool], Json]
    text: Callable[[list[Json]], str]
    finish: Callable[[list[Json]], object]
    tokens: Callable[[list[Json]], object]
    said: Callable[[Json], object]
    headers: dict[str, str] = field(default_factory=dict)

    def post(
        self,
        fake: FakeProvider,
        prompt: str = "Say hello.",
        *,
        streams: bool = False,
        key: str = "k",
    ) -> httpx.Response:
        """What the provider answers."""
        headers = {name: value.format(key=key) for name, value in self.headers.items()}
        if self.name == "watsonx":
            headers["Authorization"] = f"Bearer {token(fake, key)}"
        path = self.stream_path if streams else self.whole_path
        with httpx.Client(trust_env=False, timeout=10) as client:
            return client.post(fake.url + path, json=self.ask(prompt, streams), headers=headers)


def token(fake: FakeProvider, key: str = "k") -> str:
    """A token of IAM."""
    form = {"grant_type": GRANT, "apikey": key}
    given = httpx.post(f"{fake.url}/identity/token", data=form).json()
    return str(given["access_token"])


def messages(reply: httpx.Response) -> list[Json]:
    """The messages of an answer, streamed or whole; what is no JSON object is left out."""
    if "event-stream" not in reply.headers["content-type"]:
        return [json.loads(line) for line in reply.text.splitlines()]
    lines = [
        line.removeprefix("data: ") for line in reply.text.splitlines() if line[:6] == "data: "
    ]
    return [json.loads(line) for line in lines if line != "[DONE]"]


def walk(found: object, *path: str | int) -> Any:
    """What stands at a place; None where something on the way is missing."""
    for step in path:
        try:
            found = found[step]  # type: ignore[index]
        except (KeyError, IndexError, TypeError):
            return None
    return found


def every(*path: str | int) -> Callable[[list[Json]], str]:
    """The text at one place of all messages."""
    return lambda found: "".join(walk(message, *path) or "" for message in found)


def last(*path: str | int) -> Callable[[list[Json]], object]:
    """What the last message says that says anything there."""
    return lambda found: next(
        (value for m in reversed(found) if (value := walk(m, *path)) is not None), None
    )


def either(one: Callable[[list[Json]], Any], other: Callable[[list[Json]], Any]) -> Any:
    """What one finds, or else the other."""
    return lambda found: one(found) or other(found)


def chat(prompt: str, streams: bool) -> Json:
    """The body of Chat Completions and of Ollama."""
    body = {"model": "m", "messages": [{"role": "user", "content": prompt}], "stream": streams}
    return body | ({"stream_options": {"include_usage": True}} if streams else {})


def watsonx(prompt: str, streams: bool) -> Json:
    """The body of watsonx, which does not say whether to stream."""
    messages = [{"role": "user", "content": [{"type": "text", "text": prompt}]}]
    return {"model_id": "m", "project_id": "p", "messages": messages}


OPENAI_TEXT = either(
    every("choices", 0, "delta", "content"), every("choices", 0, "message", "content")
)
OUTPUT = ("output", 0, "content", 0, "text")
CHAT = Form(
    "chat",
    "/v1/chat/completions",
    "/v1/chat/completions",
    chat,
    OPENAI_TEXT,
    last("choices", 0, "finish_reason"),
    last("usage", "completion_tokens"),
    lambda error: walk(error, "error", "message"),
    {"Authorization": "Bearer {key}"},
)
RESPONSES = Form(
    "responses",
    "/v1/responses",
    "/v1/responses",
    lambda prompt, streams: {"model": "m", "input": prompt, "stream": streams},
    lambda found: (
        "".join(m["delta"] for m in found if m.get("type") == "response.output_text.delta")
        or every(*OUTPUT)(found)
    ),
    lambda found: (
        walk(found[-1].get("response", found[-1]), "incomplete_details", "reason")
        or walk(found[-1].get("response", found[-1]), "status")
    ),
    either(last("response", "usage", "output_tokens"), last("usage", "output_tokens")),
    lambda error: walk(error, "error", "message"),
    {"Authorization": "Bearer {key}"},
)
ANTHROPIC = Form(
    "anthropic",
    "/v1/messages",
    "/v1/messages",
    lambda prompt, streams: {
        "model": "m",
        "max_tokens": 9,
        "messages": [{"role": "user", "content": prompt}],
        "stream": streams,
    },
    either(every("delta", "text"), every("content", 0, "text")),
    either(last("delta", "stop_reason"), last("stop_reason")),
    last("usage", "output_tokens"),
    lambda error: walk(error, "error", "message"),
    {"x-api-key": "{key}", "anthropic-version": LATEST},
)
GEMINI = Form(
    "gemini",
    "/v1/models/m:generateContent",
    "/v1/models/m:streamGenerateContent?alt=sse",
    lambda prompt, streams: {"contents": [{"role": "user", "parts": [{"text": prompt}]}]},
    every("candidates", 0, "content", "parts", 0, "text"),
    either(last("candidates", 0, "finishReason"), last("promptFeedback", "blockReason")),
    last("usageMetadata", "candidatesTokenCount"),
    lambda error: walk(error, "error", "message"),
    {"x-goog-api-key": "{key}"},
)
WATSONX = Form(
    "watsonx",
    "/ml/v1/text/chat?version=2026-10-14",
    "/ml/v1/text/chat_stream?version=2026-10-14",
    watsonx,
    OPENAI_TEXT,
    last("choices", 0, "finish_reason"),
    last("usage", "completion_tokens"),
    lambda error: walk(error, "errors", 0, "message"),
)
OLLAMA = Form(
    "ollama",
    "/api/chat",
    "/api/chat",
    chat,
    every("message", "content"),
    last("done_reason"),
    last("eval_count"),
    lambda error: walk(error, "error"),
    {"Authorization": "Bearer {key}"},
)
FORMS = [CHAT, RESPONSES, ANTHROPIC, GEMINI, WATSONX, OLLAMA]
