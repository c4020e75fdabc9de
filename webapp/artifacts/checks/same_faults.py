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
    "ansible-lint/yaml": frozenset({"ansible/unquoted-mode"}),
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

_OPEN = frozenset({"terraform/open-to-all"})
_HOST = frozenset({"kubernetes/host-namespace"})
_NO_RESOURCES = frozenset({"kubernetes/no-resources"})
# What tools of the extra say where a workflow, task or object begins, and the rules that know the
# line within it.
_SAME_OBJECT = {
    "ansible-lint/command-instead-of-module": frozenset(
        {"ansible/command-instead-of-module", "ansible/pipe-to-shell"}
    ),
    "ansible-lint/fqcn": frozenset({"ansible/short-name"}),
    "ansible-lint/no-changed-when": frozenset({"ansible/always-changed"}),
    "ansible-lint/no-jinja-when": frozenset({"ansible/braces-in-condition"}),
    **dict.fromkeys(
        ("checkov/CKV_ANSIBLE_1", "checkov/CKV_ANSIBLE_2"), frozenset({"ansible/certificates"})
    ),
    "checkov/CKV_DOCKER_3": frozenset({"dockerfile/root"}),
    "checkov/CKV_DOCKER_7": frozenset({"hadolint/DL3007"}),
    "checkov/CKV_DOCKER_8": frozenset({"dockerfile/root"}),
    "checkov/CKV_K8S_9": frozenset({"kubernetes/no-probe"}),
    **dict.fromkeys((f"checkov/CKV_K8S_{n}" for n in (10, 11, 12, 13)), _NO_RESOURCES),
    "checkov/CKV_K8S_14": frozenset({"kubernetes/unpinned-image"}),
    "checkov/CKV_K8S_16": frozenset({"kubernetes/privileged"}),
    **dict.fromkeys((f"checkov/CKV_K8S_{n}" for n in (17, 18, 19)), _HOST),
    "checkov/CKV_K8S_23": frozenset({"kubernetes/runs-as-root", "kubernetes/may-run-as-root"}),
    "checkov/CKV_K8S_27": frozenset({"kubernetes/docker-socket"}),
    "checkov/CKV_K8S_39": frozenset({"kubernetes/capabilities"}),
    "checkov/CKV_K8S_49": frozenset({"kubernetes/wildcard-role"}),
    **dict.fromkeys((f"checkov/CKV_AWS_{n}" for n in (24, 25)), _OPEN),
    **dict.fromkeys((f"checkov/CKV_AZURE_{n}" for n in (9, 10)), _OPEN),
    **dict.fromkeys((f"checkov/CKV_GCP_{n}" for n in (2, 3)), _OPEN),
    "checkov/CKV_TF_2": frozenset({"terraform/unpinned-module"}),
    "zizmor/dangerous-triggers": frozenset({"github-actions/untrusted-checkout"}),
}


def told_once(found: Collection[Finding]) -> Iterator[Finding]:
    """The findings without those that another one, not less severe, tells better."""
    by_place: defaultdict[tuple[str, int | None], list[Finding]] = defaultdict(list)
    for finding in found:
        by_place[finding.path, finding.line].append(finding)
    of_objects = set(_of_objects(found))
    for finding in found:
        if finding in of_objects:
            continue
        beside = by_place[finding.path, finding.line]
        of_file = by_place.get((finding.path, None), [])
        if not any(_says_more(other, finding) for other in (*beside, *of_file)):
            yield finding


def _of_objects(found: Collection[Finding]) -> Iterator[Finding]:
    """Advice on an object that a finding within it, so on or below its line, tells better."""
    advice = [finding for finding in found if finding.rule in _SAME_OBJECT]
    for other in found if advice else ():
        above = [each for each in advice if _advises(each, other)]
        nearest = max((each.line or 0 for each in above), default=0)
        yield from (each for each in above if (each.line or 0) == nearest)


def _advises(advice: Finding, other: Finding) -> bool:
    is_above = advice.path == other.path and (advice.line or 0) <= (other.line or 0)
    is_known = other.rule in _SAME_OBJECT[advice.rule]
    return is_above and is_known and _WEIGHT[other.severity] >= _WEIGHT[advice.severity]


def _says_more(other: Finding, finding: Finding) -> bool:
    if _WEIGHT[other.severity] < _WEIGHT[finding.severity]:
        return False
    if other.rule in _SAME_LINE.get(finding.rule, ()):
        return True
    is_of_field = other.message.split(" ", 1)[0] == finding.message.split(" ", 1)[0]
    return is_of_field and other.rule in _SAME_FIELD.get(finding.rule, ())
