"""The normal form of YAML, JSON and HCL: the same meaning, in one order and one layout."""

import json

import pytest
import tree_sitter
import tree_sitter_hcl
import yaml
from hypothesis import given
from hypothesis import strategies as st

from tests.compare.shown import one, shown
from webapp.compare.align import Steps
from webapp.compare.normal_hcl import normal_hcl
from webapp.compare.normal_json import normal_json
from webapp.compare.normal_yaml import normal_yaml
from webapp.settings import ROOT

PLENTY = 10**6
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text("ab:#-'\"\n |>0123é\t", max_size=12),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text("abc: ", max_size=4), inner, max_size=4)
    ),
    max_leaves=12,
)
SAME = {
    "a.yaml": (
        "# a comment\nb: 'x'\na: [1, 2]  # another\nc: &c {k: v}\nd: *c\n",
        "a:\n- 1\n- 2\nd: {k: v}\nc: {k: v}\nb: x\n",
    ),
    "a.json": ('{"b": 1, "a": [{"d": 2, "c": 3}]}', '{"a":[{"c":3,"d":2}],"b":1}\n'),
    "a.tf": (
        '# why\nresource "x" "y" {\n  b = [1,\n    2] // two\n  a   = var.x+1\n}\nlocals {}\n',
        'locals {\n}\n\nresource "x" "y" {\n  a = var.x + 1\n  b = [1, 2,]\n}\n',
    ),
    "a.tfvars": ("a = { c = 1, b : 2 }\n", "a = {\n  b = 2\n  c = 1\n}\n"),
}
OTHER = {
    "a.yaml": ("port: 8080\n", "port: '8080'\n"),
    "b.yaml": ("on: yes\n", "on: 'yes'\n"),
    "c.yaml": ("a: !Ref b\n", "a: b\n"),
    "d.yaml": ("a: 1\n---\nb: 2\n", "a: 1\nb: 2\n"),
    "a.json": ("[1, 2]", "[2, 1]"),
    "b.json": ("[1]", '["1"]'),
    "a.tf": ('a = "x # y"\n', 'a = "x"\n'),
    "b.tf": ("a {\n  b = 1\n}\na {\n  b = 2\n}\n", "a {\n  b = 2\n}\na {\n  b = 1\n}\n"),
    "c.tf": ("a = [1, 2]\n", "a = [2, 1]\n"),
    "d.tf": ("a = (1 + 2) * 3\n", "a = 1 + 2 * 3\n"),
    "e.tf": ("a = <<EOT\nx\nEOT\n", "a = <<EOT\n x\nEOT\n"),
}


@pytest.mark.parametrize("path", SAME)
def test_layout_order_and_comments_make_no_difference(path: str) -> None:
    old, new = SAME[path]
    assert one(old, new, path).files
    assert one(old, new, path, is_normal=True).files == ()


@pytest.mark.parametrize("path", OTHER)
def test_what_means_something_else_stays_different(path: str) -> None:
    (file,) = one(*OTHER[path], path, is_normal=True).files
    assert file.hunks
    assert file.notes == ()


@given(VALUES)
def test_a_normal_form_of_yaml_says_the_same(value: object) -> None:
    written = normal_yaml(yaml.safe_dump(value, allow_unicode=True), Steps(PLENTY))
    assert yaml.safe_load(written) == value
    assert normal_yaml(written, Steps(PLENTY)) == written


@given(VALUES)
def test_a_normal_form_of_json_says_the_same(value: object) -> None:
    assert json.loads(normal_json(json.dumps(value), Steps(PLENTY))) == value


TERRAFORM = {
    file["path"]: file["content"]
    for file in json.loads((ROOT / "docs/story/repaired.json").read_text())["files"]
    if file["path"].endswith(".tf")
}
PARSER = tree_sitter.Parser(tree_sitter.Language(tree_sitter_hcl.language()))


def leaves(text: str) -> list[str]:
    """Every word and mark of a file but for comments and what may be left out, in no order."""
    rest, found = [PARSER.parse(text.encode()).root_node], []
    while rest:
        node = rest.pop()
        if not node.children and node.type != "comment" and node.text:
            found.append(node.text.decode().strip())
        rest += node.children
    return sorted(word for word in found if word not in (",", "", ":", "="))


@pytest.mark.parametrize("path", TERRAFORM)
def test_a_normal_form_of_hcl_keeps_every_word(path: str) -> None:
    written = normal_hcl(TERRAFORM[path], Steps(PLENTY))
    assert leaves(written) == leaves(TERRAFORM[path])
    assert normal_hcl(written, Steps(PLENTY)) == written


@pytest.mark.parametrize(
    ("path", "old", "why"),
    [
        ("a.txt", "x\n", "only YAML, JSON and HCL have a normal form."),
        ("a.yaml", "a: [1\n", "a.yaml cannot be read as YAML (line 2: did not find expected"),
        ("a.yaml", "a: \x01\n", "a.yaml cannot be read as YAML (it holds control characters)."),
        ("a.yaml", "{{ if .x }}\na: 1\n", "a.yaml cannot be read as YAML (line "),
        ("a.json", '{"a": 1,}\n', "a.json cannot be read as JSON (line 1: "),
        ("a.json", '{"a": 1, "a": 2}\n', "a.json cannot be read as JSON (a key is given twice)."),
        ("a.json", "1e999\n", "a.json cannot be read as JSON (a number is too large)."),
        ("a.tf", "b = 1\na = ]\n", "a.tf cannot be read as HCL (line 2: it does not follow the"),
    ],
)
def test_what_has_no_normal_form_is_compared_as_it_stands(path: str, old: str, why: str) -> None:
    found = one(old, "", path, is_normal=True)
    assert found.files[0].notes[0].startswith(f"Compared as written: {why}")
    assert shown(found)[1:] == [f"-{line}" for line in old.splitlines()]
