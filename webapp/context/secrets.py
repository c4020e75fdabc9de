"""Secrets in the files of a project: each is replaced by a mask before anything is stored."""

import re
from dataclasses import dataclass, field

from webapp.context.secret_forms import by_form
from webapp.context.secret_names import by_name
from webapp.domain.project import Mask

MOST_FOUND = 200  # of one file: one with more is no source
MOST_SPREAD = 100  # secrets of a project that are looked for wherever else they stand
LEAST_SPREAD_CHARS = 10  # of such a one: shorter ones are words as well
PRIVATE_KEY = re.compile(
    r"-----BEGIN [A-Z0-9 ]{0,30}PRIVATE KEY(?: BLOCK)?-----|PuTTY-User-Key-File-[23]"
)


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
    _kinds: dict[str, str] = field(default_factory=dict)  # what each secret is

    def masked(self, path: str, text: str) -> str | None:
        """The text without its secrets, which are listed with their lines.

        None for a file with more than 200 of them.
        """
        spans = _spans(path, text)
        if len(spans) > MOST_FOUND:
            return None
        return self._replaced(path, text, spans)

    def masked_again(self, path: str, text: str) -> str:
        """The text without the secrets of other files, which nothing shows to be some in this one.

        A password that a manifest names is one in the README, too.
        """
        if not self.is_on:
            return text
        spans = [
            _Span(match.start(), match.end(), self._kinds[secret])
            for secret in self._spread()
            if secret in text
            for match in re.finditer(re.escape(secret), text)
        ]
        return self._replaced(path, text, _apart(spans)) if spans else text

    def _spread(self) -> list[str]:
        long = [each for each in self._names if len(each) >= LEAST_SPREAD_CHARS]
        return long[:MOST_SPREAD]

    def _replaced(self, path: str, text: str, spans: list[_Span]) -> str:
        pieces, done = [], 0
        line, seen = 1, 0
        for span in spans:
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
            self._kinds[secret] = what
        return self._names[secret]


def _spans(path: str, text: str) -> list[_Span]:
    """The secrets of a text in their order, none within another."""
    return _apart([_Span(*each) for each in (*by_form(text), *by_name(path, text))])


def _apart(spans: list[_Span]) -> list[_Span]:
    kept: list[_Span] = []
    for span in sorted(spans, key=lambda each: (each.start, -each.end)):
        if not kept or span.start >= kept[-1].end:
            kept.append(span)
    return kept
