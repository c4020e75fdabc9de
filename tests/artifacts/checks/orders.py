"""Files that order something, given to the check of each kind.

`python -m tests.artifacts.checks.orders` reads two paths from standard input, of a file that the
orders would make and of one that they would read.
"""

import sys

from tests.artifacts.checks.faulty import faulty
from tests.artifacts.checks.good_answers import ANSWERS
from tests.artifacts.checks.rules import (
    ansible,
    compose,
    dockerfile,
    github_actions,
    kubernetes,
    otel_sdk,
    shell,
    systemd,
)

TAG = '!!python/object/apply:os.system ["touch MARK"]'
UP = "/".join([".."] * 12)

# In place of what in the good file of a kind, which orders: most are as it should be written.
ORDERS = {
    "ansible": (
        ansible.COMMAND,
        "ansible.builtin.shell: touch MARK",
        "ansible.builtin.debug: {msg: \"{{ lookup('pipe', 'touch MARK') }}\"}",
        "ansible.builtin.import_tasks: \"{{ lookup('pipe', 'touch MARK') }}\"",
        "ansible.builtin.include_tasks: CANARY",
        "ansible.builtin.include_vars: {file: CANARY}",
        f"ansible.builtin.debug: {{msg: {TAG}}}",
    ),
    "compose": (
        compose.RESTART,
        "env_file: CANARY",
        "extends: {file: CANARY, service: a}",
        'command: ["sh", "-c", "$$(touch MARK)"]',
        "label_file: CANARY",
        f"x-a: {TAG}",
        "x-a: !include CANARY",
    ),
    "dockerfile": (
        dockerfile.PORT,
        "RUN touch MARK",
        "RUN . CANARY && cat < CANARY",
        "# shellcheck source=CANARY\nRUN . CANARY",
        "COPY CANARY /srv/",
        "COPY --from=CANARY /a /b",
        "ENV A=$(touch MARK)",
    ),
    "github-actions": (
        github_actions.PYTHON,
        f"./{UP}CANARY",
        "./CANARY",
        'actions/setup-python@v6\n      - run: "$(touch MARK); . CANARY"',
    ),
    "gitlab-ci": (
        "script: [./scripts/deploy.sh]",
        "script: [touch MARK]",
        "script: [a]\ninclude: [{local: CANARY}]",
        "trigger: {include: CANARY}",
        f"variables: {{A: {TAG}}}",
    ),
    "grafana-dashboard": ('"uid": "shop"', '"uid": "${file:CANARY}"', '"$ref": "file://CANARY"'),
    "helm": (
        ".Values.settings",
        '(.Files.Get "CANARY")',
        '(tpl (.Files.Get "CANARY") .)',
        '(env "HOME")',
        '(lookup "v1" "Secret" "a" "b")',
        '(getHostByName "canary.example.org")',
    ),
    "kubernetes": (
        kubernetes.EMPTY_DIR,
        "hostPath: {path: CANARY}",
        f"emptyDir: {TAG}",
        "emptyDir: {medium: $(touch MARK)}",
    ),
    "kustomize": (
        "path: memory.yaml",
        "path: CANARY",
        f"path: {UP}CANARY",
        f"path: memory.yaml\nresources: [{UP}CANARY, CANARY]",
        "path: memory.yaml\ngenerators: [CANARY]",
        "path: memory.yaml\nconfigMapGenerator: [{name: a, files: [CANARY], envs: [CANARY]}]",
    ),
    "network-policies": ("cidr: 10.0.0.0/8", "cidr: $(touch MARK)", f"cidr: {TAG}"),
    "otel-collector": ("endpoint: tempo:4317", "endpoint: ${file:CANARY}", "ca_file: CANARY"),
    "otel-sdk": (
        otel_sdk.EXPORTER,
        '__import__("os").system("touch MARK")\nexporter = ',
        'TEXT = open("CANARY").read()\nexporter = ',
    ),
    "otel-sidecar": ("=/etc/otel/config.yaml", "=CANARY", "=$(touch MARK)"),
    "prometheus-rules": (
        "is down",
        'is {{ range query "touch MARK" }}{{ . }}{{ end }}',
        '{{ template "CANARY" }}',
    ),
    "shell": (
        shell.PULL,
        "touch MARK; $(touch MARK); `touch MARK`",
        "# shellcheck source=CANARY\n. CANARY",
        "source CANARY; cat < CANARY",
    ),
    "systemd": (
        systemd.OWNER,
        "EnvironmentFile=CANARY",
        "ExecStartPost=/bin/touch MARK",
        ".include CANARY",
        "LoadCredential=a:CANARY",
    ),
    "terraform": (
        'tags   = { app = "shop", "cost/centre" = var.region }',
        'tags = { a = file("CANARY"), b = filebase64("CANARY"), c = filesha256("CANARY") }',
        'tags = { a = templatefile("CANARY", {}), b = fileexists("CANARY"), c = pathexpand("~") }',
        'tags = {}\n}\n\ndata "external" "a" {\n  program = ["touch", "MARK"]',
        'tags = {}\n}\n\nmodule "a" {\n  source = "CANARY"',
        'tags = {}\n}\n\nresource "null_resource" "a" {\n  provisioner "local-exec" {\n'
        '    command = "touch MARK"\n  }',
    ),
}


def main() -> None:
    """Check every file with an order in it, and the path to be read beside it as if it were one."""
    mark, canary = sys.stdin.read().split()
    for kind, (old, *orders) in ORDERS.items():
        answer = ANSWERS[kind]
        for order in orders:
            order = order.replace("MARK", mark).replace("CANARY", canary)
            answer.check(faulty(answer.text, old, order))
        answer.check(answer.text, {canary: "a: 1\n", f"link -> {canary}": canary})


if __name__ == "__main__":
    main()
