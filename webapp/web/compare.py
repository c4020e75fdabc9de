"""`/compare`: two artifacts, answers or files of a project beside each other."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace

from flask import Blueprint, Response, make_response, render_template, request

from webapp.compare import compare
from webapp.domain.errors import SidesUnreadable
from webapp.store import sides
from webapp.web.context import store

# The values of each switch; the first is the usual one and not said in an address.
SWITCHES = {
    "view": ("auto", "unified", "split"),
    "focus": ("both", "a", "b"),
    "space": ("count", "ignore"),
    "form": ("written", "normal"),
}

bp = Blueprint("compare", __name__)


@dataclass(frozen=True, slots=True)
class Asked:
    """What an address asks for: two sides as they are written there, and how to show them."""

    a: str = ""
    b: str = ""
    view: str = "auto"
    focus: str = "both"
    space: str = "count"
    form: str = "written"

    @classmethod
    def of(cls, args: Mapping[str, str]) -> "Asked":
        """Read the query of an address; a switch with an unknown value is as usual."""
        switches = {
            name: value
            for name, values in SWITCHES.items()
            if (value := args.get(name, "")) in values
        }
        return cls(args.get("a", "").strip(), args.get("b", "").strip(), **switches)

    def query(self, **changes: str) -> dict[str, str]:
        """The query of this address with some changes; what is empty or usual is left out."""
        usual = asdict(Asked())
        asked = asdict(replace(self, **changes))
        return {name: value for name, value in asked.items() if value != usual[name]}

    @property
    def swapped(self) -> dict[str, str]:
        """The query with the sides the other way round."""
        focus = {"a": "b", "b": "a"}.get(self.focus, self.focus)
        return self.query(a=self.b, b=self.a, focus=focus)


@bp.get("/compare")
def show() -> str:
    """Two sides and what differs; `a` and `b` name them, and all switches are in the address."""
    asked = Asked.of(request.args)
    found = sides.read(store(), {key: text for key in "ab" if (text := getattr(asked, key))})
    a, b = found.get("a"), found.get("b")
    first = a or b
    comparison = None
    if a and b:
        comparison = compare(
            a.files,
            b.files,
            ignore_space=asked.space == "ignore",
            is_normal=asked.form == "normal",
        )
    return render_template(
        "pages/compare.html",
        asked=asked,
        switches=SWITCHES,
        sides=found,
        comparison=comparison,
        suggestions=sides.suggestions(store(), first) if first else sides.latest(store()),
        errors={},
    )


def refused(error: SidesUnreadable) -> Response:
    """The page with what was typed, and a sentence at each side that cannot be read."""
    response = make_response(
        render_template(
            "pages/compare.html",
            asked=Asked.of(request.args),
            switches=SWITCHES,
            sides={},
            comparison=None,
            suggestions=[],
            errors=error.errors,
        )
    )
    response.status_code = 404 if error.is_missing else 422
    return response
