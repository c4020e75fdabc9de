import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.artifacts.checks.faulty import errors, faulty, line_of, places
from webapp.artifacts.checks.kustomize import check
from webapp.domain.artifact import ArtifactFile, Finding

BASE = "kustomize/base"
STAGING = "kustomize/overlays/staging"
GOOD = {
    f"{BASE}/kustomization.yaml": """\
apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
namePrefix: my-
resources:
  - deployment.yaml
configMapGenerator:
  - name: settings
    literals: [LEVEL=info]
    envs: [settings.env]
secretGenerator:
  - name: keys
    envs: [keys.env]
""",
    f"{BASE}/deployment.yaml": """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: shop}
spec:
  selector: {matchLabels: {app: shop}}
  template:
    metadata: {labels: {app: shop}}
    spec:
      securityContext: {runAsNonRoot: true}
      containers:
        - name: app
          image: registry.local:5000/shop
          resources: {requests: {cpu: 100m, memory: 64Mi}}
          env:
            - name: LEVEL
              valueFrom: {configMapKeyRef: {name: settings, key: LEVEL}}
            - name: COLOUR
              valueFrom: {configMapKeyRef: {name: settings, key: COLOUR}}
""",
    f"{BASE}/settings.env": "# settings\nCOLOUR=red\n",
    f"{BASE}/keys.env": "KEY=$KEY\n",
    f"{STAGING}/kustomization.yaml": """\
apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
resources:
  - ../../base
labels:
  - pairs: {environment: staging}
images:
  - name: registry.local:5000/shop
    newTag: 1.4.2
replicas:
  - name: my-shop
    count: 1
patches:
  - path: memory.yaml
  - target: {kind: Deployment, name: shop}
    patch: |-
      - op: replace
        path: /spec/revisionHistoryLimit
        value: 2
  - target: {kind: Deployment|StatefulSet}
    patch: |-
      kind: Deployment
      metadata: {name: any}
""",
    f"{STAGING}/memory.yaml": """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: shop}
spec:
  template:
    spec:
      containers:
        - name: app
          $patch: merge
          resources: {limits: {memory: 64Mi}}
""",
}
LAYER, OVERLAY = f"{BASE}/kustomization.yaml", f"{STAGING}/kustomization.yaml"
MEMORY, DEPLOYMENT = f"{STAGING}/memory.yaml", f"{BASE}/deployment.yaml"

# In which file what is replaced, by what, and where which rule sees it.
REFUSED = [
    (OVERLAY, "v1beta1", "v1", "kind", "apiVersion"),
    (OVERLAY, "kind: Kustomization", "kind: Overlay", "kind", "kind: Overlay"),
    (OVERLAY, "replicas:", "replica:", "unknown-field", "replica:"),
    (OVERLAY, "newTag:", "tag:", "unknown-field", "tag:"),
    (OVERLAY, "{kind: Deployment, n", "{kinds: Deployment, n", "unknown-field", "kinds"),
    (OVERLAY, "  - path: memory.yaml", "  - memory.yaml", "wrong-type", "- memory"),
    (OVERLAY, "count: 1", "count: one", "wrong-type", "count"),
    (OVERLAY, "newTag: 1.4.2", "newTag: 1.4", "wrong-type", "newTag"),
    (OVERLAY, "    count: 1\n", "", "missing-field", "- name: my-shop"),
    (OVERLAY, "- path: memory.yaml", "- target: {}", "missing-field", "target: {}"),
    (LAYER, "- name: settings\n    l", "- l", "missing-field", "- literals"),
    (OVERLAY, "path: memory.yaml", "path: cpu.yaml", "missing-file", "cpu.yaml"),
    (OVERLAY, "path: memory.yaml", "path: /memory.yaml", "missing-file", "/memory.yaml"),
    (LAYER, "[settings.env]", "[other.env]", "missing-file", "other.env"),
    (OVERLAY, "../../base\n", "../../bases\n", "missing-file", "../../bases"),
    (OVERLAY, "- ../../base\n", "- ../../base/kustomization.yaml\n", "not-a-layer", "../../b"),
    (OVERLAY, "- ../../base\n", "- ../../base/deployment.yaml\n", "outside-folder", "../../b"),
    (
        LAYER,
        "- deployment.yaml",
        "- deployment.yaml\n  - ./deployment.yaml",
        "duplicate-resource",
        "./deployment.yaml",
    ),
    (LAYER, "- deployment.yaml", "- deployment.yaml\n  - ../overlays/staging", "cycle", ""),
    (LAYER, "- deployment.yaml", "- deployment.yaml\n  - ../base", "cycle", "../base"),
    (MEMORY, "name: shop", "name: shops", "patch-target", "apiVersion"),
    (MEMORY, "kind: Deployment", "kind: StatefulSet", "patch-target", "apiVersion"),
    (MEMORY, "metadata: {name: shop}\n", "", "patch-target", "apiVersion"),
    (OVERLAY, "name: shop}", "name: other}", "patch-target", "name: other"),
    (OVERLAY, "target: {kind: Deployment, name: shop}\n    ", "", "patch-target", "- patch: |-"),
    (MEMORY, "spec:\n  template", "spec: {\n  template", "patch-syntax", "apiVersion"),
    (OVERLAY, "op: replace", "op: change", "patch-syntax", "name: shop}\n    patch"),
    (OVERLAY, "path: /spec", "path: spec", "patch-syntax", "name: shop}\n    patch"),
    (OVERLAY, "        value: 2\n", "", "patch-syntax", "name: shop}\n    patch"),
    (MEMORY, "resources: {limits:", "resource: {limits:", "patch-field", "resource:"),
    (
        MEMORY,
        "containers:\n        - name: app",
        "containers:\n          name: app",
        "patch-field",
        "containers",
    ),
    (OVERLAY, "name: my-shop", "name: your-shop", "unknown-replicas", "your-shop"),
]
REMARKED = [
    (OVERLAY, "resources:\n", "bases:\n", "deprecated-field", "bases"),
    (OVERLAY, "newTag: 1.4.2", "newTag: latest", "unpinned-image", "latest"),
    (LAYER, "[LEVEL=info]", "[LEVEL=info, API_TOKEN=abc]", "literal-secret", "API_TOKEN"),
    (OVERLAY, "  - path: memory.yaml\n", "", "unused-file", ""),
    (
        OVERLAY,
        "- ../../base\n",
        "- ../../base\n  - github.com/a/b?ref=v1\n",
        "remote-resource",
        "github",
    ),
    (LAYER, "[keys.env]", "[other.env]", "missing-secret-file", "other.env"),
    (OVERLAY, "- name: registry.local:5000/shop", "- name: shop", "unused-image", "- name: shop"),
]


