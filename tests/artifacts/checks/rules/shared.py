"""Pairs for the rules that files of many kinds share, seen through the check of one."""

from tests.artifacts.checks.rules.pair import Pair, texts
from webapp.artifacts.checks.compose import check
from webapp.artifacts.checks.yaml_source import MAX_BYTES

PATH = "compose.yaml"
GOOD = "services: {a: {image: 'a:1'}}\n"
ALIASES = "x-a: &a 1\nx-b: [" + "*a, " * 199


def lines(caught: str, spared: str) -> Pair:
    """A good file with a line more."""
    return texts(PATH, f"{GOOD}{caught}\n", f"{GOOD}{spared}\n")


CHECK = check
PAIRS = {
    "text/empty": texts(PATH, " \n\n", GOOD),
    "text/fence": lines("```", "# ```"),
    "text/prose": lines("Here is the rest:", "x-here: is the rest"),
    "text/answer": lines("--- FILE: compose.yaml ---", "x-file: compose.yaml"),
    "text/truncated": lines("# ... rest of the file unchanged", "# the rest follows"),
    "text/key": lines("x-key: AKIAABCDEFGHIJKLMNOP", "x-key: AKIAIOSFODNN7EXAMPLE"),
    "text/placeholder": lines("x-a: <your password>", "x-a: <password>"),
    "text/suppression": lines("# hadolint ignore=DL3008", "# hadolint says nothing here"),
    "yaml/too-large": lines("#" * MAX_BYTES, "#" * (MAX_BYTES - 100)),
    "yaml/too-deep": lines("x-a: " + "[" * 60 + "]" * 60, "x-a: " + "[" * 59 + "]" * 59),
    "yaml/too-many-aliases": lines(f"{ALIASES}*a, *a]", f"{ALIASES}*a]"),
    "yaml/too-heavy": lines(f"x-a: [{'1, ' * 50_000}]", f"x-a: [{'1, ' * 49_000}]"),
    "yaml/syntax": lines("x-a: b: c", "x-a: 'b: c'"),
    "yaml/tab": lines("x-a:\n\tb: 1", "x-a:\n  b: 'a\tb'"),
    "yaml/key": lines("x-a: {[b]: 1}", "x-a: {'[b]': 1}"),
    "yaml/duplicate-key": lines("x-a: 1\nx-a: 2", "x-a: 1\nx-A: 2"),
}
