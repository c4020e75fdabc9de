"""What is read out of artifacts, however odd they are."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.artifacts.catalogue.built import build, sample
from webapp.artifacts.catalogue import KINDS
from webapp.artifacts.consistency import Part, disagreements
from webapp.artifacts.honoured import honoured
from webapp.artifacts.statements import MOST_EACH, Topic, read_statements
from webapp.domain.artifact import ArtifactFile

KNOWN = sample("flask-shop")
BUILT = [kind.name for kind in KINDS.values() if kind.blueprint]
ODD = [
    "kind: [a]\napiVersion: {b: c}\nspec: 1\n",
    "apiVersion: v1\nkind: Pod\nspec: {containers: [1, {image: [x], env: [a], ports: [{}]}]}\n",
    "apiVersion: v1\nkind: Job\nspec: {template: {spec: {containers: [{}], securityContext: 1}}}\n",
    "services: {a: {image: [1], ports: [{target: {}}], environment: [1], healthcheck: 1}}\n",
    "services: [a]\n",
    "image: [python:3.12]\njobs: {a: {steps: [{with: {python-version: [3.12]}}]}}\n",
    "FROM\nUSER\nEXPOSE\nCMD [\nCOPY\nENV\nHEALTHCHECK\n",
    "FROM a\nCMD " + "[" * 5000 + "\n",
    "[Service]\nExecStart=\nUser=\nEnvironment==\n",
    "receivers: {prometheus: {config: {scrape_configs: [{static_configs: [{targets: [[1]]}]}]}}}\n",
    "a: &a [*a]\n",
    "\x00\ufeff\ud800",
]


@pytest.mark.parametrize("text", ODD)
@pytest.mark.parametrize("kind", BUILT)
def test_nothing_odd_is_a_fault_of_ours(kind: str, text: str) -> None:
    path = KINDS[kind].expected[0].replace("*", "a")
    files = [ArtifactFile(path, text)]
    read_statements(kind, files)
    honoured(kind, files, KNOWN)
    disagreements({"a": Part(kind, files), "b": Part("compose", build("compose", KNOWN).files)})


@pytest.mark.parametrize("kind", BUILT)
@settings(max_examples=15, deadline=None)
@given(data=st.data())
def test_a_damaged_file_says_less_and_never_fails(kind: str, data: st.DataObject) -> None:
    files = [
        ArtifactFile(file.path, _damaged(file.content, data)) for file in build(kind, KNOWN).files
    ]
    honoured(kind, files, KNOWN)
    said = read_statements(kind, files)
    assert all(len(each) <= MOST_EACH for each in said.values())


def _damaged(text: str, data: st.DataObject) -> str:
    start, end = sorted(data.draw(st.tuples(*[st.integers(0, len(text))] * 2)))
    put_in = data.draw(st.sampled_from(["", ":", "[", "{", "- ", "\n", "'", "&a ", "*a", "\t"]))
    return text[:start] + put_in + text[end:]


def test_what_is_said_too_often_is_cut() -> None:
    text = "FROM a\n" + "".join(f"EXPOSE {number}\n" for number in range(1, 1000))
    said = read_statements("dockerfile", [ArtifactFile("Dockerfile", text)])
    assert len(said[Topic.PORT]) == MOST_EACH
