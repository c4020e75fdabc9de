"""Faults that two sources tell of: which of the two findings says more.

The tables are from experience: faulty files of each kind were checked, and what stood twice on a
line was looked at. Neighbours on a line that are two faults are left alone.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator

from webapp.domain.artifact import Finding, Severity

_WEIGHT = {Severity.NOTE: 0, Severity.WARNING: 1, Severity.ERROR: 2}
_SECRETS = frozenset(
    f"{kind}/literal-secret"
    for kind in (
        *("ansible", "compose", "dockerfile", "github-actions", "gitlab-ci", "helm", "kubernetes"),
        *("otel-collector", "shell", "terraform"),
    )
)
# The rule that says less, and those that say more of the same on the same line, or of the file.
_SAME_LINE: dict[str, frozenset[str]] = {
    "hadolint/DL3061": frozenset({"dockerfile/no-from"}),
    "hadolint/DL3066": frozenset({"dockerfile/root"}),  # “USER root” is no number, and worse
    "actionlint/disallow-suppressions": frozenset({"text/suppression"}),
    # Where a secret is to be filled in, the better advice is to take it from elsewhere.
    "text/placeholder": _SECRETS,
    # “<your image>” has no tag because it is no image yet.
    **dict.fromkeys(
        (
            *("ansible/unpinned-image", "compose/unpinned-image", "gitlab-ci/unpinned-image"),
            *("github-actions/unpinned-image", "helm/unpinned-image", "kubernetes/unpinned-image"),
        ),
        frozenset({"text/placeholder"}),
    ),
    "grafana-dashboard/missing-field": frozenset({"grafana-dashboard/wrong-type"}),
    "prometheus-rules/missing-field": frozenset(
        {"prometheus-rules/unknown-field", "prometheus-rules/wrong-type"}
    ),
    # ShellCheck tells of one error of syntax up to four times, the general ones being these.
    "shellcheck/SC1009": frozenset({"shellcheck/SC1073"}),
    "shellcheck/SC1042": frozenset({"shellcheck/SC1041"}),
    "shellcheck/SC1072": frozenset(f"shellcheck/SC{n}" for n in (1047, 1048, 1056, 1062)),
    "shellcheck/SC1073": frozenset(
        f"shellcheck/SC{n}" for n in (1041, 1044, 1046, 1061, 1078, 1080)
    ),
    "shellcheck/SC1079": frozenset({"shellcheck/SC1078"}),
}
# The same, where both sentences also begin with the same field.
_SAME_FIELD = {
    "kubernetes/wrong-type": frozenset({"kubernetes/wrong-value"}),  # it lists what is allowed
    "gitlab-ci/wrong-value": frozenset({"gitlab-ci/wrong-type"}),
}


def told_once(found: Collection[Finding]) -> Iterator[Finding]:
    """The findings without those that another one, not less severe, tells better."""
    by_place: defaultdict[tuple[str, int | None], list[Finding]] = defaultdict(list)
    for finding in found:
        by_place[finding.path, finding.line].append(finding)
    for finding in found:
        beside = by_place[finding.path, finding.line]
        of_file = by_place.get((finding.path, None), [])
        if not any(_says_more(other, finding) for other in (*beside, *of_file)):
            yield finding


def _says_more(other: Finding, finding: Finding) -> bool:
    if _WEIGHT[other.severity] < _WEIGHT[finding.severity]:
        return False
    if other.rule in _SAME_LINE.get(finding.rule, ()):
        return True
    is_of_field = other.message.split(" ", 1)[0] == finding.message.split(" ", 1)[0]
    return is_of_field and other.rule in _SAME_FIELD.get(finding.rule, ())
