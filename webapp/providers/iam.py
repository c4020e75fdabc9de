"""IBM's IAM, which gives a token for a key: `POST {iam_url}`, a form."""

import asyncio
import random
import re
from dataclasses import dataclass, replace
from urllib.parse import quote_plus

import httpx

from webapp.domain.endpoint import Endpoint, Wire
from webapp.providers.base import ErrorKind, ProviderError
from webapp.providers.transport import Call, Client, Dialect, Rule, Whole
from webapp.providers.transport.tolerant import as_count, as_text
from webapp.providers.transport.troubles import NO_BEGIN, NOT_JSON, before_answer

GRANT_TYPE = "urn:ibm:params:oauth:grant-type:apikey"
USUAL_LIFE_S = 3600
EARLY_S = 900.0  # how long before its end a token is renewed, at most a third of its life
LATE_S = 5.0  # a token this near its end may not arrive in time
AGAIN_S = 30.0  # until a renewal that failed is tried again, while the old token holds

DIALECT = Dialect(
    frames=Whole,
    key_header=None,
    rules=(
        Rule(
            re.compile(r"^[^:]*BXNIM0415E"),
            ErrorKind.BAD_KEY,
            "{name} does not know the key ({status}): set {key_setting} to a valid key, then "
            "retry.",
        ),
    ),
)


@dataclass(frozen=True, slots=True)
class _Token:
    """A token; both times are those of the event loop, for the clock here may be wrong."""

    text: str
    renew_at: float
    expires_at: float


class Tokens:
    """The tokens of one key: bought once for all who wait, and ahead of the end of the last."""

    def __init__(self, endpoint: Endpoint, transport: httpx.AsyncBaseTransport) -> None:
        seller = replace(
            endpoint,
            name=f"{endpoint.name} IAM",
            base_url=endpoint.wire.iam_url or "",
            url_setting="the IAM URL",
            wire=Wire(),  # its extra headers are for the endpoint alone
        )
        form = {"content-type": "application/x-www-form-urlencoded"}
        self._client = Client(seller, DIALECT, transport, form)
        self._key = endpoint.key or ""
        self._token: _Token | None = None
        self._purchase: asyncio.Task[_Token] | None = None

    async def get(self, call: Call) -> str:
        """A token that holds, within the deadlines of a call; raises ProviderError."""
        token, now = self._token, asyncio.get_running_loop().time()
        if token is not None and now < token.renew_at:
            return token.text
        purchase = self._buying(call)
        if token is not None and now < token.expires_at:
            return token.text
        try:
            # Shielded, for others wait for it too.
            bought = asyncio.shield(purchase)
            return (await call.step(bought, call.first_byte_s, NO_BEGIN, before_answer)).text
        except ProviderError as error:
            error.is_unsent = True
            raise

    def drop(self, token: str) -> None:
        """Forget a token that was refused, unless there is a newer one already."""
        if self._token is not None and self._token.text == token:
            self._token = None

    def _buying(self, call: Call) -> asyncio.Task[_Token]:
        if self._purchase is None:
            self._purchase = asyncio.create_task(self._buy(call))
            self._purchase.add_done_callback(self._end)
        return self._purchase

    def _end(self, purchase: asyncio.Task[_Token]) -> None:
        self._purchase = None
        if purchase.cancelled():
            return
        if purchase.exception() is None:  # looked at: else it is logged when nobody waits
            self._token = purchase.result()
        elif self._token is not None:
            later = asyncio.get_running_loop().time() + AGAIN_S
            renew_at = min(later, self._token.expires_at)
            self._token = replace(self._token, renew_at=renew_at)

    async def _buy(self, waiting: Call) -> _Token:
        call = self._client.errand(waiting.deadlines)
        call.secrets.add(quote_plus(self._key))
        start = asyncio.get_running_loop().time()
        form = {"grant_type": GRANT_TYPE, "apikey": self._key}
        answer = await self._client.post_form(call, form)
        text, life_s = as_text(answer.get("access_token")), as_count(answer.get("expires_in"))
        if not text:
            raise call.error(ErrorKind.BROKEN_REPLY, NOT_JSON)
        life_s = USUAL_LIFE_S if life_s is None else life_s
        # Not all runners at once.
        early_s = min(EARLY_S, life_s / 3) * random.uniform(1.0, 1.2)  # noqa: S311 - no secret
        late_s = min(LATE_S, life_s / 10)
        return _Token(text, start + life_s - early_s, start + life_s - late_s)
