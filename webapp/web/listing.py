"""What a page of a batch shows: filter, order, view and page, all of it in the address."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, TypeVar
from urllib.parse import parse_qsl, urlencode

from flask import abort
from werkzeug.datastructures import MultiDict

from webapp.domain.batch import JobStatus, Reason
from webapp.domain.listing import ALL, JobFilter, Sort, SortKey, Window
from webapp.domain.views import BatchView

PAGE = 100  # rows on a page
MOST_VALUES = 50  # of one filter
LONGEST_TEXT = 200
_LARGEST_FIRST = frozenset({SortKey.TIME, SortKey.TOKENS, SortKey.COST, SortKey.FINDINGS})
Args = MultiDict[str, str]
_E = TypeVar("_E", bound=StrEnum)


@dataclass(frozen=True, slots=True)
class Chip:
    """A part of a filter in words, and the filter without it."""

    words: str
    without: "View"


@dataclass(frozen=True, slots=True)
class View:
    """One page of a batch; without a `sort` it is in the order that suits how the batch stands."""

    which: JobFilter = ALL
    sort: Sort | None = None
    is_matrix: bool = False
    is_differing: bool = False  # of a matrix only the artifacts in which the models differ
    is_dense: bool = False
    page: int = 1

    @classmethod
    def parse(cls, args: Args) -> "View":
        """Read the part of an address behind the question mark.

        Aborts with 400 where it names what there is not, and with 404 at a page that is no number.
        """
        return cls(
            which=_filter(args),
            sort=_sort(args["sort"]) if args.get("sort") else None,
            is_matrix=args.get("view") == "matrix",
            is_differing=args.get("rows") == "differing",
            is_dense=args.get("density") == "dense",
            page=page_number(args.get("page", "1")),
        )

    @classmethod
    def of_query(cls, query: str) -> "View":
        """Read what `query` wrote."""
        return cls.parse(MultiDict(parse_qsl(query)))

    def but(self, **changes: Any) -> "View":
        """The same with other values, at the first page unless another is named."""
        return replace(self, **{"page": 1} | changes)

    def filtered(self, **changes: Any) -> "View":
        """The same with another filter, at its first page."""
        return self.but(which=replace(self.which, **changes))

    @property
    def fields(self) -> list[tuple[str, str]]:
        """What the address says, by name; a form keeps it in hidden fields."""
        return [(name, value) for name, value in self._fields() if value]

    def _fields(self) -> Iterable[tuple[str, str]]:
        which = self.which
        yield from (("status", ",".join(which.statuses)), ("reason", ",".join(which.reasons)))
        yield from (("kind", kind) for kind in which.kinds)
        yield from (("model", model) for model in which.models)
        yield "text", which.text
        yield "stale", "yes" if which.is_stale else ""
        yield "chosen", "yes" if which.is_chosen else ""
        yield "sort", str(self.sort or "")
        yield "view", "matrix" if self.is_matrix else ""
        yield "rows", "differing" if self.is_matrix and self.is_differing else ""
        yield "density", "dense" if self.is_dense else ""
        yield "page", str(self.page) if self.page > 1 else ""

    @property
    def query(self) -> str:
        """The same as text, without the question mark."""
        return urlencode(self.fields, safe=",:@")

    def at(self, batch_id: str) -> str:
        """The address of this page of a batch."""
        query = self.query
        return f"/batches/{batch_id}?{query}" if query else f"/batches/{batch_id}"

    def order(self, batch: BatchView) -> Sort:
        """The order asked for; else, once some have failed and all stand still, those first."""
        has_failed = batch.counts[JobStatus.FAILED] or batch.counts[JobStatus.PARKED]
        usual = SortKey.STATUS if has_failed and batch.is_finished else SortKey.SEQ
        return self.sort or Sort(usual)

    def sorted_by(self, key: str, batch: BatchView) -> "View":
        """The same in an order; where it has that order already, the other way round."""
        now = self.order(batch)
        is_descending = not now.is_descending if now.key == key else key in _LARGEST_FIRST
        return self.but(sort=Sort(SortKey(key), is_descending))

    def chips(self) -> list[Chip]:
        """The parts of the filter, each with the page that lacks it."""
        which = self.which
        found = [
            *(self._chip("status", "statuses", each) for each in which.statuses),
            *(self._chip("reason", "reasons", each) for each in which.reasons),
            *(self._chip("kind", "kinds", each) for each in which.kinds),
            *(self._chip("model", "models", each) for each in which.models),
        ]
        if which.text:
            found.append(Chip(f"“{which.text}”", self.filtered(text="")))
        if which.is_stale:
            found.append(Chip("stale", self.filtered(is_stale=False)))
        if which.is_chosen:
            found.append(Chip("chosen", self.filtered(is_chosen=False)))
        return found

    def _chip(self, name: str, field: str, value: str) -> Chip:
        others = tuple(each for each in getattr(self.which, field) if each != value)
        return Chip(f"{name}: {value}", self.filtered(**{field: others}))


def page_number(text: str) -> int:
    """A page counted from 1; aborts with 404 where the text is no such number."""
    if not (text.isdecimal() and 1 <= len(text) <= 6 and int(text)):
        abort(404)
    return int(text)


def parse_window(text: str, most: int = PAGE) -> Window:
    """Read `101-200`, or `17,44`, or `-` for no row; aborts with 400 where it is nothing of it."""
    if text == "-":
        return Window.of(())
    first, dash, last = text.partition("-")
    if dash and first.isdecimal() and last.isdecimal() and len(text) < 20:
        window = Window(int(first), int(last))
        if 1 <= window.first <= window.last < window.first + most:
            return window
    numbers = text.split(",")
    if all(each.isdecimal() and len(each) < 10 for each in numbers) and len(numbers) <= most:
        return Window.of(tuple(map(int, numbers)))
    abort(400, "The address names no rows such as 1-100 or 17,44.")


def with_qualifiers(args: Args) -> View | None:
    """The view that somebody asked for in words: `status:failed kind:compose some text`.

    None where nothing was written into the field.
    """
    written = args.get("q", "").strip()
    if not written:
        return None
    asked = MultiDict(args)
    asked.pop("q")
    asked.pop("page", None)
    rest = []
    for word in written[:LONGEST_TEXT].split():
        name, colon, value = word.partition(":")
        if colon and value and name in ("status", "reason", "kind", "model", "stale", "chosen"):
            asked.add(name, value)
        else:
            rest.append(word)
    if rest:
        asked.setlist("text", [" ".join(rest)])
    return View.parse(asked)


def _filter(args: Args) -> JobFilter:
    return JobFilter(
        statuses=_known(JobStatus, _values(args, "status"), "status"),
        reasons=_known(Reason, _values(args, "reason"), "reason"),
        kinds=_values(args, "kind"),
        models=tuple(dict.fromkeys(args.getlist("model")))[:MOST_VALUES],
        text=args.get("text", "").strip()[:LONGEST_TEXT],
        is_stale=bool(args.get("stale")),
        is_chosen=bool(args.get("chosen")),
    )


def _values(args: Args, name: str) -> tuple[str, ...]:
    """What is named, each once; commas stand between several values, and so do several fields."""
    found = (value.strip() for text in args.getlist(name) for value in text.split(","))
    return tuple(dict.fromkeys(value for value in found if value))[:MOST_VALUES]


def _known(among: type[_E], values: Sequence[str], name: str) -> tuple[_E, ...]:
    try:
        return tuple(among(value) for value in values)
    except ValueError:
        abort(400, f"There is no such {name}; there are {', '.join(among)}.")


def _sort(text: str) -> Sort:
    (key,) = _known(SortKey, [text.removeprefix("-")], "order")
    return Sort(key, text.startswith("-"))
