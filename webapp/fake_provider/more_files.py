"""Files for built-in answers of the kinds that are made of several."""

_KUSTOMIZATION = """\
apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
resources:
  - deployment.yaml
"""
_POLICIES = """\
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: default-deny
spec:
  podSelector: {}
  policyTypes:
    - Ingress
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: app
spec:
  podSelector:
    matchLabels:
      app: app
  policyTypes:
    - Ingress
  ingress:
    - from:
        - podSelector: {}
      ports:
        - protocol: TCP
          port: 8080
"""
_SERVICE = """\
[Unit]
Description=app

[Service]
Type=exec
ExecStart=/opt/app/bin/app
Restart=on-failure
DynamicUser=yes
NoNewPrivileges=yes
ProtectSystem=strict
ProtectHome=yes
PrivateTmp=yes

[Install]
WantedBy=multi-user.target
"""
_SIDECAR = """\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: app
spec:
  selector:
    matchLabels:
      app: app
  template:
    metadata:
      labels:
        app: app
    spec:
      automountServiceAccountToken: false
      securityContext:
        runAsNonRoot: true
        runAsUser: 10001
        seccompProfile:
          type: RuntimeDefault
      initContainers:
        - name: collector
          image: otel/opentelemetry-collector-contrib:0.157.0
          restartPolicy: Always
          args:
            - --config=/etc/otelcol/config.yaml
          resources:
            requests:
              cpu: 50m
              memory: 128Mi
            limits:
              memory: 128Mi
          securityContext:
            allowPrivilegeEscalation: false
            readOnlyRootFilesystem: true
            capabilities:
              drop: [ALL]
          volumeMounts:
            - name: collector
              mountPath: /etc/otelcol
              readOnly: true
      containers:
        - name: app
          image: app:0.1.0
          env:
            - name: OTEL_SERVICE_NAME
              value: app
            - name: OTEL_EXPORTER_OTLP_ENDPOINT
              value: http://localhost:4318
          resources:
            requests:
              cpu: 100m
              memory: 64Mi
            limits:
              memory: 64Mi
          securityContext:
            allowPrivilegeEscalation: false
            readOnlyRootFilesystem: true
            capabilities:
              drop: [ALL]
      volumes:
        - name: collector
          configMap:
            name: app-collector
"""
_SIDECAR_CONFIG = """\
apiVersion: v1
kind: ConfigMap
metadata:
  name: app-collector
data:
  config.yaml: |
    receivers:
      otlp:
        protocols:
          http:
            endpoint: localhost:4318
    processors:
      memory_limiter:
        check_interval: 1s
        limit_percentage: 80
        spike_limit_percentage: 20
    exporters:
      otlp_grpc:
        endpoint: ${env:OTLP_ENDPOINT}
    service:
      pipelines:
        traces:
          receivers: [otlp]
          processors: [memory_limiter]
          exporters: [otlp_grpc]
"""
_SDK = '''\
"""Sends traces of this process by OTLP, as the environment says."""

import os

from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor


def set_up() -> None:
    """Call this once in each process."""
    name = os.environ.get("OTEL_SERVICE_NAME", "app")
    provider = TracerProvider(resource=Resource.create({"service.name": name}))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    trace.set_tracer_provider(provider)
'''
_SDK_README = "Add opentelemetry-sdk and opentelemetry-exporter-otlp-proto-http.\n"
MORE_FILES = (
    ("kustomize/base/kustomization.yaml", _KUSTOMIZATION),
    ("network-policies/*", _POLICIES),
    ("systemd/*.service", _SERVICE),
    ("otel-sidecar/deployment.yaml", _SIDECAR),
    ("otel-sidecar/config.yaml", _SIDECAR_CONFIG),
    ("otel/*.py", _SDK),
    ("otel/*.md", _SDK_README),
)
