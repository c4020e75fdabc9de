"""What a workflow trusts: actions that others can change, tokens, secrets, foreign branches."""

import re
from collections.abc import Iterator

from webapp.artifacts.checks import findings
from webapp.artifacts.checks.images import why_unpinned
from webapp.artifacts.checks.literal_secrets import is_literal_secret
from webapp.artifacts.checks.yaml_source import Document, YamlMap
from webapp.artifacts.checks.yaml_walk import mappings
from webapp.domain.artifact import Finding, Severity

SEVERITY = {
    "github-actions/branch": Severity.WARNING,
    "github-actions/unpinned-image": Severity.WARNING,
    "github-actions/literal-secret": Severity.WARNING,
    "github-actions/untrusted-checkout": Severity.WARNING,
    "github-actions/tag": Severity.NOTE,
    "github-actions/no-permissions": Severity.NOTE,
}
_BRANCHES = frozenset({"main", "master", "HEAD", "develop", "dev", "trunk", "latest", "nightly"})
_COMMIT = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_HEAD = re.compile(r"github\.(?:event\.pull_request\.head\b|head_ref\b)")


def advice(document: Document) -> Iterator[Finding]:
    """Risks of a workflow that actionlint finds no fault in."""
    every = list(mappings(document.value))
    yield from _uses(document.path, every)
    yield from _secrets(document.path, every)
    yield from _permissions(document)
    yield from _untrusted_checkout(document)


def _uses(path: str, every: list[YamlMap]) -> Iterator[Finding]:
    for mapping in every:
        uses = mapping.get("uses")
        # Those of the repository itself change with it.
        if isinstance(uses, str) and not uses.startswith(("./", "$/")) and "${{" not in uses:
            yield from _unpinned(path, mapping.lines["uses"], uses)


def _unpinned(path: str, line: int, uses: str) -> Iterator[Finding]:
    short = findings.shortened(uses)
    if uses.startswith("docker://"):
        if why := why_unpinned(uses.removeprefix("docker://")):
            message = f"The image of “{short}” {why}."
            yield findings.make(SEVERITY, "github-actions/unpinned-image", path, line, message)
        return
    ref = uses.rpartition("@")[2]
    if ref in _BRANCHES:
        message = f"“{short}” follows a branch, so it can be another program tomorrow."
        yield findings.make(SEVERITY, "github-actions/branch", path, line, message)
    elif not _COMMIT.fullmatch(ref):
        message = f"“{short}” names a tag, which its owner can move: a commit digest cannot be."
        yield findings.make(SEVERITY, "github-actions/tag", path, line, message)


def _secrets(path: str, every: list[YamlMap]) -> Iterator[Finding]:
    for mapping in every:
        for key in ("env", "with"):
            variables = mapping.get(key)
            if not isinstance(variables, YamlMap):
                continue
            for name, value in variables.items():
                if is_literal_secret(name, value):
                    message = (
                        f"The value of {findings.shortened(name)} is written out: "
                        "take it from “secrets”."
                    )
                    line = variables.lines[name]
                    rule = "github-actions/literal-secret"
                    yield findings.make(SEVERITY, rule, path, line, message)


def _permissions(document: Document) -> Iterator[Finding]:
    jobs = document.value.get("jobs")
    if "permissions" in document.value or not isinstance(jobs, YamlMap):
        return
    if not all(isinstance(job, YamlMap) and "permissions" in job for job in jobs.values()):
        message = "No permissions are set: the token may do whatever the repository's default is."
        rule, line = "github-actions/no-permissions", document.line
        yield findings.make(SEVERITY, rule, document.path, line, message)


def _untrusted_checkout(document: Document) -> Iterator[Finding]:
    triggers = document.value.get("on")
    if "pull_request_target" not in ([triggers] if isinstance(triggers, str) else triggers or ()):
        return
    for step in mappings(document.value.get("jobs")):
        options = step.get("with")
        is_checkout = str(step.get("uses")).startswith("actions/checkout@")
        if is_checkout and isinstance(options, YamlMap) and _HEAD.search(str(options.get("ref"))):
            message = (
                "This checks out the code of a stranger in a workflow that has this repository's "
                "secrets: use the pull_request trigger."
            )
            rule, line = "github-actions/untrusted-checkout", options.lines["ref"]
            yield findings.make(SEVERITY, rule, document.path, line, message)
