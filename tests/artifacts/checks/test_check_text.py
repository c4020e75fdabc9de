import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.artifacts.checks.faulty import files, places
from webapp.artifacts.checks.images import why_unpinned
from webapp.artifacts.checks.literal_secrets import is_literal_secret
from webapp.artifacts.checks.text import leftovers
from webapp.domain.artifact import Severity

# What each tool takes as an order to look away.
SUPPRESSIONS = [
    "# hadolint ignore=DL3008",
    "# hadolint global ignore=DL3008",
    "# hadolint shell=powershell",
    "# check=skip=all",
    "# check=error=true;skip=StageNameCasing",
    "# shellcheck disable=all",
    "# shellcheck shell=bash disable=SC2086",
    "# actionlint:ignore cache-write-untrusted -- fine",
    "uses: a/b@v1 # zizmor: ignore[unpinned-uses]",
    "# checkov:skip=CKV_K8S_1",
    "checkov.io/skip1: CKV_K8S_1=fine",
    "#trivy:ignore:AVD-AWS-0107",
    "//tfsec:ignore:aws-s3-enable-versioning",
    "# tflint-ignore: terraform_unused_declarations",
    "// tflint-ignore-file: all",
    "/* tflint-ignore: all */",
    "- a # yamllint disable-line rule:braces",
    "# yamllint disable-file",
    "# kics-scan ignore-line",
    "# kics-scan disable=ffdf4b37-7703-4dfe-a682-9d2e99bc6c09",
    "a: b # nosemgrep: some.rule",
    "a: b # it is fine, nosem",
    "- name: Run # noqa no-changed-when",
    "# noqa: command-instead-of-module",
    "ignore-check.kube-linter.io/no-read-only-root-fs: fine",
    '"kube-linter.io/ignore-all": fine',
    "kube-score/ignore: container-image-tag",
    "# pint disable promql/series",
]
LEFT = [
    ("```yaml", "fence"),
    ("~~~", "fence"),
    ("--- FILE: compose.yaml ---", "answer"),
    ("Here is the manifest you asked for:", "prose"),
    ("Here’s the file.", "prose"),
    ("Certainly! This is it.", "prose"),
    ("This configuration uses two replicas.", "prose"),
    ("Note: change the password.", "prose"),
    ("**Explanation**", "prose"),
    ("To deploy this, run kubectl.", "prose"),
    ("# ... rest of the file unchanged", "truncated"),
    ("  # rest of the services omitted", "truncated"),
    ("... (continued)", "truncated"),
    ("[truncated]", "truncated"),
    ("key: AKIAABCDEFGHIJKLMNOP", "key"),
    ("token: ghp_" + "a1" * 18, "key"),
    ("-----BEGIN RSA PRIVATE KEY-----", "key"),
    ("password: <your password>", "placeholder"),
    ("password: CHANGE_ME", "placeholder"),
    ("# TODO: set this", "placeholder"),
    *((line, "suppression") for line in SUPPRESSIONS),
]
FINE = [
    "  ```",  # in a block of text
    "here: is a key",
    "note: a value",
    "description: This file is fine.",
    "# This block waits for the database.",
    "...",
    "args: [--rest, ...]",
    "key: AKIAIOSFODNN7EXAMPLE",
    "image: <none>",
    "# to do nothing is fine",
    "# the noqa of others is left alone, shellcheck too",
    "# shellcheck source=lib.sh",
    "# skip what hadolint cannot ignore",
    "checks: [skip]",
    "url: https://noqa.example.org",
    "if: a < b && c > d",
]


@pytest.mark.parametrize(("line", "rule"), LEFT)
def test_what_is_left_of_an_answer_is_found_on_its_line(line: str, rule: str) -> None:
    found = leftovers(files("a.yaml", f"a: 1\nb: 2\n{line}\nc: 3\n"))
    assert places(found) == [(f"text/{rule}", 3)]


@pytest.mark.parametrize("line", FINE)
def test_what_belongs_into_a_file_is_no_leftover(line: str) -> None:
    assert leftovers(files("a.yaml", f"a: 1\n{line}\nb: 2\n")) == []


