"""What a tool of the extra says is left out where the core has told it, and better."""

import pytest

from tests.artifacts.full.answers import workflow
from webapp.artifacts import full
from webapp.artifacts.catalogue import KINDS
from webapp.artifacts.full import ansible, github_actions, policy
from webapp.artifacts.full.tools import Tools
from webapp.domain.artifact import ArtifactFile

PLAYBOOK = """\
- name: Small
  hosts: all
  tasks:
    - name: Fetch
      get_url: {url: "https://a/b", dest: /a, validate_certs: false, mode: 0644}
    - name: Ask
      ansible.builtin.uri: {url: "https://a/b", validate_certs: false}
      when: "{{ asked }}"
    - name: Restart
      ansible.builtin.command: systemctl restart a
      changed_when: true
    - name: Build
      ansible.builtin.command: make a
"""
FIREWALL = """\
resource "google_compute_firewall" "a" {
  name          = "a"
  network       = "default"
  source_ranges = ["0.0.0.0/0"]
  allow {
    protocol = "tcp"
    ports    = ["22", "3389"]
  }
}
module "a" {
  source = "terraform-aws-modules/vpc/aws"
}
"""
GROUP = """\
resource "aws_vpc_security_group_ingress_rule" "a" {
  security_group_id = "sg-1"
  cidr_ipv4         = "0.0.0.0/0"
  ip_protocol       = "tcp"
  from_port         = PORT
  to_port           = PORT
}
"""
RULE = """\
resource "azurerm_network_security_rule" "a" {
  name                        = "a"
  priority                    = 100
  direction                   = "Inbound"
  access                      = "Allow"
  protocol                    = "Tcp"
  source_port_range           = "*"
  destination_port_range      = "PORT"
  source_address_prefix       = "*"
  destination_address_prefix  = "*"
  resource_group_name         = "a"
  network_security_group_name = "a"
}
"""
DEPLOYMENT = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: a}
spec:
  selector: {matchLabels: {app: a}}
  template:
    metadata: {labels: {app: a}}
    spec:
      hostNetwork: true
      hostPID: true
      hostIPC: true
      volumes: [{name: a, hostPath: {path: /var/run/docker.sock}}]
      containers:
        - name: a
          image: nginx
          ports: [{containerPort: 80}]
          securityContext: {privileged: true, capabilities: {add: [SYS_ADMIN]}}
          volumeMounts: [{name: a, mountPath: /a}]
---
apiVersion: v1
kind: Service
metadata: {name: a}
spec: {selector: {app: a}, ports: [{port: 80}]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: a}
rules:
  - {apiGroups: ["*"], resources: ["*"], verbs: ["*"]}
"""
(WORKFLOW,) = workflow("- run: make", on="pull_request_target")
STRANGER = WORKFLOW.content.replace("permissions:\n  contents: read\n", "").replace(
    "persist-credentials: false",
    "persist-credentials: false\n          ref: ${{ github.event.pull_request.head.sha }}",
)
FAULTY = {
    "ansible": ("ansible/site.yml", PLAYBOOK),
    "dockerfile": ("Dockerfile", "FROM python:latest\nUSER root\n"),
    "github-actions": (WORKFLOW.path, STRANGER),
    "kubernetes": ("k8s/a.yaml", DEPLOYMENT),
    "terraform": (
        "terraform/main.tf",
        FIREWALL
        + "".join(GROUP.replace("PORT", port) for port in ("22", "3389"))
        + "".join(RULE.replace("PORT", port) for port in ("22", "3389")),
    ),
}
TOLD_TWICE = {
    "ansible": (
        *("ansible-lint/command-instead-of-module", "ansible-lint/fqcn", "ansible-lint/yaml"),
        *("ansible-lint/no-changed-when", "ansible-lint/no-jinja-when"),
        *("checkov/CKV_ANSIBLE_1", "checkov/CKV_ANSIBLE_2"),
    ),
    "dockerfile": ("checkov/CKV_DOCKER_7", "checkov/CKV_DOCKER_8"),
    "github-actions": ("zizmor/dangerous-triggers",),
    "kubernetes": tuple(
        f"checkov/CKV_K8S_{n}" for n in (9, 10, 11, 12, 13, 14, 16, 17, 18, 19, 23, 27, 39, 49)
    ),
    "terraform": (
        *("checkov/CKV_AWS_24", "checkov/CKV_AWS_25", "checkov/CKV_AZURE_9"),
        *("checkov/CKV_AZURE_10", "checkov/CKV_GCP_2", "checkov/CKV_GCP_3", "checkov/CKV_TF_2"),
    ),
}


def rules_of_tools(kind: str, files: list[ArtifactFile], tools: Tools) -> set[str]:
    own = {"ansible": ansible.remarks, "github-actions": github_actions.remarks}
    said = list(policy.advice(tools, kind, files))
    if kind in own:
        said += own[kind](tools, files)
    return {each.rule for each in said}


@pytest.mark.parametrize("kind", FAULTY)
def test_the_same_fault_from_a_tool_of_the_extra_is_one_finding(kind: str, tools: Tools) -> None:
    files = [ArtifactFile(*FAULTY[kind])]
    assert set(TOLD_TWICE[kind]) <= rules_of_tools(kind, files, tools)
    told = {each.rule for each in full.check(KINDS[kind], files, tools)}
    assert told & set(TOLD_TWICE[kind]) == set()


def test_what_has_no_user_and_what_has_no_permissions_is_told_once(tools: Tools) -> None:
    image = [ArtifactFile("Dockerfile", "FROM python:3.13\n")]
    assert "checkov/CKV_DOCKER_3" in rules_of_tools("dockerfile", image, tools)
    told = [each.rule for each in full.check(KINDS["dockerfile"], image, tools)]
    assert "checkov/CKV_DOCKER_3" not in told
    stranger = [ArtifactFile(*FAULTY["github-actions"])]
    told = [each.rule for each in full.check(KINDS["github-actions"], stranger, tools)]
    assert told.count("github-actions/no-permissions") == 1
    assert "zizmor/excessive-permissions" not in told
