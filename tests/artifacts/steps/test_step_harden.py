"""Harden: what is taken away from files, and what is left alone with a reason."""

import pytest

from tests.artifacts.steps.rewritten import POD, one_file, put_in, rewritten, text_after
from webapp.domain.artifact import ArtifactFile

COMPOSE = "services:\n  web:\n    build: .\n{more}"
WORKFLOW = """\
on: push
jobs:
  test:
    runs-on: ubuntu-24.04
    steps:
      - uses: actions/checkout@v5
      - run: make test
"""


def notes(kind: str, text: str) -> str:
    """What is said of a file that is hardened."""
    return "\n".join(rewritten("harden", kind, one_file(kind, text)).unknown)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            'FROM python:3.13-slim\nCOPY . .\nCMD ["a"]\n',
            'FROM python:3.13-slim\nCOPY . .\nUSER 10001:10001\nCMD ["a"]\n',
        ),
        ("FROM alpine:3.23", "FROM alpine:3.23\nUSER 10001:10001"),
        (
            "FROM alpine:3.23\nUSER root\nRUN a \\\n # why\n b\n\n# how\nCMD b\n",
            "FROM alpine:3.23\nUSER root\nRUN a \\\n # why\n b\nUSER 10001:10001\n\n# how\nCMD b\n",
        ),
        (
            "FROM alpine:3.23\nRUN <<E\nUSER 1\nE\nCMD b\n",
            "FROM alpine:3.23\nRUN <<E\nUSER 1\nE\nUSER 10001:10001\nCMD b\n",
        ),
    ],
)
def test_an_image_that_would_run_as_root_gets_a_user(before: str, after: str) -> None:
    assert text_after("harden", "dockerfile", before) == after


@pytest.mark.parametrize(
    "text",
    [
        "FROM alpine:3.23\nUSER 1000\nCMD b\n",
        "FROM gcr.io/distroless/static:nonroot\nCMD b\n",
        "FROM alpine:3.23 AS a\nUSER 1\nFROM a\n",
        "FROM nginx:1.29\nCOPY . /srv\n",
        'FROM debian:13\nRUN apt-get install gosu\nENTRYPOINT ["/entry.sh"]\n',
        "FROM mcr.microsoft.com/windows/nanoserver:ltsc2025\nCMD a\n",
        "FROM alpine:3.23\nRUN a \\\n",
        "FROM alpine:3.23\nRUN <<E\na\n",
    ],
)
def test_an_image_is_left_as_it_is_where_a_user_is_set_or_would_break_it(text: str) -> None:
    assert text_after("harden", "dockerfile", text) == text


def test_who_needs_root_at_the_start_is_told() -> None:
    assert "needs root at the start" in notes("dockerfile", "FROM nginx:1.29\n")
    assert "has to belong to user 10001" in notes("dockerfile", "FROM alpine:3.23\n")


@pytest.mark.parametrize(
    ("more", "new"),
    [
        ("", "security_opt:\n      - no-new-privileges:true\n    cap_drop:\n      - ALL"),
        ("    cap_drop: [NET_RAW]\n", "security_opt:\n      - no-new-privileges:true"),
        ("    security_opt: [no-new-privileges]\n", "cap_drop:\n      - ALL"),
        ("    network_mode: host\n", "security_opt:\n      - no-new-privileges:true"),
    ],
)
def test_a_service_of_the_project_loses_rights(more: str, new: str) -> None:
    before = COMPOSE.format(more=more)
    assert put_in(before, text_after("harden", "compose", before)).strip() == new


def test_an_option_is_added_to_those_that_are_there() -> None:
    before = COMPOSE.format(more="    security_opt: [label=disable]\n    cap_drop: [ALL]\n")
    after = before.replace("[label=disable]", "[label=disable, no-new-privileges:true]")
    assert text_after("harden", "compose", before) == after.replace("=d", "=d")


@pytest.mark.parametrize(
    ("port", "bound"),
    [
        ('"5432:5432"', '"127.0.0.1:5432:5432"'),
        ("5432:5432", "127.0.0.1:5432:5432"),
        ("'15432:5432/tcp'", "'127.0.0.1:15432:5432/tcp'"),
        ("5432", "127.0.0.1::5432"),
        ('"192.0.2.1:5432:5432"', None),
        ('"0.0.0.0:5432:5432"', None),
        ('"${PORT}:5432"', None),
    ],
)
def test_a_database_is_published_on_this_machine_alone(port: str, bound: str | None) -> None:
    before = f"services:\n  db:\n    image: postgres:17.2\n    ports:\n      - {port} # why\n"
    after = text_after("harden", "compose", before)
    assert f"      - {bound or port} # why\n" in after
    assert "cap_drop" not in after


