"""From a request to its reply."""

import itertools
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from webapp.fake_provider.answers import answer_for, repair_round
from webapp.fake_provider.behaviour import Behaviour
from webapp.fake_provider.counters import Call, Counters
from webapp.fake_provider.dialect import Dialect, Prompt, Site
from webapp.fake_provider.directives import (
    NOTHING,
    BadDirective,
    Directive,
    read_directives,
    settle,
)
from webapp.fake_provider.gate import Gate, ordered
from webapp.fake_provider.iam import Tokens
from webapp.fake_provider.plan import Plan
from webapp.fake_provider.sites import OPENAI, Sites
from webapp.fake_provider.wire import Refusal, Reply, Request, whole

ANY_MODEL = ("fake-model",)


@dataclass(frozen=True, slots=True)
class Exact:
    """A reply ordered as it is to be; without a body it is an error in the usual form."""

    status: int
    body: object
    headers: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Ordered:
    """A reply ordered by its fault, by the text of its answer, or as usual."""

    directive: Directive = NOTHING
    text: str | None = None


class Provider:
    """Answers requests at once; when the answer is to be sent stands in the reply."""

    def __init__(
        self, behaviour: Behaviour, record: Callable[[Request], None] | None = None
    ) -> None:
        self.counters = Counters()
        self.tokens = Tokens()
        self.orders: deque[Exact | Ordered] = deque()
        self._record = record
        self._numbers = itertools.count(1)
        self.behave(behaviour)

    def behave(self, behaviour: Behaviour) -> None:
        """Go by these options from now on."""
        self._behaviour = behaviour
        self._gate = Gate(behaviour)
        self._sites = Sites(self.tokens, behaviour)

    def counted(self) -> dict[str, Any]:
        """What the counters say, and how many tokens IAM was asked for."""
        return self.counters.view() | {"tokens": self.tokens.asked}

    def reset(self) -> None:
        """Forget all counts and orders; tokens stay good."""
        self.counters.reset()
        self.tokens.asked = 0
        self.orders.clear()

    def reply(self, request: Request) -> Reply:
        """What a request gets; `counters.end` has to be told when that is over."""
        if request.path.startswith("/fake/"):
            return self._about(request)
        if self._record is not None:
            self._record(request)
        dialect = self._sites.called(request)
        if dialect is None:
            return self._page(self._sites.at(request), request)
        call = self.counters.arrive(request)
        order = self._next_order(is_call=True)
        try:
            if isinstance(order, Exact):
                reply = self._exact(dialect, order)
            else:
                reply = self._answer(dialect, request, call, order)
        except Refusal as refusal:
            reply = self._refused(dialect, refusal)
        reply.call = call
        return reply

    def _next_order(self, *, is_call: bool) -> Exact | Ordered:
        # A health check must not take away what is ordered for a call.
        if self.orders and (is_call or isinstance(self.orders[0], Exact)):
            return self.orders.popleft()
        return Ordered()

    def complain(self, refusal: Refusal) -> Reply:
        """What something gets that is no request."""
        return self._refused(OPENAI, refusal)

    def _about(self, request: Request) -> Reply:
        match request.method, request.path:
            case "GET", "/fake/counters":
                return whole(200, self.counted())
            case "GET", "/fake/calls":
                return whole(200, self.counters.recent())
            case "POST", "/fake/reset":
                self.reset()
                return whole(200, {})
            case "POST", "/fake/expire-tokens":
                self.tokens.expire()
                return whole(200, {})
        return whole(404, {"error": f"There is no {request.method} {request.path}."})

    def _exact(self, site: Site, order: Exact) -> Reply:
        body = order.body
        if body is None:
            body = site.error(Refusal(order.status, f"This {order.status} was ordered."))
        return whole(order.status, body, self._headers(site) | dict(order.headers))

    def _refused(self, site: Site, refusal: Refusal) -> Reply:
        headers = self._headers(site) | dict(site.error_headers(refusal))
        reply = whole(refusal.status, site.error(refusal), headers)
        reply.retry_after_s = refusal.wait_s
        return reply

    def _page(self, site: Site, request: Request) -> Reply:
        order = self._next_order(is_call=False)
        if isinstance(order, Exact):
            return self._exact(site, order)
        try:
            site.check_key(request, self._behaviour.key)
            page = site.page(request, self._behaviour.models or ANY_MODEL)
        except Refusal as refusal:
            return self._refused(site, refusal)
        if page is None:
            sentence = f"Unknown request URL: {request.method} {request.path}."
            return self._refused(site, Refusal(404, sentence))
        return whole(200, page, self._headers(site))

    def _answer(self, dialect: Dialect, request: Request, call: Call, order: Ordered) -> Reply:
        dialect.check_key(request, self._behaviour.key)
        self._gate.check_room(self.counters.in_flight)
        prompt = dialect.read(request)
        self._check_model(dialect, prompt.model)
        directives = _directives(request, prompt)
        self.counters.admit(call)
        plan = self._plan(prompt, call, [order.directive, *directives], order.text)
        if plan.directive.status:
            reply = self._refused(dialect, ordered(plan.directive))
            reply.first_s = plan.latency_s
            return reply
        return plan.reply(dialect, prompt, self._headers(dialect))

    def _plan(
        self, prompt: Prompt, call: Call, directives: Sequence[Directive], text: str | None
    ) -> Plan:
        behaviour = self._behaviour
        drawn, latency_s = behaviour.chance(call.digest, call.times)
        directive = settle([*directives, drawn], call.times)
        if text is None:
            told = behaviour.text(repair_round(prompt.text))
            text = answer_for(prompt.text) if told is None else told
        if directive.latency_s is not None:
            latency_s = directive.latency_s
        return Plan(text, directive, latency_s, directive.pace or behaviour.pace)

    def _check_model(self, dialect: Dialect, model: str) -> None:
        known = self._behaviour.models
        if known and dialect.full_name(model) not in map(dialect.full_name, known):
            raise dialect.unknown_model(model)

    def _headers(self, site: Site) -> dict[str, str]:
        return site.headers(next(self._numbers), self._gate.limits())


def _directives(request: Request, prompt: Prompt) -> list[Directive]:
    if b"[[fake:" not in request.content:
        return []
    try:
        return read_directives(prompt.text)
    except BadDirective as error:
        raise Refusal(400, str(error)) from None
