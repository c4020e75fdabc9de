"""IBM's IAM: a key is exchanged for a token that is good for a while."""

import base64
import itertools
import json
import time
from collections.abc import Mapping, Sequence
from urllib.parse import parse_qs

from webapp.fake_provider.behaviour import Limits
from webapp.fake_provider.wire import Refusal, Request

IAM_PATH = "/identity/token"
_GRANT = "urn:ibm:params:oauth:grant-type:apikey"
_MAX_BYTES = 65_536
_FORM = "application/x-www-form-urlencoded"


class Tokens:
    """The tokens given out; times are in seconds since 1970."""

    def __init__(self) -> None:
        self.asked = 0
        self._ends: dict[str, float] = {}
        self._numbers = itertools.count(1)

    def give(self, now: float, lifetime_s: float) -> tuple[str, float]:
        """A new token, and when it ends."""
        end = now + lifetime_s
        claims = {"iat": int(now), "exp": int(end), "jti": next(self._numbers)}
        token = ".".join(map(_base64, ({"alg": "none"}, claims, {})))
        self._ends[token] = end
        return token, end

    def expire(self) -> None:
        """Let none of them be good any longer."""
        self._ends = dict.fromkeys(self._ends, 0.0)

    def check(self, token: str | None, now: float) -> None:
        """Raise Refusal unless a token is good."""
        end = None if token is None else self._ends.get(token)
        if end is None:
            sentence = "Failed to authenticate the request due to an invalid token."
            raise Refusal(401, sentence, code="authentication_token_not_valid")
        if end <= now:
            sentence = "Failed to authenticate the request due to an expired token."
            raise Refusal(401, sentence, code="authentication_token_expired")


class Iam:
    """`POST /identity/token`."""

    def __init__(self, tokens: Tokens, key: str | None, lifetime_s: float) -> None:
        self._tokens = tokens
        self._key = key
        self._lifetime_s = lifetime_s

    def check_key(self, request: Request, key: str | None) -> None:
        """The key stands in the form, not in a header."""

    def headers(self, number: int, limits: Limits | None) -> dict[str, str]:
        """The number of a request."""
        return {"transaction-id": f"req_{number:016x}"}

    def error(self, refusal: Refusal) -> object:
        """A code and a message, in words of their own."""
        message = str(refusal)
        return {"errorCode": refusal.code or "BXNIM0000E", "errorMessage": message, "context": {}}

    def error_headers(self, refusal: Refusal) -> Mapping[str, str]:
        """Those of the refusal."""
        return refusal.headers

    def page(self, request: Request, models: Sequence[str]) -> object:
        """A token for the key in a form."""
        if (request.method, request.path) != ("POST", IAM_PATH):
            return None
        self._tokens.asked += 1
        self._check_form(request)
        now = time.time()
        token, end = self._tokens.give(now, self._lifetime_s)
        return {
            "access_token": token,
            "refresh_token": "not_supported",
            "token_type": "Bearer",
            "expires_in": int(end - now),
            "expiration": int(end),
            "scope": "ibm openid",
        }

    def _check_form(self, request: Request) -> None:
        if not request.headers.get("content-type", "").startswith(_FORM):
            raise Refusal(415, f"The body must be {_FORM}.", code="BXNIM0102E")
        fields = parse_qs(request.content[:_MAX_BYTES].decode("utf-8", "replace"))
        if fields.get("grant_type") != [_GRANT]:
            raise Refusal(400, "Property missing or empty: grant_type", code="BXNIM0109E")
        key = fields.get("apikey", [""])[0]
        if not key or self._key not in (None, key):
            raise Refusal(400, "Provided API key could not be found.", code="BXNIM0415E")


def _base64(part: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=")