def test_a_port_in_the_long_form_gets_an_address() -> None:
    before = (
        "services:\n  db:\n    image: redis:8\n    ports:\n"
        "      - target: 6379\n        published: 6379\n"
    )
    assert '        host_ip: "127.0.0.1"\n' in text_after("harden", "compose", before)


def test_other_peoples_images_and_privileged_ones_are_left_alone() -> None:
    text = "services:\n  a:\n    image: a/a:1\n  b:\n    build: b\n    privileged: true\n"
    assert text_after("harden", "compose", text) == text
    assert "a: what this image needs" in notes("compose", text)
    assert "b: privileged" in notes("compose", text)


def test_what_a_shared_setting_holds_is_not_set_again() -> None:
    before = (
        "x-safe: &safe\n  cap_drop: [ALL]\n  security_opt: [no-new-privileges:true]\n"
        "services:\n  web:\n    <<: *safe\n    build: .\n"
    )
    assert text_after("harden", "compose", before) == before


def test_a_pod_gets_a_user_no_token_and_a_root_to_read() -> None:
    assert (
        put_in(POD, text_after("harden", "kubernetes", POD))
        == """\
          securityContext:
            allowPrivilegeEscalation: false
            readOnlyRootFilesystem: true
            capabilities:
              drop:
                - ALL
          volumeMounts:
            - name: tmp
              mountPath: /tmp
      securityContext:
        runAsNonRoot: true
        runAsUser: 10001
        runAsGroup: 10001
        seccompProfile:
          type: RuntimeDefault
      automountServiceAccountToken: false
      volumes:
        - name: tmp
          emptyDir:
            sizeLimit: 64Mi"""
    )


def in_container(lines: str) -> str:
    """The pod with more of its container."""
    return POD + "".join(f"          {line}\n" for line in lines.splitlines())


@pytest.mark.parametrize(
    ("text", "without", "why"),
    [
        (in_container("securityContext: {privileged: true}"), "allowPrivilege", "is privileged"),
        (
            in_container("securityContext: {capabilities: {add: [NET_ADMIN]}}"),
            "allowPrivilege",
            "asks for capabilities",
        ),
        (f"{POD}      hostNetwork: true\n", "allowPrivilege", "works on its node"),
        (in_container("securityContext:\n  runAsUser: 0"), "runAsNonRoot", "runs as root"),
        (POD.replace("registry.example.org/web", "postgres"), "drop", "known to start as root"),
        (in_container("ports: [{containerPort: 80}]"), "runAsNonRoot", "below 1024"),
    ],
)
def test_a_container_that_needs_rights_keeps_them(text: str, without: str, why: str) -> None:
    after = text_after("harden", "kubernetes", text)
    assert without not in put_in(text, after)
    assert why in notes("kubernetes", text)


def test_a_database_that_is_not_root_may_write_to_its_own_image() -> None:
    text = in_container("securityContext:\n  runAsUser: 70").replace(
        "registry.example.org/web", "postgres"
    )
    after = text_after("harden", "kubernetes", text)
    assert "readOnlyRootFilesystem" not in after
    assert "- ALL" in after


BINDING = """\
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata:
  name: web
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: view}
subjects:
  - {kind: ServiceAccount, name: NAME, namespace: default}
"""
ACCOUNT = "---\napiVersion: v1\nkind: ServiceAccount\nmetadata:\n  name: web\n"


@pytest.mark.parametrize(
    ("text", "has_token"),
    [
        (POD, False),
        (POD + BINDING.replace("NAME", "default"), True),
        (POD + BINDING.replace("NAME", "other"), False),
        (f"{POD}      serviceAccountName: web\n", True),
        (f"{POD}      serviceAccountName: web\n{ACCOUNT}", False),
        (f"{POD}      serviceAccountName: web\n{ACCOUNT}{BINDING.replace('NAME', 'web')}", True),
    ],
)
def test_a_token_is_only_taken_from_an_account_without_rights(text: str, has_token: bool) -> None:
    after = text_after("harden", "kubernetes", text)
    assert ("automountServiceAccountToken: false" not in after) == has_token


def test_volumes_that_stay_can_be_written_by_the_group() -> None:
    text = in_container("volumeMounts:\n  - {name: files, mountPath: /srv}") + (
        "      volumes:\n        - {name: files, persistentVolumeClaim: {claimName: files}}\n"
    )
    assert "        fsGroup: 10001\n" in text_after("harden", "kubernetes", text)