def answer(**changed: str) -> list[ArtifactFile]:
    return [ArtifactFile(path, text) for path, text in (GOOD | changed).items()]


def check_changed(path: str, old: str, new: str) -> tuple[list[Finding], str]:
    text = faulty(GOOD[path], old, new)
    return check(answer(**{path: text})), text


def line(text: str, mark: str) -> int | None:
    """The line of the last words of the mark."""
    if not mark:
        return None
    return line_of(text, mark) + mark.count("\n")


def test_a_good_base_with_its_overlay_has_no_findings() -> None:
    assert check(answer()) == []


@pytest.mark.parametrize(("path", "old", "new", "rule", "mark"), REFUSED)
def test_what_cannot_be_built_is_an_error_on_its_line(
    path: str, old: str, new: str, rule: str, mark: str
) -> None:
    found, text = check_changed(path, old, new)
    there = [(one.path, one.rule) for one in errors(found)]
    if mark:
        assert (f"kustomize/{rule}", line(text, mark)) in places(errors(found))
        assert (path, f"kustomize/{rule}") in there
    assert f"kustomize/{rule}" in [rule for _, rule in there]


@pytest.mark.parametrize(("path", "old", "new", "rule", "mark"), REMARKED)
def test_a_risk_is_remarked_on_its_line(
    path: str, old: str, new: str, rule: str, mark: str
) -> None:
    found, text = check_changed(path, old, new)
    assert (f"kustomize/{rule}", line(text, mark)) in places(found)
    assert not errors(found)


def test_manifests_are_checked_as_kubernetes_takes_them() -> None:
    found, text = check_changed(DEPLOYMENT, "matchLabels: {app: shop}", "matchLabels: {app: x}")
    assert places(errors(found)) == [("kubernetes/selector", line_of(text, "selector"))]


def test_a_key_that_no_generator_makes_is_an_error() -> None:
    found, _ = check_changed(DEPLOYMENT, "key: COLOUR", "key: SIZE")
    assert [one.rule for one in errors(found)] == ["kubernetes/missing-key"]


def test_an_image_needs_a_version_unless_each_overlay_sets_one() -> None:
    found, text = check_changed(OVERLAY, "    newTag: 1.4.2\n", "    newName: shop\n")
    expected = ("kubernetes/unpinned-image", line_of(GOOD[DEPLOYMENT], "image:"))
    assert places(found) == [expected]
    other = {
        f"kustomize/overlays/live/{name}": GOOD[f"{STAGING}/{name}"]
        for name in ("kustomization.yaml", "memory.yaml")
    }
    assert check(answer(**other)) == []
    assert places(check(answer(**other, **{OVERLAY: text}))) == [expected]


