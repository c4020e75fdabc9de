import json
import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.artifacts.checks.faulty import errors, faulty, files, places, sample
from webapp.artifacts.checks.kubernetes import check
from webapp.domain.artifact import ArtifactFile, Severity

WEB = sample("web.k8s.yaml")
POD = """\
apiVersion: v1
kind: Pod
metadata: {name: once}
spec:
  securityContext: {runAsNonRoot: true}
  containers:
    - name: once
      image: busybox:1.37
      resources: {limits: {memory: 8Mi}}
"""


@pytest.mark.parametrize("name", ["web.k8s.yaml", "shop.k8s.yaml", "cluster.k8s.yaml"])
def test_good_manifests_have_only_notes(name: str) -> None:
    found = check(files("k8s/all.yaml", sample(name)))
    assert {finding.severity for finding in found} <= {Severity.NOTE}
    assert {finding.rule for finding in found} <= {
        "kubernetes/missing-secret",
        "kubernetes/not-checked",
    }


def test_the_objects_of_several_files_belong_together() -> None:
    parts = enumerate(WEB.split("---\n"))
    assert check([ArtifactFile(f"k8s/{number}.yml", text) for number, text in parts]) == []


def test_manifests_may_be_json() -> None:
    spec = {"containers": [{"name": "a", "image": "a:1"}]}
    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a"}, "spec": spec}
    found = check(files("pod.json", json.dumps(pod, indent=2)))
    assert found
    assert not errors(found)


def test_an_answer_without_manifests_is_an_error() -> None:
    found = check(files("README.txt", "kubectl apply -f k8s"))
    assert places(found) == [("kubernetes/no-file", None), ("kubernetes/not-checked", None)]


def test_a_file_without_objects_is_an_error() -> None:
    assert places(check(files("a.yaml", "# soon\n---\n"))) == [("kubernetes/no-object", None)]


def test_a_secret_that_many_variables_come_from_is_missing_once() -> None:
    env = "".join(
        f"        - name: {name}\n"
        f"          valueFrom: {{secretKeyRef: {{name: {secret}, key: k}}}}\n"
        for name, secret in (("A", "one"), ("B", "one"), ("C", "two"))
    )
    pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec:\n  containers:\n"
    found = check(files("a.yaml", f"{pod}    - name: a\n      image: a:1\n      env:\n{env}"))
    lines = [one.line for one in found if one.rule == "kubernetes/missing-secret"]
    assert lines == [10, 14]


def test_objects_of_a_list_are_checked_on_their_own_lines() -> None:
    text = """\
apiVersion: v1
kind: List
items:
  - apiVersion: v1
    kind: ConfigMap
    metadata: {name: a}
    dta: {}
"""
    assert places(check(files("a.yaml", text))) == [("kubernetes/unknown-field", 7)]


def test_an_unknown_field_is_told_with_the_version_of_the_schemas() -> None:
    (found,) = errors(
        check(files("a.yaml", POD.replace("  containers:", "  newField: 1\n  containers:")))
    )
    assert found.message == "“newField” is not a field of spec in Kubernetes 1.31."


@pytest.mark.parametrize(
    ("api_version", "kind"),
    [
        ("cert-manager.io/v1", "Certificate"),
        ("gateway.networking.k8s.io/v1", "Gateway"),
        ("serving.knative.dev/v1", "Service"),
        ("kustomize.config.k8s.io/v1beta1", "Kustomization"),
    ],
)
def test_types_that_somebody_adds_are_not_checked_and_no_fault(api_version: str, kind: str) -> None:
    text = f"apiVersion: {api_version}\nkind: {kind}\nmetadata: {{name: a}}\nspec: {{ports: 1}}\n"
    (found,) = check(files("a.yaml", text))
    assert (found.rule, found.severity) == ("kubernetes/not-checked", Severity.NOTE)


def test_a_file_for_kustomize_needs_no_name() -> None:
    text = "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources: [a.yaml]\n"
    assert places(check(files("kustomization.yaml", text))) == [("kubernetes/not-checked", 1)]


@pytest.mark.parametrize("line", ["  template:", "          ports:", "            - name:"])
def test_a_manifest_cut_off_before_a_value_is_an_error(line: str) -> None:
    text = WEB[: WEB.index(f"\n{line}") + 1]
    cut = f"{text}{line}\n\n# the end\n"
    found = errors(check(files("a.yaml", cut)))
    assert places(found) == [("kubernetes/cut-off", text.count("\n") + 1)]


def test_what_kubectl_prints_as_empty_is_no_remark() -> None:
    text = POD.replace("{name: once}", "{name: once, creationTimestamp: null}") + "status: {}\n"
    assert check(files("a.yaml", text)) == []


def test_a_name_that_the_cluster_makes_may_stand_twice() -> None:
    text = POD.replace("name: once}", "generateName: once-}")
    assert check(files("a.yaml", f"{text}---\n{text}")) == []


def test_an_object_described_twice_is_an_error() -> None:
    found = errors(check(files("a.yaml", f"{POD}---\n{POD}")))
    assert places(found) == [("kubernetes/duplicate", POD.count("\n") + 4)]


def test_the_same_name_in_another_namespace_is_another_object() -> None:
    text = POD.replace("name: once}", "name: once, namespace: other}")
    assert check(files("a.yaml", f"{text}---\n{POD}")) == []


HOSTILE = {
    "objects": (f"{POD}---\n" * 201, "kubernetes/too-many-objects"),
    "fields": (POD + "".join(f"field{n}: 1\n" for n in range(20_000)), "kubernetes/unknown-field"),
    "labels": (
        POD.replace(
            "once}", "once, labels: {" + ", ".join(f"l{n}: a!" for n in range(9000)) + "}}"
        ),
        "kubernetes/wrong-value",
    ),
    "name": (
        POD.replace("{name: once}", "{name: " + "a-" * 60_000 + "}"),
        "kubernetes/wrong-value",
    ),
    "base64": (
        "apiVersion: v1\nkind: Secret\nmetadata: {name: a}\ndata: {a: '" + "A " * 90_000 + "!'}\n",
        "kubernetes/wrong-value",
    ),
    "schedule": (
        faulty(WEB, "*/15 2-4", "1-1/1," * 30_000 + " " * 30_000),
        "kubernetes/wrong-value",
    ),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_what_is_too_much_is_refused_in_few_findings(name: str) -> None:
    text, rule = HOSTILE[name]
    found = check(files("a.yaml", text))
    assert {finding.rule for finding in errors(found)} == {rule}
    assert len(found) <= 30
    assert all(len(finding.message) < 400 for finding in found)


def test_findings_are_the_same_in_every_process() -> None:
    program = (
        "import sys; from webapp.artifacts.checks.kubernetes import check; "
        "from webapp.domain.artifact import ArtifactFile; "
        "print(check([ArtifactFile('a.yaml', sys.stdin.read())]))"
    )
    text, _ = HOSTILE["labels"]
    said = {
        subprocess.run(
            [sys.executable, "-c", program],
            input=text.encode(),
            env={"PYTHONHASHSEED": seed},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(said) == 1


@settings(max_examples=50, deadline=None)
@given(st.text())
def test_no_text_breaks_the_check(text: str) -> None:
    check(files("a.yaml", text))
