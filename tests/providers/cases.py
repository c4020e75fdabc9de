"""What the providers may answer, and what that comes to: the table of `docs/providers.md`."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.providers.recorded import RECORDED, Recorded
from tests.providers.wire import chunked, http
from webapp.domain.endpoint import EndpointType
from webapp.providers.base import ErrorKind

BAD_KEY, NO_MONEY, REJECTED = ErrorKind.BAD_KEY, ErrorKind.NO_MONEY, ErrorKind.REJECTED
REFUSED, BROKEN_REPLY = ErrorKind.REFUSED, ErrorKind.BROKEN_REPLY
UNAVAILABLE, RATE_LIMITED = ErrorKind.UNAVAILABLE, ErrorKind.RATE_LIMITED

SPEAKERS = ("openai", "responses", "anthropic", "gemini", "watsonx", "ollama")


@dataclass(frozen=True)
class Case:
    """An answer, what it comes to, and some words of the sentence for it; no kind: it is right.

    `order` is the directive by which the fake provider gives the same answer, where it can.
    """

    speakers: tuple[str, ...]
    what: str
    status: int
    code: str
    kind: ErrorKind | None
    words: str
    reply: Mapping[str, bytes] = field(repr=False)  # by speaker
    wait_s: float | None = None
    order: str = ""
    is_overloaded: bool = False

    def __str__(self) -> str:
        return f"{self.status} {self.code or self.what}"


def _answered(
    speakers: str, what: str, status: int, code: str, kind: ErrorKind, words: str,
    body: dict[str, Any], wait_s: float | None = None, order: str = "", **headers: str,
) -> Case:  # fmt: skip
    names = tuple(speakers.split())
    reply = http(status, body, **headers)
    replies = dict.fromkeys(names, reply)
    is_overloaded = status in (503, 529)
    return Case(names, what, status, code, kind, words, replies, wait_s, order, is_overloaded)


_PLAIN = "Their words."


def _order(status: int, code: str | None, message: str, wait_s: float | None = None) -> str:
    """How to have it from the fake provider, which chooses the message itself."""
    if message != _PLAIN:
        return ""
    wait = f" retry-after={wait_s}" if wait_s else ""
    return f"{status} code={code}{wait}" if code else f"{status}{wait}"


def _openai(
    what: str, status: int, code: Any, kind: ErrorKind, words: str, message: str = _PLAIN,
    wait_s: float | None = None, type: str | None = None, **headers: str,
) -> Case:  # fmt: skip
    error = {"message": message, "type": type, "param": None, "code": code}
    said = " ".join(str(part) for part in (code, type) if part)
    body, text = {"error": error}, code if isinstance(code, str) else None
    # The fake provider has types of its own, and one way to tell when to come back.
    can_order = type is None and "retry_after_ms" not in headers
    order = _order(status, text, message, wait_s) if can_order else ""
    return _answered(
        "openai responses", what, status, said, kind, words, body, wait_s, order, **headers
    )


OPENAI = (
    _openai("bad request", 400, "invalid_request_error", REJECTED, "rejected the request"),
    _openai("prompt too long", 400, "context_length_exceeded", REJECTED, "send fewer files"),
    _openai("parameter", 400, "unsupported_parameter", REJECTED, "rejected the request"),
    _openai("value", 400, "unsupported_value", REJECTED, "rejected the request"),
    _openai("content policy", 400, "content_policy_violation", REFUSED, "content filter"),
    _openai("Azure: content filter", 400, "content_filter", REFUSED, "content filter"),
    _openai("bad key", 401, "invalid_api_key", BAD_KEY, "set OPENAI_API_KEY to a valid key"),
    _openai("other key trouble", 401, None, BAD_KEY, "set OPENAI_API_KEY to a valid key"),
    _openai("region", 403, "unsupported_country_region_territory", BAD_KEY, "check its rights"),
    _openai("unknown model", 404, "model_not_found", REJECTED, "does not know the model"),
    _openai("unknown address", 404, None, REJECTED, "check OPENAI_BASE_URL"),
    _openai("timeout there", 408, None, UNAVAILABLE, "Retry later"),
    _openai("locked", 409, None, UNAVAILABLE, "Retry later"),
    _openai("unprocessable", 422, None, REJECTED, "rejected the request"),
    _openai("requests a minute", 429, "rate_limit_exceeded", RATE_LIMITED, "asks for a pause",
            wait_s=7, type="requests", retry_after="7"),
    _openai("tokens a minute", 429, "rate_limit_exceeded", RATE_LIMITED, "asks for a pause",
            "Please try again in 5.289s.", wait_s=5.289, type="tokens"),
    _openai("quota", 429, "insufficient_quota", NO_MONEY, "no credit left",
            wait_s=7, retry_after="7"),
    _openai("quota", 429, None, NO_MONEY, "no credit left", type="insufficient_quota"),
    _openai("credit", 429, "credit_balance_exhausted", NO_MONEY, "no credit left"),
    _openai("spend limit", 429, "spend_limit_reached", NO_MONEY, "no credit left"),
    _openai("billing limit", 429, "billing_hard_limit_reached", NO_MONEY, "no credit left"),
    _openai("requests a day", 429, "rate_limit_exceeded", RATE_LIMITED, "asks for a pause",
            "Rate limit reached for m in organization o on requests per day (RPD): Limit 200, "
            "Used 200, Requested 1. Please try again in 7m12s. Visit x/account/billing.",
            wait_s=432, type="requests"),
    _openai("larger than the limit", 429, "rate_limit_exceeded", REJECTED, "send fewer files",
            "Request too large for m in organization o on tokens per min (TPM): Limit 30000, "
            "Requested 50000. The input or output tokens must be reduced.", type="tokens"),
    _openai("flagged prompt", 400, "invalid_prompt", REFUSED, "content filter",
            "Invalid prompt: your prompt was flagged as potentially violating our usage policy. "
            "Please try again with a different prompt.", type="invalid_request_error"),
    _openai("server error", 500, "server_error", UNAVAILABLE, "Retry later"),
    _openai("bad gateway", 502, None, UNAVAILABLE, "Retry later"),
    _openai("overloaded", 503, "server_is_overloaded", UNAVAILABLE, "Retry later"),
    _openai("slow down", 503, "slow_down", UNAVAILABLE, "Retry later"),
    _openai("gateway timeout", 504, None, UNAVAILABLE, "Retry later"),
    _openai("Azure: rate limit", 429, "429", RATE_LIMITED, "asks for a pause",
            wait_s=1.5, retry_after_ms="1500", retry_after="9"),
    _openai("Azure: told in words", 429, "429", RATE_LIMITED, "asks for a pause",
            "Requests have exceeded the call rate limit. Please retry after 26 seconds.",
            wait_s=26),
    _openai("Groq: tokens a day", 429, "rate_limit_exceeded", RATE_LIMITED, "asks for a pause",
            "Rate limit reached for model `m` on tokens per day (TPD): Limit 200000, Used 199000, "
            "Requested 3400. Please try again in 2h13m4.5s.", wait_s=7984.5, type="tokens"),
    _openai("Groq: model is gone", 400, "model_decommissioned", REJECTED, "does not know"),
    _openai("Groq: flex capacity", 498, "capacity_exceeded", UNAVAILABLE, "Retry later"),
    _openai("Groq: larger than the limit", 413, "rate_limit_exceeded", REJECTED,
            "send fewer files", type="tokens"),
    _openai("OpenRouter: no credits", 402, 402, NO_MONEY, "no credit left"),
    _openai("OpenRouter: credits later", 402, 402, RATE_LIMITED, "asks for a pause",
            wait_s=30, retry_after="30"),
    _openai("OpenRouter: moderation", 403, 403, REFUSED, "content filter",
            "The input requires moderation and was flagged."),
    _openai("OpenRouter: timeout", 408, 408, UNAVAILABLE, "Retry later"),
    _openai("OpenRouter: provider down", 502, 502, UNAVAILABLE, "Retry later"),
    _openai("OpenRouter: no provider", 503, 503, UNAVAILABLE, "Retry later"),
    _answered("openai", "OpenRouter: error in a 200", 200, "502", UNAVAILABLE, "Retry later",
              {"error": {"message": "m", "code": 502, "metadata": {"provider_name": "p"}}}),
    _answered("openai", "OpenRouter: no credits in a 200", 200, "402", NO_MONEY, "no credit left",
              {"error": {"message": "m", "code": 402}}),
    _answered("openai", "vLLM: unknown model", 404, "404 NotFoundError", REJECTED, "no such model",
              {"object": "error", "message": "m", "type": "NotFoundError", "code": 404}),
    _answered("openai", "vLLM: bad request", 400, "400 BadRequestError", REJECTED, "rejected",
              {"object": "error", "message": "m", "type": "BadRequestError", "code": 400}),
    _openai("vLLM: prompt too long", 400, 400, REJECTED, "send fewer files",
            "This model's maximum context length is 4096 tokens. However, you requested 5000.",
            type="BadRequestError"),
    _openai("OpenRouter: prompt too long", 400, 400, REJECTED, "send fewer files",
            "This endpoint's maximum context length is 4096 tokens. However, you requested 5000."),
    _openai("LiteLLM: budget", 400, "400", NO_MONEY, "no credit left", type="budget_exceeded"),
    _openai("llama.cpp: loading", 503, 503, UNAVAILABLE, "Retry later", "Loading model",
            type="unavailable_error"),
    _openai("llama.cpp: prompt too long", 400, 400, REJECTED, "send fewer files",
            type="exceed_context_size_error"),
    _openai("llama.cpp: bad key", 401, 401, BAD_KEY, "set OPENAI_API_KEY",
            type="authentication_error"),
    _openai("llama.cpp: unknown address", 404, 404, REJECTED, "check OPENAI_BASE_URL",
            type="not_found_error"),
    _openai("llama.cpp: not supported", 501, 501, REJECTED, "rejected", type="not_supported_error"),
    _answered("openai", "FastAPI: unprocessable", 422, "detail", REJECTED, "rejected the request",
              {"detail": [{"msg": "field required"}]}),
)  # fmt: skip


def _anthropic(
    what: str, status: int, type: str, kind: ErrorKind, words: str, message: str = _PLAIN,
    wait_s: float | None = None, detail: str | None = None, **headers: str,
) -> Case:  # fmt: skip
    error: dict[str, Any] = {"type": type, "message": message}
    if detail:
        error["details"] = {"error_code": detail}
    body = {"type": "error", "error": error, "request_id": "req_1"}
    code = f"{type} {detail}" if detail else type
    order = _order(status, detail, message, wait_s)
    return _answered("anthropic", what, status, code, kind, words, body, wait_s, order, **headers)


ANTHROPIC = (
    _anthropic("bad request", 400, "invalid_request_error", REJECTED, "rejected the request"),
    _anthropic("prompt too long", 400, "invalid_request_error", REJECTED, "send fewer files",
               "prompt is too long: 200001 tokens > 200000 maximum"),
    _anthropic("prompt and limit too long", 400, "invalid_request_error", REJECTED,
               "send fewer files", "input length and `max_tokens` exceed context limit: 188240 + "
               "21333 > 200000, decrease input length or `max_tokens` and try again"),
    _anthropic("content filter", 400, "invalid_request_error", REFUSED, "content filter",
               "Output blocked by content filtering policy"),
    _anthropic("usage limit of the workspace", 400, "invalid_request_error", NO_MONEY,
               "spend no more", "You have reached your specified workspace API usage limits."),
    _anthropic("usage limit", 400, "invalid_request_error", NO_MONEY, "spend no more",
               "You have reached your specified API usage limits."),
    _anthropic("credit", 400, "invalid_request_error", NO_MONEY, "spend no more",
               "Your credit balance is too low to access the Anthropic API."),
    _anthropic("bad key", 401, "authentication_error", BAD_KEY, "set ANTHROPIC_API_KEY"),
    _anthropic("billing", 402, "billing_error", NO_MONEY, "spend no more"),
    _anthropic("permission", 403, "permission_error", BAD_KEY, "check its rights"),
    _anthropic("unknown model", 404, "not_found_error", REJECTED, "choose another model"),
    _anthropic("conflict", 409, "conflict_error", UNAVAILABLE, "Retry later"),
    _anthropic("prompt too large", 413, "request_too_large", REJECTED, "send fewer files"),
    _anthropic("rate limit", 429, "rate_limit_error", RATE_LIMITED, "asks for a pause",
               wait_s=7, retry_after="7"),
    _anthropic("spend limit", 429, "rate_limit_error", NO_MONEY, "spend no more",
               detail="enforced_spend_limit_reached"),
    _anthropic("long context", 429, "rate_limit_error", NO_MONEY, "spend no more",
               "Extra usage is required for long context requests."),
    _anthropic("server error", 500, "api_error", UNAVAILABLE, "Retry later"),
    _anthropic("timeout there", 504, "timeout_error", UNAVAILABLE, "Retry later"),
    _anthropic("overloaded", 529, "overloaded_error", UNAVAILABLE, "Retry later"),
)  # fmt: skip


def _gemini(
    what: str, status: int, name: str, kind: ErrorKind, words: str, message: str = _PLAIN,
    wait_s: float | None = None, reason: str = "", quota: str = "", delay: str = "",
) -> Case:  # fmt: skip
    google = "type.googleapis.com/google.rpc."
    details: list[dict[str, Any]] = [{"@type": f"{google}Help", "links": []}]
    if reason:
        details.append({"@type": f"{google}ErrorInfo", "reason": reason})
    if quota:
        violations = [{"quotaMetric": "m", "quotaId": each} for each in quota.split()]
        details.append({"@type": f"{google}QuotaFailure", "violations": violations})
    if delay:
        details.append({"@type": f"{google}RetryInfo", "retryDelay": delay})
    error = {"code": status, "message": message, "status": name, "details": details}
    code = " ".join(part for part in (name, reason, quota) if part)
    body, order = {"error": error}, _order(status, quota or reason, message, wait_s)
    if name == "FAILED_PRECONDITION":  # it is told by its name, which the status does not give
        order = ""
    return _answered("gemini", what, status, code, kind, words, body, wait_s, order)


_MINUTE = "GenerateRequestsPerMinutePerProjectPerModel-FreeTier"
_DAY = "GenerateRequestsPerDayPerProjectPerModel-FreeTier"
_CAP = "Your project has exceeded its monthly spending cap. Please go to AI Studio."
_NONE = "Quota exceeded for metric: x, limit: 0, model: m. Please retry in 46.2s."
GEMINI = (
    _gemini("bad request", 400, "INVALID_ARGUMENT", REJECTED, "rejected the request"),
    _gemini("bad key", 400, "INVALID_ARGUMENT", BAD_KEY, "set GEMINI_API_KEY",
            reason="API_KEY_INVALID"),
    _gemini("prompt too long", 400, "INVALID_ARGUMENT", REJECTED, "send fewer files",
            "The input token count (1200293) exceeds the maximum number of tokens allowed (1)."),
    _gemini("region or billing", 400, "FAILED_PRECONDITION", REJECTED, "set up billing"),
    _gemini("money", 402, "UNKNOWN", NO_MONEY, "no credit left"),
    _gemini("permission", 403, "PERMISSION_DENIED", BAD_KEY, "check its rights"),
    _gemini("unknown model", 404, "NOT_FOUND", REJECTED, "between v1 and v1beta"),
    _gemini("quota a minute", 429, "RESOURCE_EXHAUSTED", RATE_LIMITED, "asks for a pause",
            wait_s=34.07, quota=_MINUTE, delay="34.07s"),
    _gemini("quota, told in words", 429, "RESOURCE_EXHAUSTED", RATE_LIMITED, "asks for a pause",
            "Please retry in 46.2s.", wait_s=46.2),
    _gemini("quota a day", 429, "RESOURCE_EXHAUSTED", NO_MONEY, "today", wait_s=40000,
            quota=_DAY, delay="40000s"),
    _gemini("quota a minute and a day", 429, "RESOURCE_EXHAUSTED", NO_MONEY, "today",
            "You exceeded your current quota.", wait_s=34, quota=f"{_MINUTE} {_DAY}", delay="34s"),
    _gemini("spending cap", 429, "RESOURCE_EXHAUSTED", NO_MONEY, "spend no more", _CAP),
    _gemini("prepaid credit", 429, "RESOURCE_EXHAUSTED", NO_MONEY, "spend no more",
            "Your prepayment credits are depleted. Please go to AI Studio."),
    _gemini("no quota at all", 429, "RESOURCE_EXHAUSTED", NO_MONEY, "today", _NONE, wait_s=46.2),
    _gemini("cancelled", 499, "CANCELLED", REJECTED, "rejected the request"),
    _gemini("server error", 500, "INTERNAL", UNAVAILABLE, "Retry later"),
    _gemini("overloaded", 503, "UNAVAILABLE", UNAVAILABLE, "Retry later"),
    _gemini("timeout there", 504, "DEADLINE_EXCEEDED", UNAVAILABLE, "Retry later"),
    Case(("gemini",), "error in an array", 503, "UNAVAILABLE", UNAVAILABLE, "Retry later",
         {"gemini": http(503, b'[{"error": {"code": 503, "status": "UNAVAILABLE"}}]')},
         is_overloaded=True),
    _answered("gemini", "code in words", 429, "quota_exceeded", RATE_LIMITED, "asks for a pause",
              {"error": {"code": "quota_exceeded", "message": "m"}}),
)  # fmt: skip


def _watsonx(
    what: str, status: int, code: str, kind: ErrorKind, words: str, message: str = _PLAIN
) -> Case:
    errors = [{"code": code, "message": message, "more_info": "https://x.example"}]
    body = {"errors": errors, "trace": "t", "status_code": status}
    order = _order(status, code, message)
    return _answered("watsonx", what, status, code, kind, words, body, order=order)


WATSONX = (
    _watsonx("bad request", 400, "invalid_request_entity", REJECTED, "rejected the request"),
    _watsonx("bad argument", 400, "invalid_input_argument", REJECTED, "rejected the request"),
    _watsonx("prompt too long", 400, "invalid_input_argument", REJECTED, "send fewer files",
             "Invalid input argument for Model 'm': the number of input tokens 4098 cannot exceed "
             "the total tokens limit 4096 for this model"),
    _watsonx("bad type", 400, "json_type_error", REJECTED, "rejected the request"),
    _watsonx("token expired", 401, "authentication_token_expired", BAD_KEY, "WATSONX_API_KEY"),
    _watsonx("token bad", 401, "authentication_token_not_valid", BAD_KEY, "WATSONX_API_KEY"),
    _watsonx("permission", 403, "authorization_rejected", BAD_KEY, "check its rights"),
    _watsonx("no service", 403, "no_associated_service_instance_error", REJECTED, "associate one"),
    _watsonx("tokens a month", 403, "token_quota_reached", NO_MONEY, "this month"),
    _watsonx("unknown model", 404, "model_not_supported", REJECTED, "choose another model"),
    _watsonx("unknown project", 404, "project_not_found", REJECTED, "check the project"),
    _watsonx("requests a second", 429, "rate_limit_reached_requests", RATE_LIMITED, "pause"),
    _watsonx("requests at once", 429, "consumption_limit_reached", RATE_LIMITED, "pause"),
    *(
        _watsonx("server error", status, "downstream_request_failed", UNAVAILABLE, "Retry later")
        for status in (500, 502, 503, 504, 520, 521, 524)
    ),
)  # fmt: skip


def _ollama(what: str, status: int, kind: ErrorKind, words: str, message: str) -> Case:
    # What a status means is told by the message there.
    order = str(status) if status in (401, 429, 503) else ""
    body = {"error": message}
    return _answered("ollama", what, status, message, kind, words, body, order=order)


_MEMORY = "model requires more system memory (5.6 GiB) than is available (3.1 GiB)"
OLLAMA = (
    _ollama("bad request", 400, REJECTED, "rejected the request", "invalid options"),
    _ollama("sign-in", 401, BAD_KEY, "asks for a sign-in", "unauthorized"),
    _ollama("unknown model", 404, REJECTED, "ollama pull some-model",
            "model 'some-model' not found"),
    _ollama("prompt too long", 400, REJECTED, "send fewer files",
            "the input length exceeds the context length"),
    _ollama("rate limit", 429, RATE_LIMITED, "asks for a pause", "too many requests"),
    _ollama("memory", 500, REJECTED, "too little memory", _MEMORY),
    _ollama("crash", 500, UNAVAILABLE, "Retry later", "llama runner process has terminated"),
    _ollama("full queue", 503, UNAVAILABLE, "Retry later", "server busy, maximum pending"),
)  # fmt: skip


def _streamed(recorded: Recorded, body: bytes) -> bytes:
    return chunked(body, recorded.media_type)


def _in_stream(
    name: str, what: str, code: str, kind: ErrorKind, words: str, message: object,
    wait_s: float | None = None, *, is_overloaded: bool = False,
) -> Case:  # fmt: skip
    """A complaint in the middle of a stream that began well."""
    recorded = RECORDED[name]
    begun, end = (b"", b"\n") if name == "ollama" else (b"data: ", b"\n\n")
    body = recorded.body[: recorded.end_at // 2].rpartition(end)[0] + end
    reply = _streamed(recorded, body + begun + json.dumps(message).encode() + end)
    what = f"{what}, in the stream"
    return Case((name,), what, 200, code, kind, words, {name: reply}, wait_s, "", is_overloaded)


def _anthropic_event(
    what: str, type: str, kind: ErrorKind, words: str, said: str = "m", **more: Any
) -> Case:
    message = {"type": "error", "error": {"type": type, "message": said}}
    return _in_stream("anthropic", what, type, kind, words, message, **more)


def _failed(
    what: str, code: str, kind: ErrorKind, words: str, said: str = "m", **more: Any
) -> Case:
    response = {"status": "failed", "error": {"code": code, "message": said}}
    message = {"type": "response.failed", "response": response}
    return _in_stream("responses", what, code, kind, words, message, **more)


def _gemini_piece(quota: str, delay: str) -> dict[str, Any]:
    details = [{"violations": [{"quotaId": quota}]}, {"retryDelay": delay}]
    error = {"code": 429, "message": "m", "status": "RESOURCE_EXHAUSTED", "details": details}
    return {"error": error}


IN_STREAM = (
    _in_stream("openai", "server error", "server_error", UNAVAILABLE, "Retry later",
               {"error": {"message": "m", "type": "server_error", "code": None}}),
    _in_stream("openai", "OpenRouter: provider down", "502", UNAVAILABLE, "Retry later",
               {"error": {"message": "m", "code": 502}, "choices": [{"finish_reason": "error"}]}),
    _in_stream("openai", "rate limit", "rate_limit_exceeded", RATE_LIMITED, "asks for a pause",
               {"error": {"message": "m", "code": "rate_limit_exceeded"}}),
    _in_stream("openai", "rate limit with a wait", "rate_limit_exceeded", RATE_LIMITED, "a pause",
               {"error": {"message": "Please try again in 1.5s.", "code": "rate_limit_exceeded"}},
               1.5),
    _in_stream("openai", "slow down", "slow_down", UNAVAILABLE, "Retry later",
               {"error": {"message": "m", "code": "slow_down"}}, is_overloaded=True),
    _in_stream("openai", "quota", "insufficient_quota", NO_MONEY, "no credit left",
               {"error": {"message": "m", "code": "insufficient_quota"}}),
    _in_stream("responses", "error event", "server_error", UNAVAILABLE, "Retry later",
               {"type": "error", "code": "server_error", "message": "m", "param": None}),
    _failed("server error", "server_error", UNAVAILABLE, "Retry later"),
    _failed("overloaded", "server_is_overloaded", UNAVAILABLE, "Retry later", is_overloaded=True),
    _failed("rate limit", "rate_limit_exceeded", RATE_LIMITED, "asks for a pause"),
    _failed("rate limit with a wait", "rate_limit_exceeded", RATE_LIMITED, "asks for a pause",
            "Rate limit reached for m. Please try again in 11.054s.", wait_s=11.054),
    _failed("larger than the limit", "rate_limit_exceeded", REJECTED, "send fewer files",
            "Request too large for m on tokens per min (TPM): Limit 1, Requested 2."),
    _failed("quota", "insufficient_quota", NO_MONEY, "no credit left"),
    _failed("prompt too long", "context_length_exceeded", REJECTED, "send fewer files"),
    _failed("bad prompt", "invalid_prompt", REJECTED, "rejected the request"),
    _anthropic_event("overloaded", "overloaded_error", UNAVAILABLE, "Retry later",
                     is_overloaded=True),
    _anthropic_event("server error", "api_error", UNAVAILABLE, "Retry later"),
    _anthropic_event("rate limit", "rate_limit_error", RATE_LIMITED, "asks for a pause"),
    _anthropic_event("bad request", "invalid_request_error", REJECTED, "rejected the request"),
    _anthropic_event("content filter", "invalid_request_error", REFUSED, "content filter",
                     "Output blocked by content filtering policy"),
    _anthropic_event("bad key", "authentication_error", BAD_KEY, "refused the key"),
    _anthropic_event("billing", "billing_error", NO_MONEY, "spend no more"),
    _in_stream("gemini", "overloaded", "UNAVAILABLE", UNAVAILABLE, "Retry later",
               {"error": {"code": 503, "message": "m", "status": "UNAVAILABLE"}},
               is_overloaded=True),
    _in_stream("gemini", "error in an array", "UNAVAILABLE", UNAVAILABLE, "Retry later",
               [{"error": {"code": 503, "message": "m", "status": "UNAVAILABLE"}}],
               is_overloaded=True),
    _in_stream("gemini", "quota a minute", f"RESOURCE_EXHAUSTED {_MINUTE}", RATE_LIMITED,
               "asks for a pause", _gemini_piece(_MINUTE, "34.07s"), 34.07),
    _in_stream("gemini", "quota a day", f"RESOURCE_EXHAUSTED {_DAY}", NO_MONEY, "today",
               _gemini_piece(_DAY, "40000s"), 40000),
    _in_stream("gemini", "quota", "RESOURCE_EXHAUSTED", RATE_LIMITED, "asks for a pause",
               {"error": {"code": 429, "message": "m", "status": "RESOURCE_EXHAUSTED"}}),
    _in_stream("gemini", "blocked prompt", "blockReason SAFETY", REFUSED, "declined to answer",
               {"promptFeedback": {"blockReason": "SAFETY"}}),
    _in_stream("watsonx", "server error", "downstream_request_failed", UNAVAILABLE, "Retry later",
               {"errors": [{"code": "downstream_request_failed", "message": "m"}],
                "status_code": 500}),
    _in_stream("watsonx", "tokens a month", "token_quota_reached", NO_MONEY, "this month",
               {"errors": [{"code": "token_quota_reached", "message": "m"}], "status_code": 403}),
    _in_stream("watsonx", "rate limit", "rate_limit_reached_requests", RATE_LIMITED, "a pause",
               {"errors": [{"code": "rate_limit_reached_requests", "message": "m"}],
                "status_code": 429}),
    _in_stream("ollama", "crash", "CUDA error", UNAVAILABLE, "Retry later",
               {"error": "CUDA error"}),
    _in_stream("ollama", "memory", "requires more system memory", REJECTED, "too little memory",
               {"error": _MEMORY}),
)  # fmt: skip


def _everywhere(
    what: str, kind: ErrorKind | None, words: str, make: Any, status: int = 200
) -> Case:
    replies = {name: make(RECORDED[name]) for name in SPEAKERS}
    return Case(SPEAKERS, what, status, "", kind, words, replies)


def _with_comments(recorded: Recorded) -> bytes:
    if recorded.media_type != b"text/event-stream":  # lines have none, but may be empty
        return _streamed(recorded, b"\n\n" + recorded.body)
    return _streamed(recorded, b": waiting\n\n" + recorded.body.replace(b"\n\n", b"\n\n:\n\n"))


def _whole(recorded: Recorded) -> bytes:
    """The same answer from a server that does not stream."""
    text, is_responses = recorded.text, "api" in recorded.wire
    content = [{"type": "output_text" if is_responses else "text", "text": text}]
    done = {"message": {"content": text}, "done": True}
    choices = [{"message": {"content": text}, "finish_reason": "stop"}]
    candidates = [{"content": {"parts": [{"text": text}]}, "finishReason": "STOP"}]
    messages: dict[EndpointType, dict[str, Any]] = {
        EndpointType.OPENAI: {"object": "chat.completion", "choices": choices},
        EndpointType.ANTHROPIC: {"type": "message", "content": content, "stop_reason": "end_turn"},
        EndpointType.GEMINI: {"candidates": candidates},
        EndpointType.WATSONX: {"choices": choices},
        EndpointType.OLLAMA: done,
    }
    if is_responses:
        output = [{"type": "message", "content": content}]
        return http(200, {"object": "response", "status": "completed", "output": output})
    return http(200, messages[recorded.kind])


_PAGE = http(200, b"<html><title>Log in</title></html>", content_type="text/html")
_GATEWAY = http(502, b"<html><title>Bad gateway</title></html>", content_type="text/html")
FAULTS = (
    _everywhere("whole stream", None, "", lambda r: _streamed(r, r.body)),
    _everywhere("not streamed", None, "", _whole),
    _everywhere("lines end in CRLF", None, "", lambda r: _streamed(
        r, r.body.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n"))),
    _everywhere("characters split over chunks", None, "", lambda r: chunked(
        r.body, r.media_type, size=1)),
    _everywhere("comments and empty lines", None, "", _with_comments),
    _everywhere("no last line end", None, "", lambda r: _streamed(r, r.body.rstrip())),
    _everywhere("no end mark", BROKEN_REPLY, "broke off", lambda r: _streamed(
        r, r.body[: r.end_at // 2])),
    _everywhere("empty", BROKEN_REPLY, "broke off", lambda r: _streamed(r, b"")),
    _everywhere("malformed JSON", BROKEN_REPLY, "not the JSON", lambda r: _streamed(
        r, b"{\n" if r.media_type != b"text/event-stream" else b"data: {\n\n")),
    _everywhere("web page", BROKEN_REPLY, "web page", lambda _: _PAGE),
    _everywhere("web page of a proxy", UNAVAILABLE, "Retry later", lambda _: _GATEWAY, 502),
)  # fmt: skip

CASES = (*FAULTS, *OPENAI, *ANTHROPIC, *GEMINI, *WATSONX, *OLLAMA, *IN_STREAM)