def test_two_overlays_may_have_the_same_object() -> None:
    service = (
        "apiVersion: v1\nkind: Service\nmetadata: {name: shop}\n"
        "spec: {selector: {app: shop}, ports: [{port: 80}]}\n"
    )
    layer = GOOD[OVERLAY].replace("- ../../base", "- ../../base\n  - service.yaml")
    both = {
        OVERLAY: layer,
        f"{STAGING}/service.yaml": service,
        "kustomize/overlays/live/kustomization.yaml": layer,
        "kustomize/overlays/live/memory.yaml": GOOD[MEMORY],
        "kustomize/overlays/live/service.yaml": service,
    }
    assert check(answer(**both)) == []
    twice = {DEPLOYMENT: f"{GOOD[DEPLOYMENT]}---\n{service}"}
    assert "kubernetes/duplicate" in [one.rule for one in errors(check(answer(**both, **twice)))]


def test_old_fields_are_understood_as_well() -> None:
    old = GOOD[OVERLAY].replace("patches:\n  - path: memory.yaml\n", "patches:\n")
    old += "patchesStrategicMerge:\n  - memory.yaml\n"
    assert [one.rule for one in check(answer(**{OVERLAY: old}))] == ["kustomize/deprecated-field"]
    wrong = {OVERLAY: old, MEMORY: GOOD[MEMORY].replace("name: shop", "name: x")}
    assert [one.rule for one in errors(check(answer(**wrong)))] == ["kustomize/patch-target"]


def test_a_component_changes_what_it_is_put_into() -> None:
    component = {
        OVERLAY: GOOD[OVERLAY] + "components:\n  - ../../debug\n",
        "kustomize/debug/kustomization.yaml": (
            "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\n"
            "patches:\n  - path: memory.yaml\n"
        ),
        "kustomize/debug/memory.yaml": GOOD[MEMORY],
    }
    assert check(answer(**component)) == []


@pytest.mark.parametrize(
    ("files", "rule"),
    [
        ([ArtifactFile("a.yaml", "a: 1\n")], "kustomize/no-file"),
        ([ArtifactFile(LAYER, "- a\n")], "kustomize/one-document"),
        ([ArtifactFile(LAYER, "kind: Kustomization\n")], "kustomize/no-resources"),
        (
            [ArtifactFile(f"a{n}/kustomization.yaml", "resources: [a]\n") for n in range(21)],
            "kustomize/too-many-layers",
        ),
    ],
)
def test_what_is_no_kustomization_is_an_error(files: list[ArtifactFile], rule: str) -> None:
    assert rule in [one.rule for one in errors(check(files))]


def test_layers_that_build_very_much_together_are_not_checked() -> None:
    data = "".join(f"  k{n}: {'v' * 50}\n" for n in range(2_000))
    large = f"apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: a}}\ndata:\n{data}"
    files = [ArtifactFile("b/kustomization.yaml", "resources: [a.yaml]\n")]
    files += [ArtifactFile("b/a.yaml", large)]
    few = [ArtifactFile(f"o{n}/kustomization.yaml", "resources: [../b]\n") for n in range(5)]
    many = [ArtifactFile(f"o{n}/kustomization.yaml", "resources: [../b]\n") for n in range(19)]
    assert check([*files, *few]) == []
    assert places(check([*files, *many])) == [("kustomize/too-large", None)]
    text = GOOD[OVERLAY].replace("patches:\n", "patches:\n" + "  - path: memory.yaml\n" * 900)
    assert places(check(answer(**{OVERLAY: text}))) == [("kustomize/too-large", None)]


@pytest.mark.parametrize(
    "text",
    [
        "resources: [" + "a, " * 40_000 + "a]",
        "patches: [" + "{path: a}, " * 12_000 + "{path: a}]",
        "resources: [" + "../" * 100_000 + "]",
        "images: [" + "{names: a}, " * 12_000 + "{}]",
        "patches: [{target: {name: '" + "(a+)+" * 50_000 + "'}, patch: 'a: 1'}]",
    ],
    ids=["many", "patches", "long path", "unknown", "expression"],
)
def test_a_hostile_kustomization_is_looked_through_in_linear_time(text: str) -> None:
    assert 0 < len(check(answer(**{LAYER: text}))) <= 300


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_no_change_to_good_files_breaks_the_check(data: st.DataObject) -> None:
    path = data.draw(st.sampled_from([LAYER, OVERLAY, MEMORY, DEPLOYMENT]))
    lines = GOOD[path].split("\n")
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(lines) - 1))
        key = lines[at].partition(":")[0]
        new = data.draw(st.sampled_from(["", "{}", "[]", "[{}]", "1", ".nan", "~", "a: 1", "'*'"]))
        lines[at] = data.draw(st.sampled_from([f"{key}: {new}", new, lines[at] + new]))
    check(answer(**{path: "\n".join(lines)}))