def test_a_workflow_can_only_read() -> None:
    assert (
        text_after("harden", "github-actions", WORKFLOW)
        == """\
on: push
permissions:
  contents: read
jobs:
  test:
    runs-on: ubuntu-24.04
    steps:
      - uses: actions/checkout@v5
        with:
          persist-credentials: false
      - run: make test
"""
    )
    assert "actions/checkout@v5: pin to the digest" in notes("github-actions", WORKFLOW)


@pytest.mark.parametrize(
    ("old", "new", "is_bounded", "is_forgotten"),
    [
        ("make test", "git push origin main", False, False),
        ("make test", "git fetch --tags", True, False),
        ("make test", "./release ${{ secrets.GITHUB_TOKEN }}", False, True),
        ("- run: make test", "- uses: softprops/action-gh-release@v2", False, False),
        ("on: push", "on: push\npermissions: read-all", False, True),
        ("checkout@v5", "checkout@v1", True, False),
        ("    steps:", "    permissions: {contents: write}\n    steps:", False, True),
    ],
)
def test_a_job_that_writes_or_uses_git_keeps_what_it_needs(
    old: str, new: str, is_bounded: bool, is_forgotten: bool
) -> None:
    after = text_after("harden", "github-actions", WORKFLOW.replace(old, new))
    assert ("permissions:\n  contents: read\n" in after) == is_bounded
    assert ("persist-credentials: false" in after) == is_forgotten


def test_a_step_that_has_options_gets_one_more() -> None:
    options = "checkout@v5\n        with: {fetch-depth: 0}"
    after = text_after("harden", "github-actions", WORKFLOW.replace("checkout@v5", options))
    assert "with: {fetch-depth: 0, persist-credentials: false}\n" in after


SERVICE = "[Unit]\nDescription=a\n\n[Service]\nExecStart=/opt/a/run \\\n  --now\n{more}\n"
INSTALL = "[Install]\nWantedBy=multi-user.target\n"


def test_a_service_gets_directives_at_the_end_of_its_section() -> None:
    before = SERVICE.format(more="# why\nRestart=always\n") + INSTALL
    after = text_after("harden", "systemd", before)
    new = put_in(before, after).split("\n")
    assert (new[0], len(new)) == ("NoNewPrivileges=yes", 12)
    assert after.startswith(before.removesuffix(f"\n{INSTALL}") + "NoNewPrivileges=yes\n")
    assert after.endswith(f"SystemCallArchitectures=native\n\n{INSTALL}")


@pytest.mark.parametrize(
    ("more", "absent"),
    [
        ("ProtectSystem=strict", "ProtectSystem=full"),
        ("NoNewPrivileges=no", "NoNewPrivileges=yes"),
        ("DynamicUser=yes", "PrivateTmp=yes"),
        ("Environment=SOCKET=/tmp/a.sock", "PrivateTmp=yes"),
    ],
)
def test_what_a_service_says_itself_or_needs_is_left(more: str, absent: str) -> None:
    before = SERVICE.format(more=f"{more}\nRestart=always\n") + INSTALL
    new = put_in(before, text_after("harden", "systemd", before)).split("\n")
    assert absent not in new
    assert "LockPersonality=yes" in new


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ("AmbientCapabilities=CAP_NET_ADMIN", "given some of its own (AmbientCapabilities)"),
        ("ExecStartPre=/bin/mount /data", "mount works on the machine"),
        ("ExecStartPre=/bin/sh -c 'sudo a'", "sudo works on the machine"),
    ],
)
def test_a_service_that_works_on_its_machine_keeps_its_rights(more: str, why: str) -> None:
    before = SERVICE.format(more=f"{more}\nRestart=always\n") + INSTALL
    assert text_after("harden", "systemd", before) == before
    assert why in notes("systemd", before)


def test_whose_account_and_files_are_not_known_is_said_of_a_service() -> None:
    said = notes("systemd", SERVICE.format(more="Restart=always\n") + INSTALL)
    assert "runs as root" in said
    assert "what it writes is not known" in said
    own = SERVICE.format(more="User=a\nProtectHome=yes\nRestart=always\n") + INSTALL
    assert "root" not in notes("systemd", own)
    assert "homes" not in notes("systemd", own)


def test_a_timer_and_a_section_that_goes_on_in_a_second_one_are_read_rightly() -> None:
    timer = rewritten("harden", "systemd", [ArtifactFile("systemd/a.timer", "[Timer]\n")])
    assert timer.files[0].content == "[Timer]\n"
    before = f"[Service]\nExecStart=/opt/a\n\n{INSTALL}\n[Service]\nRestart=always\n"
    after = text_after("harden", "systemd", before)
    assert after.startswith(f"{before}NoNewPrivileges=yes\n")
