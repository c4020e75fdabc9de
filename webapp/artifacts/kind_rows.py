"""How the files of each kind are recognised, and handed to its check: a row for each kind.

No kind is imported. A new kind is one row of the table.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto

_KINDS = re.compile(r"^kind:[ \t]*[\"']?(\w{1,80})", re.MULTILINE)
_IMAGES = re.compile(r"^[ \t]+(?:image|build|extends)[ \t]*:", re.MULTILINE)
_SCRIPT = re.compile(r"^[ \t]+(?:script|trigger)[ \t]*:", re.MULTILINE)
_RULES = re.compile(r"^[ \t]+(?:-[ \t]+)?rules[ \t]*:", re.MULTILINE)
_PIPELINES = re.compile(r"^[ \t]+pipelines[ \t]*:", re.MULTILINE)
_LIST = re.compile(r"(?:\s|#[^\n]*\n|---[^\n]*\n)*+-[ \t]")
_PLAY = re.compile(r"^(?:-|[ \t])[ \t]*(?:hosts|(?:[\w.]{1,60}\.)?import_playbook):", re.MULTILINE)
_BLOCK = re.compile(
    r"^(?:terraform|provider|resource|variable|module|output|data|locals)\b[^\n{=]*\{", re.MULTILINE
)
_FROM = re.compile(r"^FROM[ \t]+\S", re.MULTILINE)
_COLLECTOR_IMAGE = re.compile(r"image:[^\n]{0,200}opentelemetry-collector")
_UNIT = re.compile(r"^\[(?:Unit|Service)\][ \t]*$", re.MULTILINE)
_SHEBANG = re.compile(
    r"#![ \t]*(?:/\S{1,200}/)?(?:env[ \t]+(?:-S[ \t]+)?)?(?:ba|da|a)?sh(?:[ \t\r\n]|$)"
)


@dataclass(frozen=True, slots=True)
class Content:
    """A text, and the keys that stand at the start of its lines."""

    text: str
    keys: frozenset[str]


class Around(Enum):
    """What a file cannot be judged without."""

    NOTHING = auto()
    FOLDER = auto()  # the files beside it
    TREE = auto()  # all below its folder


@dataclass(frozen=True, slots=True)
class Row:
    """How the files of one kind are recognised, and how they are handed to its check.

    `name` decides alone, over a whole path; else `content` does, for names with one of `endings`
    and for standard input. The check gets a file under its own name where `taken` fits that, else
    as `stand_in`. `at_once` are the files of a folder that are checked together, None for all.
    `companions`, by their path below the folder of a main file, only mean something beside it;
    `company` is read along for what it declares, and not reported itself; so are the files of the
    kinds `beside` in its folder, and those of the folders that `calls` finds in a text. `around`
    says what is read for that where only one file was given. `is_tree` says that one folder holds
    all main files below it; some may lie in `inner`, a pattern for the end of their folder.
    """

    kind: str
    stand_in: str
    name: re.Pattern[str] | None = None
    endings: tuple[str, ...] = ()
    content: Callable[[Content], bool] | None = None
    taken: re.Pattern[str] | None = None
    at_once: int | None = 1
    companions: re.Pattern[str] | None = None
    company: re.Pattern[str] | None = None
    beside: tuple[str, ...] = ()
    calls: re.Pattern[str] | None = None
    around: Around = Around.NOTHING
    is_tree: bool = False
    inner: str = ""


NO_ENDING = ""  # a script needs none: its first line says what it is
_YAML = (".yml", ".yaml")
_MANIFEST = (*_YAML, ".json")


def _is_kubernetes(content: Content) -> bool:
    if content.text.lstrip()[:1] == "{":
        return '"apiVersion"' in content.text and '"kind"' in content.text
    return {"apiVersion", "kind"} <= content.keys


def _are_rules(content: Content) -> bool:
    wrapped = set(_KINDS.findall(content.text)) == {"PrometheusRule"}
    return wrapped or ("groups" in content.keys and _RULES.search(content.text) is not None)


def _is_playbook(content: Content) -> bool:
    return bool(_LIST.match(content.text) and _PLAY.search(content.text))


def _is_collector(content: Content) -> bool:
    has_parts = {"receivers", "service"} <= content.keys
    return has_parts and _PIPELINES.search(content.text) is not None


def _path(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.DOTALL)  # a name may hold any character


ROWS = (
    Row(
        "dockerfile",
        "Dockerfile",
        name=_path(
            # What is about a Dockerfile, or makes one, is none.
            r"(?!.*\.(?:dockerignore|erb|go|j2|md|py|rst|sh|tmpl|tpl|txt|ya?ml)$)"
            r"(?:.*/)?(?:(?:Dockerfile|Containerfile)(?:[.-][\w.-]+)?"
            r"|[^/]+\.(?:[Dd]ockerfile|[Cc]ontainerfile))"
        ),
        content=lambda content: _FROM.search(content.text) is not None,
        taken=_path(r".*\.dockerignore"),
        companions=_path(r"[\w.-]*\.dockerignore"),
    ),
    Row(
        "compose",
        "compose.yaml",
        name=_path(r"(?:.*/)?(?:docker-)?compose(?:[.-][\w.-]*)?\.ya?ml"),
        taken=_path(r"(?:docker-)?compose(?:[.-][\w.-]*)?\.ya?ml"),
        endings=_YAML,
        content=lambda content: (
            "services" in content.keys and _IMAGES.search(content.text) is not None
        ),
        company=_path(r"(?:docker-)?compose(?:\.override)?\.ya?ml"),
        around=Around.FOLDER,
    ),
    Row(
        "github-actions",
        ".github/workflows/ci.yml",
        name=_path(r"(?:.*/)?\.github/workflows/[^/]+\.ya?ml"),
        endings=_YAML,
        content=lambda content: {"on", "jobs"} <= content.keys,
    ),
    Row(
        "gitlab-ci",
        ".gitlab-ci.yml",
        name=_path(r"(?:.*/)?[\w.-]*\.gitlab-ci\.ya?ml"),
        endings=_YAML,
        content=lambda content: (
            "stages" in content.keys and _SCRIPT.search(content.text) is not None
        ),
    ),
    Row(
        "helm",
        "Chart.yaml",
        name=_path(r"(?:.*/)?Chart\.yaml"),
        taken=_path(r".*"),
        companions=_path(r"values\.yaml|\.helmignore|templates/.+"),
        company=_path(r"charts/.+/Chart\.yaml"),
        around=Around.TREE,
    ),
    Row(
        "prometheus-rules",
        "rules/app.yml",
        endings=(*_YAML, ".rules"),
        content=_are_rules,
    ),
    Row("otel-collector", "otel-collector.yaml", endings=_YAML, content=_is_collector),
    Row(
        "grafana-dashboard",
        "dashboards/app.json",
        endings=(".json",),
        content=lambda content: '"panels"' in content.text and '"schemaVersion"' in content.text,
    ),
    Row(
        "ansible",
        "site.yml",
        endings=_YAML,
        content=_is_playbook,
        taken=_path(r".*"),
        at_once=None,
        companions=_path(
            r"(?:roles/[^/]+/)?(?:(?:tasks|handlers|vars|defaults)/.+\.ya?ml|templates/.+\.j2)"
            r"|(?:group_vars|host_vars|inventory|inventories)/.+\.ya?ml"
            r"|(?:(?:roles|collections)/)?requirements\.ya?ml|(?:hosts|inventory)[\w.-]*\.ya?ml"
        ),
        around=Around.TREE,
        is_tree=True,
        inner="playbooks",
    ),
    Row(
        "kustomize",
        "kustomization.yaml",
        name=_path(r"(?:.*/)?(?:kustomization\.ya?ml|Kustomization)"),
        taken=_path(r".*"),
        at_once=None,
        companions=_path(r"(?:.*/)?(?!kustomization\.)[^/]+\.ya?ml"),
        around=Around.TREE,
        is_tree=True,
        inner=r"base|(?:overlays|components)/[^/]+",
    ),
    Row(
        "network-policies",
        "policies.yaml",
        endings=_YAML,
        content=lambda content: set(_KINDS.findall(content.text)) == {"NetworkPolicy"},
        taken=_path(r".*\.ya?ml"),
        at_once=None,
        around=Around.FOLDER,
    ),
    Row(
        "otel-sidecar",
        "pod.yaml",
        endings=_YAML,
        content=lambda content: (
            _is_kubernetes(content) and _COLLECTOR_IMAGE.search(content.text) is not None
        ),
        taken=_path(r".*\.ya?ml"),
        at_once=None,
        beside=("kubernetes",),
        around=Around.FOLDER,
    ),
    Row(
        "otel-sdk",
        "otel/telemetry.py",
        name=_path(r"(?:.*/)?otel/telemetry\.\w+"),
        taken=_path(r".*"),
        companions=_path(r"README\.md"),
    ),
    Row(
        "systemd",
        "app.service",
        name=_path(r".*\.(?:service|socket|timer)"),
        content=lambda content: _UNIT.search(content.text) is not None,
        at_once=None,
        taken=_path(r".*\.(?:service|socket|timer)"),
    ),
    Row(
        "kubernetes",
        "manifests.yaml",
        endings=_MANIFEST,
        content=_is_kubernetes,
        taken=_path(r".*\.(?:ya?ml|json)"),
        at_once=None,
        beside=("otel-sidecar",),
        around=Around.FOLDER,
    ),
    Row(
        "terraform",
        "main.tf",
        name=_path(r".*\.(?:tf|tfvars(?:\.example)?)"),
        content=lambda content: _BLOCK.search(content.text) is not None,
        taken=_path(r".*\.(?:tf|tfvars(?:\.example)?)"),
        at_once=None,
        calls=re.compile(r"\bsource[ \t]*=[ \t]*\"(\.\.?/[^\"\n]{0,300})\""),
        around=Around.FOLDER,
    ),
    Row(
        "shell",
        "script.sh",
        name=_path(r".*\.(?:sh|bash)"),
        endings=(NO_ENDING,),
        content=lambda content: _SHEBANG.match(content.text) is not None,
    ),
)
BY_KIND = {row.kind: row for row in ROWS}
