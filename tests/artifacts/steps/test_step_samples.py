"""Every step on good files, on broken ones, and on what the blueprint itself built."""

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.artifacts.catalogue.built import SAMPLES as PROJECTS
from tests.artifacts.catalogue.built import applications, build
from tests.artifacts.checks.faulty import sample
from tests.artifacts.steps.rewritten import (
    FLASK,
    REWRITES,
    SAMPLES,
    counted,
    has_got_worse,
    one_file,
    put_in,
    rewritten,
    sample_files,
    text_after,
    was_refused,
)
from webapp.artifacts.base import Template
from webapp.artifacts.catalogue import KINDS
from webapp.artifacts.checks import compose
from webapp.artifacts.steps.rewriting import WORSE, Notes, kept

CASES = [(step, kind, name) for step, kind in REWRITES for kind_, name in SAMPLES if kind_ == kind]
# Their checks start no program, so that many examples are cheap.
FAST = [case for case in CASES if not KINDS[case[1]].uses_linter]
SLOW = [case for case in REWRITES if KINDS[case[1]].uses_linter]
KEYS = (
    *("image", "build", "ports", "securityContext", "resources", "limits", "requests", "memory"),
    *("security_opt", "cap_drop", "deploy", "volumes", "volumeMounts", "name", "containerPort"),
    *("labels", "annotations", "runAsUser", "capabilities", "add", "logging", "healthcheck", "<<"),
)
LEAVES: tuple[object, ...] = (
    *(None, True, 0, 80, 8000, "postgres:17", "8000:8000", "a", ""),
    *({}, []),
)
TREES = st.recursive(
    st.sampled_from(LEAVES),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=6)
    ),
    max_leaves=25,
)
PIECES = (
    "",
    "\n",
    "  ",
    "- ",
    ": ",
    "&a ",
    "*a",
    "<<: *a\n",
    "{",
    "}",
    "[",
    "]",
    "|",
    "'",
    '"',
    "#",
)
WORDS = (
    "null",
    "true",
    "0",
    "privileged: true\n",
    "image: postgres\n",
    "\r\n",
    "\t",
    "é",
    "\ufeff",
    "---\n",
)


@pytest.mark.parametrize(("step", "kind", "name"), CASES)
def test_a_good_file_stays_good_and_is_only_added_to(step: str, kind: str, name: str) -> None:
    before = sample_files(kind, name)
    template = rewritten(step, kind, before)
    after = template.files
    assert not was_refused(template)
    assert not has_got_worse(kind, before, after)
    if name != "cluster.k8s.yaml":  # its settings in braces are lengthened where they stand
        put_in(before[0].content, after[0].content)
    assert rewritten(step, kind, after).files == after


@pytest.mark.parametrize(("step", "kind"), REWRITES)
@pytest.mark.parametrize("project", PROJECTS)
def test_what_the_blueprint_built_stays_good(project: str, step: str, kind: str) -> None:
    for known in applications(project):
        targets = (None, *KINDS[kind].targets) if step == "harden" else (None,)
        for target in targets:
            before = build(kind, known, target=target).files
            template = rewritten(step, kind, before, known)
            after = template.files
            assert not was_refused(template)
            assert not has_got_worse(kind, before, after)
            assert counted(kind, after)[0] == 0
            assert rewritten(step, kind, after, known).files == after


@pytest.mark.parametrize(("step", "kind"), REWRITES)
def test_a_file_with_a_fault_stays_as_it_is_and_a_note_says_so(step: str, kind: str) -> None:
    text = "RUN make\n" if kind == "dockerfile" else "a: [\n"
    template = rewritten(step, kind, one_file(kind, text))
    assert template.files == tuple(one_file(kind, text))
    assert template.unknown


@pytest.mark.parametrize(("step", "kind", "name"), FAST)
@settings(max_examples=25, deadline=None)
@given(
    places=st.lists(
        st.tuples(st.floats(0, 1), st.integers(0, 40), st.sampled_from(PIECES + WORDS)), max_size=3
    )
)
def test_a_mutilated_file_never_gets_worse(
    step: str, kind: str, name: str, places: list[tuple[float, int, str]]
) -> None:
    text = sample(name)
    for share, length, piece in places:
        place = int(share * len(text))
        text = text[:place] + piece + text[place + length :]
    before = one_file(kind, text)
    after = rewritten(step, kind, before).files
    assert not has_got_worse(kind, before, after)
    assert rewritten(step, kind, after).files == after


@pytest.mark.parametrize(("step", "kind"), [case for case in REWRITES if case not in SLOW])
@settings(max_examples=60, deadline=None)
@given(tree=TREES)
def test_values_of_any_type_are_taken(step: str, kind: str, tree: object) -> None:
    outer = {"services": {"web": tree}} if kind == "compose" else _pod(tree)
    for text in (yaml.dump(outer, sort_keys=False), yaml.dump(outer, default_flow_style=True)):
        before = one_file(kind, text)
        after = rewritten(step, kind, before).files
        assert not has_got_worse(kind, before, after)
        assert rewritten(step, kind, after).files == after


def _pod(tree: object) -> object:
    """The same tree in two places, which the text says by an alias."""
    spec = {"containers": [{"name": "a", "image": "a:1"}, tree], "volumes": tree}
    template = {"metadata": tree, "spec": spec}
    names = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"}}
    return {**names, "spec": {"template": template, "selector": tree}}


@pytest.mark.parametrize(("step", "kind"), SLOW)
@settings(max_examples=10, deadline=None)
@given(text=st.text(max_size=200), place=st.integers(0, 400), piece=st.sampled_from(PIECES + WORDS))
def test_anything_at_all_is_taken(step: str, kind: str, text: str, place: int, piece: str) -> None:
    name = next(name for kind_, name in SAMPLES if kind_ == kind)
    whole = sample(name)
    for content in (text, f"{whole[:place]}{piece}{whole[place + 9 :]}", f"{whole}\n{text}"):
        before = one_file(kind, content)
        after = rewritten(step, kind, before).files
        assert rewritten(step, kind, after).files == after


@pytest.mark.parametrize(("step", "kind", "name"), CASES)
def test_lines_that_end_as_on_windows_still_do(step: str, kind: str, name: str) -> None:
    windows = sample(name).replace("\n", "\r\n")
    assert text_after(step, kind, windows) == text_after(step, kind, sample(name)).replace(
        "\n", "\r\n"
    )


def test_what_the_check_finds_more_in_is_not_given_out() -> None:
    before = one_file("compose", "services: {web: {build: .}}\n")
    worse = one_file("compose", "services: {web: {build: ., user: [1]}}\n")
    assert kept(compose.check, before, worse, Notes()) == Template(tuple(before), (WORSE,))
    assert kept(compose.check, worse, before, Notes()).files == tuple(before)


def test_names_share_a_sentence_and_there_are_at_most_fifty() -> None:
    template = rewritten("harden", "compose", sample_files("compose", "small.compose.yaml"))
    assert template.unknown[0].startswith("web, db: no-new-privileges")
    notes = Notes()
    for number in range(60):
        notes.left(f"{{names}} is {number}.", "a\nb")
    assert len(notes.written()) == 50
    assert notes.written()[0] == "a b is 0."


def test_files_of_other_formats_stay_as_they_are() -> None:
    others = [*one_file("compose", "services: {web: {build: .}}\n")]
    template = rewritten("harden", "kubernetes", others, FLASK)
    assert template.files == tuple(others)
