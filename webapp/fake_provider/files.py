"""Files for built-in answers: small, and good enough to pass the checks."""

from webapp.fake_provider.more_files import MORE_FILES

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
_CHART = """\
apiVersion: v2
name: app
description: A web application.
type: application
version: 0.1.0
appVersion: "1.0.0"
"""
_VALUES = "replicas: 2\n"
_HELPERS = """\
{{- define "app.name" -}}
{{ .Chart.Name }}
{{- end }}
"""
_GITLAB_CI = """\
stages: [test]
test:
  stage: test
  image: python:3.12-slim
  script:
    - python -m unittest
  timeout: 10 minutes
"""
_PLAYBOOK = """\
- name: Set up the application
  hosts: app
  become: true
  tasks:
    - name: Make its folder
      ansible.builtin.file:
        path: /srv/app
        state: directory
        owner: root
        group: root
        mode: "0755"
"""
_TASKS = """\
- name: Make its folder
  ansible.builtin.file:
    path: /srv/app
    state: directory
    owner: root
    group: root
    mode: "0755"
"""
_SCRIPT = """\
#!/usr/bin/env bash
set -euo pipefail
cd "$(dirname "$0")/.."
docker compose up --detach --wait
"""
_COLLECTOR = """\
receivers:
  otlp:
    protocols:
      grpc:
        endpoint: localhost:4317
processors:
  memory_limiter:
    check_interval: 1s
    limit_percentage: 80
    spike_limit_percentage: 20
exporters:
  otlp_grpc:
    endpoint: ${env:OTLP_ENDPOINT}
    sending_queue:
      batch:
        flush_timeout: 1s
extensions:
  health_check:
    endpoint: localhost:13133
service:
  extensions: [health_check]
  pipelines:
    traces:
      receivers: [otlp]
      processors: [memory_limiter]
      exporters: [otlp_grpc]
"""
_DASHBOARD = """\
{
  "id": null,
  "uid": "app",
  "title": "App",
  "tags": [],
  "refresh": "1m",
  "schemaVersion": 41,
  "time": {"from": "now-6h", "to": "now"},
  "templating": {
    "list": [{"name": "datasource", "type": "datasource", "query": "prometheus"}]
  },
  "panels": [
    {
      "id": 1,
      "type": "timeseries",
      "title": "Requests",
      "datasource": {"type": "prometheus", "uid": "${datasource}"},
      "gridPos": {"h": 8, "w": 24, "x": 0, "y": 0},
      "fieldConfig": {"defaults": {"unit": "reqps"}, "overrides": []},
      "targets": [
        {
          "refId": "A",
          "expr": "sum(rate(http_requests_total[$__rate_interval]))",
          "legendFormat": "requests"
        }
      ]
    }
  ]
}
"""
_TERRAFORM = """\
terraform {
  required_version = ">= 1.9"
}
"""
# Path -> content; the first that fits counts.
FILES = (
    ("*Dockerfile", _DOCKERFILE),
    ("*.dockerignore", _DOCKERIGNORE),
    ("*compose*.y*ml", _COMPOSE),
    (".github/workflows/*", _WORKFLOW),
    (".gitlab-ci.yml", _GITLAB_CI),
    *MORE_FILES,
    ("k8s/*", _KUBERNETES),
    ("kustomize/base/*", _KUBERNETES),
    ("*Chart.yaml", _CHART),
    ("*values.yaml", _VALUES),
    ("*_helpers.tpl", _HELPERS),
    ("ansible/app.yml", _PLAYBOOK),
    ("ansible/*_vars/*", "app_port: 8000\n"),
    ("ansible/*.yml", _TASKS),
    ("rules/*", _RULES),
    ("dashboards/*", _DASHBOARD),
    ("otel-collector.yaml", _COLLECTOR),
    ("scripts/*", _SCRIPT),
    ("*.tf", _TERRAFORM),
    ("*", "# Written by the fake provider.\n"),
)
