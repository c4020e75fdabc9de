"""Secrets in the files of a project: found by their form or by the name they are given."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache

from webapp.domain.project import Mask

# The detectors of detect-secrets that know a secret by its form, with what stands in each. Those
# that go by entropy take every hash for one, its keyword detector every setting, and three take
# quadratic time on a text made for it: ours are in their place.
_DETECTORS = {
    "aws.AWSKeyDetector": ("AKIA", "ASIA", "ABIA", "ACCA", "A3T", "aws"),
    "azure_storage_key.AzureStorageKeyDetector": ("AccountKey=",),
    "github_token.GitHubTokenDetector": ("ghp_", "gho_", "ghu_", "ghs_", "ghr_"),
    "gitlab_token.GitLabTokenDetector": ("glpat-", "gldt-", "glrt-", "GR1348941", "glcbt-"),
    "mailchimp.MailchimpDetector": ("-us",),
    "pypi_token.PypiTokenDetector": ("pypi-",),
    "sendgrid.SendGridDetector": ("SG.",),
    "slack.SlackDetector": ("xox", "hooks.slack"),
    "square_oauth.SquareOAuthDetector": ("sq0csp",),
    "stripe.StripeDetector": ("k_live_",),
    "telegram_token.TelegramBotTokenDetector": (":AA",),
}
_OWN = (
    ("Anthropic API key", ("sk-ant-",), re.compile(r"\bsk-ant-[A-Za-z0-9_-]{32,200}")),
    ("OpenAI API key", ("sk-",), re.compile(r"\bsk-(?:proj-)?[A-Za-z0-9_-]{32,200}")),
    ("Google API key", ("AIza",), re.compile(r"\bAIza[A-Za-z0-9_-]{35}")),
    ("GitHub token", ("github_pat_",), re.compile(r"\bgithub_pat_[A-Za-z0-9_]{60,100}")),
    (
        "Basic Auth Credentials",
        ("://",),
        re.compile(r"://([^:/\s@\"'<>]{0,100}):([^\s@/\"'<>]{1,200})@"),
    ),
    ("npm token", ("_authToken",), re.compile(r"_authToken\s{0,3}=\s{0,3}([A-Za-z0-9_-]{20,100})")),
    (
        "JSON Web Token",
        ("eyJ",),
        re.compile(r"(?<![\w-])eyJ[\w=-]{10,2000}\.[\w=-]{10,4000}(?:\.[\w=-]{0,2000})?"),
    ),
    ("Hugging Face token", ("hf_",), re.compile(r"\bhf_[A-Za-z0-9]{34}\b")),
)
_WORDS = ("password", "passwd", "pwd", "secret", "token", "key", "credential")
# A name that says that its value is secret, and the value: quoted, or bare to the end of its line.
_NAMED = re.compile(
    r"(?i)(?<![a-z])(?:[a-z0-9_.-]{0,40}[_.-])?"
    r"(?:password|passwd|pwd|secret|token|api[_-]?key|access[_-]?key|secret[_-]?key|credential)s?"
    r"[\"']?[ \t]{0,20}[:=]>?[ \t]{0,20}"
    r"(?:\"(?P<double>[^\"\n]{8,200})\"|'(?P<single>[^'\n]{8,200})'|(?P<bare>[^\s\"'#,;]{8,200})(?=\s|$))"
)
# What stands for a secret, or gets it from elsewhere.
_PLACEHOLDER = re.compile(
    r"(?i)[${}<>()\[\]*…]|%[sdw(]|\.\.\.|^(?:os|process|env|config|settings|self|this|secrets?)[.:]"
    r"|change|example|replace|placeholder|insert|dummy|sample|your|xxx|redacted|masked|not[_-]?set"
    r"|^(?:test|fake|local|dev)|^(?:true|false|none|null|undefined|required|optional)$|password$"
)
_LEAST_BARE = frozenset((".env", ".cfg", ".conf", ".ini", ".properties", ".toml", ".yaml", ".yml"))
MOST_FOUND = 200  # of one file
LEAST_CHARS = 16  # of a group that is the secret itself
MOST_LINE_CHARS = 2000  # of a line with a named secret


@dataclass(frozen=True, slots=True)
class _Span:
    """Where a secret stands in a text."""

    start: int
    end: int
    what: str


@dataclass(slots=True)
class Masker:
    """Takes the secrets out of the files of one project; the same one has the same mask everywhere.

    With `is_on` False they are only listed, and the texts stay as they are.
    """

    is_on: bool = True
    found: list[Mask] = field(default_factory=list)
    _names: dict[str, str] = field(default_factory=dict)

    def masked(self, path: str, text: str) -> str:
        """The text without its secrets, which are listed with their lines."""
        pieces, done = [], 0
        line, seen = 1, 0
        for span in _spans(path, text):
            line += text.count("\n", seen, span.start)
            seen = span.start
            name = self._name(text[span.start : span.end], span.what)
            self.found.append(Mask(path, line, span.what, name if self.is_on else None))
            pieces += [text[done : span.start], name]
            done = span.end
        return "".join([*pieces, text[done:]]) if self.is_on else text

    def _name(self, secret: str, what: str) -> str:
        if secret not in self._names:
            words = re.sub(r"[^A-Z0-9]+", "-", what.upper())
            self._names[secret] = f"MASKED-{words}-{len(self._names) + 1}"
        return self._names[secret]


def _spans(path: str, text: str) -> list[_Span]:
    """The secrets of a text in their order, none within another."""
    kept: list[_Span] = []
    for span in sorted(_found(path, text), key=lambda each: (each.start, -each.end)):
        if not kept or span.start >= kept[-1].end:
            kept.append(span)
    return kept[:MOST_FOUND]


def _found(path: str, text: str) -> Iterator[_Span]:
    for what, signs, pattern in _patterns():
        if not any(sign in text for sign in signs):
            continue
        for match in pattern.finditer(text):
            start, end = _secret_part(match)
            if not _is_placeholder(match[0], text[start:end]):
                yield _Span(start, end, what)
    allows_bare = any(path.endswith(ending) or ending in path for ending in _LEAST_BARE)
    for first, last in _named_lines(text):
        for match in _NAMED.finditer(text, first, last):
            group = match.lastgroup or "bare"
            if (group != "bare" or allows_bare) and _looks_secret(match[group]):
                yield _Span(*match.span(group), "Named secret")


def _secret_part(match: re.Match[str]) -> tuple[int, int]:
    """Where in a match the secret itself stands: its last group, if that is more than a prefix."""
    last = match.re.groups
    is_secret = last and match[last] and (last > 1 or len(match[last]) >= LEAST_CHARS)
    return match.span(last) if is_secret else match.span()


def _named_lines(text: str) -> set[tuple[int, int]]:
    """Where the lines begin and end that may name a secret: few, and quickly found."""
    lowered, lines = text.lower(), set()
    for word in _WORDS if len(lowered) == len(text) else ():
        at = lowered.find(word)
        while at >= 0:
            end = text.find("\n", at)
            end = len(text) if end < 0 else end
            first = text.rfind("\n", 0, at) + 1
            lines.add((first, min(end, first + MOST_LINE_CHARS)))
            at = lowered.find(word, end)
    return lines


@cache
def _patterns() -> tuple[tuple[str, tuple[str, ...], re.Pattern[str]], ...]:
    # Imported here: it takes 0.4 s, and only whoever takes a project in needs it.
    from importlib import import_module

    found: list[tuple[str, tuple[str, ...], re.Pattern[str]]] = [*_OWN]
    for name, signs in _DETECTORS.items():
        module, _, detector = name.partition(".")
        plugin = getattr(import_module(f"detect_secrets.plugins.{module}"), detector)()
        found += ((plugin.secret_type, signs, pattern) for pattern in plugin.denylist)
    return tuple(found)


def _is_placeholder(whole: str, secret: str) -> bool:
    user = re.match(r"://([^:]{0,100}):", whole)
    return bool(_PLACEHOLDER.search(secret)) or (user is not None and user[1] == secret)


def _looks_secret(value: str) -> bool:
    """Whether a value is one that somebody chose to be hard to guess."""
    if _PLACEHOLDER.search(value) or "://" in value:
        return False
    has_letter, has_digit = re.search("[A-Za-z]", value), re.search("[0-9]", value)
    return bool(has_letter and has_digit)