@pytest.mark.parametrize(
    "text",
    [
        "cat <<EOF\nHere is how:\n```\n...and so on\nEOF\n",
        "cat <<-'END'\n\t\nYou can go.\n\tEND\n",
        "a = <<~EOT\nNote: see below.\n  EOT\n",
        "cat <<A\nYou can.\nA\ncat <<B\nYou can.\nB\n",
    ],
)
def test_a_program_may_print_sentences(text: str) -> None:
    assert leftovers(files("a.sh", text)) == []


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("cat <<EOF\na\nEOF\nYou can run it.\n", 4),
        ("cat <<EOF\na\nYou can run it.\n", 3),  # this one never ends
        ("a:\n  <<: *base\nNote: this\nbase\n", 3),
        ("echo $((1 << a))\nNote: this\n", 2),
    ],
)
def test_what_stands_beside_a_here_document_is_not_printed(text: str, line: int) -> None:
    assert places(leftovers(files("a.sh", text))) == [("text/prose", line)]


def test_many_here_documents_take_a_step_a_line() -> None:
    text = "cat <<EOF\n" * 100_000 + "Here is it.\n"
    assert places(leftovers(files("a.sh", text))) == [("text/prose", 100_001)]


def test_an_answer_as_json_is_found_at_its_start() -> None:
    assert places(leftovers(files("a.yaml", '{"files": [{"path": "a"}]}'))) == [("text/answer", 1)]


def test_an_empty_file_is_an_error() -> None:
    (found,) = leftovers(files("a.yaml", " \n\n"))
    assert (found.rule, found.line, found.severity) == ("text/empty", None, Severity.ERROR)


def test_in_markdown_all_of_it_may_belong() -> None:
    assert leftovers(files("README.md", "Here is how:\n```sh\nmake\n```\n")) == []


def test_one_thing_is_found_five_times_at_most() -> None:
    assert len(leftovers(files("a.yaml", "```\n" * 1000))) == 5


@pytest.mark.parametrize(
    "part", ["<your ", "# ... ", "-----BEGIN ", "CHANGE_", "sk-", "\nHere", "#\t"]
)
def test_repetition_is_looked_through_in_linear_time(part: str) -> None:
    assert len(leftovers(files("a.yaml", part * 60_000))) <= 40


@settings(max_examples=50, deadline=None)
@given(st.text())
def test_no_text_breaks_the_search(text: str) -> None:
    leftovers(files("a.yaml", text))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("POSTGRES_PASSWORD", "hunter2"),
        ("POSTGRES_PASSWORD", 1234),
        ("api-key", "abc"),
        ("app.secret", "abc"),
        ("token", "abc"),
        ("AWS_SECRET_ACCESS_KEY", "abc"),
        ("DATABASE_URL", "postgres://me:pw@db/shop"),
    ],
)
def test_a_secret_that_is_written_out_is_seen(name: str, value: object) -> None:
    assert is_literal_secret(name, value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("POSTGRES_PASSWORD", "${DB_PASSWORD}"),
        ("POSTGRES_PASSWORD", ""),
        ("POSTGRES_PASSWORD", None),
        ("POSTGRES_PASSWORD", "<fill in>"),
        ("PASSWORD_FILE", "/run/secrets/password"),
        ("SECRET_KEY", "/run/secrets/key"),
        ("ALLOW_EMPTY_PASSWORD", "yes"),
        ("ALLOW_EMPTY_PASSWORD", True),
        ("MAX_TOKENS", "4000"),
        ("DATABASE_URL", "postgres://db:5432/shop"),
        ("KEYBOARD", "qwerty"),
    ],
)
def test_what_only_refers_to_a_secret_or_is_none_is_not_taken_for_one(
    name: str, value: object
) -> None:
    assert not is_literal_secret(name, value)


@pytest.mark.parametrize("image", ["redis", "registry:5000/redis", "redis:latest"])
def test_an_image_that_may_change_is_unpinned(image: str) -> None:
    assert why_unpinned(image)


@pytest.mark.parametrize(
    "image", ["redis:7.4", "registry:5000/redis:7", "redis@sha256:0", "$IMAGE"]
)
def test_an_image_with_a_version_is_pinned(image: str) -> None:
    assert why_unpinned(image) is None
