"""Built-in answers: small, and good enough to pass the checks."""

import json
import re
from fnmatch import fnmatchcase
from functools import lru_cache

# How a prompt ends that asks for files: a list of paths, where * stands for a name to choose.
_TASK_MARK = "where * stands for a name that you choose:\n"
_TASK = re.compile(re.escape(_TASK_MARK) + r"((?:- [^\n]+\n?)+)")
_NAME = "app"

_DOCKERFILE = """\
FROM python:3.12-slim
WORKDIR /app
COPY requirements.txt ./
RUN pip install --no-cache-dir -r requirements.txt
COPY . .
USER 10001
EXPOSE 8000
CMD ["gunicorn", "--bind", "0.0.0.0:8000", "app:app"]
"""
_DOCKERIGNORE = ".git\n.env\n__pycache__\n"
_COMPOSE = """\
services:
  app:
    image: nginxinc/nginx-unprivileged:1.29.3
    user: "101"
    ports:
      - "127.0.0.1:8000:8080"
    restart: unless-stopped
"""
_KUBERNETES = """\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: app
  labels:
    app: app
spec:
  replicas: 2
  selector:
    matchLabels:
      app: app
  template:
    metadata:
      labels:
        app: app
    spec:
      securityContext:
        runAsNonRoot: true
        runAsUser: 101
      containers:
        - name: app
          image: nginxinc/nginx-unprivileged:1.29.3
          ports:
            - name: http
              containerPort: 8080
          readinessProbe:
            httpGet:
              path: /
              port: http
          livenessProbe:
            httpGet:
              path: /
              port: http
          resources:
            requests:
              cpu: 100m
              memory: 64Mi
            limits:
              cpu: 500m
              memory: 128Mi
          securityContext:
            allowPrivilegeEscalation: false
            readOnlyRootFilesystem: true
            capabilities:
              drop: ["ALL"]
---
apiVersion: v1
kind: Service
metadata:
  name: app
spec:
  selector:
    app: app
  ports:
    - name: http
      port: 80
      targetPort: http
"""
_WORKFLOW = """\
name: CI
on:
  push:
    branches: [main]
  pull_request:
permissions:
  contents: read
jobs:
  test:
    runs-on: ubuntu-24.04
    timeout-minutes: 10
    steps:
      - uses: actions/checkout@11bd71901bbe5b1630ceea73d27597364c9af683 # v4.2.2
      - run: make test
"""
_RULES = """\
groups:
  - name: app
    rules:
      - alert: HighErrorRate
        expr: |
          sum(rate(http_requests_total{status=~"5.."}[5m]))
            / sum(rate(http_requests_total[5m])) > 0.05
        for: 10m
        labels:
          severity: critical
        annotations:
          summary: More than 5 % of the requests fail.
          description: Look at the newest deployment first.
"""
# Path -> content; the first that fits counts.
_FILES = (
    ("*Dockerfile", _DOCKERFILE),
    ("*.dockerignore", _DOCKERIGNORE),
    ("*compose*.y*ml", _COMPOSE),
    (".github/workflows/*", _WORKFLOW),
    ("k8s/*", _KUBERNETES),
    ("rules/*", _RULES),
    ("*", "# Written by the fake provider.\n"),
)
_MARKDOWN = """\
# An answer

This text comes from the fake provider: no model was asked.

- It is the same for every prompt that asks for no files.
- `omni fake-provider --answer FILE` sends another one.
"""


def answer_for(prompt: str) -> str:
    """The answer to a prompt: the files it asks for, as JSON, or else a text in Markdown."""
    # A file of the project may quote a task too: the last one counts.
    task = _TASK.match(prompt, max(prompt.rfind(_TASK_MARK), 0))
    return _files(task[1]) if task else _MARKDOWN


@lru_cache(maxsize=64)
def _files(listed: str) -> str:
    patterns = [line.removeprefix("- ") for line in listed.splitlines()]
    # Where some names are fixed, the others are additions that nobody has to make.
    fixed = [pattern for pattern in patterns if "*" not in pattern]
    paths = [pattern.replace("*", _NAME) for pattern in fixed or patterns]
    files = [{"path": path, "content": _content(path)} for path in paths]
    return json.dumps({"files": files, "notes": []}, ensure_ascii=False)


def _content(path: str) -> str:
    return next(content for pattern, content in _FILES if fnmatchcase(path, pattern))
