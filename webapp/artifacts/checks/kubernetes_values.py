"""What Kubernetes refuses although its published schemas allow it: words, names, numbers, forms.

Each entry is added to the schemas, so that one validator finds all faults. A `title` ends the
sentence “… is “x”, not …”. The patterns are linear on any text.
"""

from collections.abc import Mapping
from typing import Any

_CORE, _APPS, _BATCH = "io.k8s.api.core.v1", "io.k8s.api.apps.v1", "io.k8s.api.batch.v1"
_META = "io.k8s.apimachinery.pkg.apis.meta.v1"
_NETWORKING, _SCALING = "io.k8s.api.networking.v1", "io.k8s.api.autoscaling"
_RBAC, _STORAGE = "io.k8s.api.rbac.v1", "io.k8s.api.storage.v1"


def _form(pattern: str, title: str) -> dict[str, Any]:
    return {"pattern": rf"\A(?:{pattern})\Z", "title": title}


def _one_of(*words: str) -> dict[str, Any]:
    return {"enum": list(words)}


def _schedule() -> str:
    months = "jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec"
    numbers = (
        "(?:[0-5]?[0-9])",
        "(?:[01]?[0-9]|2[0-3])",
        "(?:0?[1-9]|[12][0-9]|3[01])",
        f"(?:0?[1-9]|1[0-2]|{months})",
        "(?:0?[0-6]|sun|mon|tue|wed|thu|fri|sat)",
    )
    parts = (rf"(?:[*?]|{number}(?:-{number})?)(?:/[1-9][0-9]{{0,2}})?" for number in numbers)
    fields = r"\s+".join(f"{part}(?:,{part})*" for part in parts)
    words = "yearly|annually|monthly|weekly|daily|midnight|hourly|every [0-9a-z.]{1,20}"
    return rf"(?i:@(?:{words})|{fields})"


_NUMBER = r"(?:[0-9]{1,40}(?:\.[0-9]{0,40})?|\.[0-9]{1,40})"
PORT = {"minimum": 1, "maximum": 65535}
DNS_LABEL = _form(
    r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?",
    "a DNS label: up to 63 lower-case letters, digits and “-”",
)
# A service's name becomes that of variables, so it starts with a letter.
SERVICE_NAME = _form(
    r"[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?",
    "a service name: up to 63 lower-case letters, digits and “-”, a letter first",
)
DNS_NAME = _form(
    r"(?=.{1,253}\Z)[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*",
    "a DNS name: lower-case letters, digits, “-” and “.”",
)
HOST = _form(
    r"(?=.{1,253}\Z)(?:\*\.)?[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*",
    "a host name, which has neither scheme nor port",
)
PORT_NAME = _form(
    r"(?=.{1,15}\Z)(?=[0-9-]*[a-z])[a-z0-9]+(?:-[a-z0-9]+)*",
    "a port name: up to 15 lower-case letters, digits and “-”",
)
LABEL_VALUE = _form(
    r"(?:[A-Za-z0-9](?:[A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?)?",
    "the value of a label: up to 63 letters, digits, “-”, “_” and “.”",
)
LABEL_KEY = _form(
    r"(?:[a-z0-9][a-z0-9.-]{0,252}/)?[A-Za-z0-9](?:[A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?",
    "the name of a label, such as app or example.org/part",
)
CONFIG_KEY = _form("[A-Za-z0-9._-]{1,253}", "a key: letters, digits, “-”, “_” and “.”")
QUANTITY = _form(
    rf"\+?{_NUMBER}(?:[numkMGTPE]|[KMGTPE]i|[eE][+-]?[0-9]{{1,2}})?",
    "a quantity such as 250m or 64Mi",
)
SCHEDULE = _form(_schedule(), "a schedule of five fields such as 0 3 * * 1")
BASE64 = _form(
    r"[A-Za-z0-9+/\s]*(?:=[=\s]{0,9})?", "text in base64: put plain text under stringData"
)
PATH = _form(r"/.*", "a path that starts with “/”")

_PROTOCOL = _one_of("TCP", "UDP", "SCTP")
_TRAFFIC = _one_of("Cluster", "Local")
_ACCESS = _one_of("ReadWriteOnce", "ReadOnlyMany", "ReadWriteMany", "ReadWriteOncePod")
_RECLAIM = _one_of("Retain", "Delete", "Recycle")
_SELECTS = _one_of("In", "NotIn", "Exists", "DoesNotExist")
_TAINTS = _one_of("NoSchedule", "PreferNoSchedule", "NoExecute")
_VOLUME_MODE = _one_of("Filesystem", "Block")
_COUNT = {"minimum": 0}
_SPEC = {"required": ["spec"]}
_FOR_EVER = {
    "properties": {"spec": {"properties": {"restartPolicy": _one_of("Always")}}},
}
_TO_THE_END = {
    "properties": {
        "spec": {
            "properties": {"restartPolicy": _one_of("OnFailure", "Never")},
            "required": ["restartPolicy"],
        }
    },
}
_LABELS = {"additionalProperties": {"type": "string", **LABEL_VALUE}, "propertyNames": LABEL_KEY}

# Definition → property (“[]”: each item of a list, “”: the whole) → what is added to its schema.
REFINEMENTS: Mapping[str, Mapping[str, Mapping[str, Any]]] = {
    "io.k8s.apimachinery.pkg.api.resource.Quantity": {"": {**QUANTITY, "minimum": 0}},
    f"{_META}.ObjectMeta": {"labels": _LABELS, "namespace": DNS_LABEL},
    f"{_META}.LabelSelector": {"matchLabels": _LABELS},
    f"{_META}.LabelSelectorRequirement": {"operator": _SELECTS},
    f"{_APPS}.Deployment": {"": _SPEC},
    f"{_APPS}.StatefulSet": {"": _SPEC},
    f"{_APPS}.DaemonSet": {"": _SPEC},
    f"{_APPS}.ReplicaSet": {"": _SPEC},
    f"{_APPS}.DeploymentSpec": {"replicas": _COUNT, "template": _FOR_EVER},
    f"{_APPS}.DeploymentStrategy": {"type": _one_of("Recreate", "RollingUpdate")},
    f"{_APPS}.ReplicaSetSpec": {"replicas": _COUNT, "template": _FOR_EVER},
    f"{_APPS}.StatefulSetSpec": {
        "replicas": _COUNT,
        "template": _FOR_EVER,
        "podManagementPolicy": _one_of("OrderedReady", "Parallel"),
    },
    f"{_APPS}.StatefulSetUpdateStrategy": {"type": _one_of("RollingUpdate", "OnDelete")},
    f"{_APPS}.DaemonSetSpec": {"template": _FOR_EVER},
    f"{_APPS}.DaemonSetUpdateStrategy": {"type": _one_of("RollingUpdate", "OnDelete")},
    f"{_BATCH}.Job": {"": _SPEC},
    f"{_BATCH}.JobSpec": {
        "backoffLimit": _COUNT,
        "completionMode": _one_of("NonIndexed", "Indexed"),
        "completions": _COUNT,
        "parallelism": _COUNT,
        "template": _TO_THE_END,
        "ttlSecondsAfterFinished": _COUNT,
    },
    f"{_BATCH}.CronJob": {"": _SPEC},
    f"{_BATCH}.CronJobSpec": {
        "concurrencyPolicy": _one_of("Allow", "Forbid", "Replace"),
        "schedule": SCHEDULE,
    },
    f"{_BATCH}.JobTemplateSpec": {"": _SPEC},
    f"{_CORE}.PodTemplateSpec": {"": _SPEC},
    f"{_CORE}.Pod": {"": _SPEC},
    f"{_CORE}.PodSpec": {
        "containers": {"minItems": 1},
        "dnsPolicy": _one_of("ClusterFirst", "ClusterFirstWithHostNet", "Default", "None"),
        "preemptionPolicy": _one_of("Never", "PreemptLowerPriority"),
        "restartPolicy": _one_of("Always", "OnFailure", "Never"),
        "terminationGracePeriodSeconds": _COUNT,
    },
    f"{_CORE}.Container": {
        "": {"required": ["image"]},
        "image": _form(r"\S+", "an image"),
        "imagePullPolicy": _one_of("Always", "IfNotPresent", "Never"),
        "name": DNS_LABEL,
        "restartPolicy": _one_of("Always"),
        "terminationMessagePolicy": _one_of("File", "FallbackToLogsOnError"),
    },
    f"{_CORE}.ContainerPort": {
        "containerPort": PORT,
        "hostPort": PORT,
        "name": PORT_NAME,
        "protocol": _PROTOCOL,
    },
    f"{_CORE}.HTTPGetAction": {"port": {**PORT, **PORT_NAME}, "scheme": _one_of("HTTP", "HTTPS")},
    f"{_CORE}.TCPSocketAction": {"port": {**PORT, **PORT_NAME}},
    f"{_CORE}.GRPCAction": {"port": PORT},
    f"{_CORE}.Probe": {
        "failureThreshold": {"minimum": 1},
        "initialDelaySeconds": _COUNT,
        "periodSeconds": {"minimum": 1},
        "successThreshold": {"minimum": 1},
        "timeoutSeconds": {"minimum": 1},
    },
    f"{_CORE}.EmptyDirVolumeSource": {
        "medium": _form(r"(?:Memory|HugePages(?:-[0-9]{1,9}[KMG]i)?)?", "a medium such as Memory")
    },
    f"{_CORE}.HostPathVolumeSource": {
        "type": _one_of(
            *("", "DirectoryOrCreate", "Directory", "FileOrCreate", "File"),
            *("Socket", "CharDevice", "BlockDevice"),
        )
    },
    f"{_CORE}.SeccompProfile": {"type": _one_of("RuntimeDefault", "Localhost", "Unconfined")},
    f"{_CORE}.Taint": {"effect": _TAINTS},
    f"{_CORE}.Toleration": {"effect": _TAINTS, "operator": _one_of("Exists", "Equal")},
    f"{_CORE}.NodeSelectorRequirement": {
        "operator": _one_of("In", "NotIn", "Exists", "DoesNotExist", "Gt", "Lt")
    },
    f"{_CORE}.TopologySpreadConstraint": {
        "maxSkew": {"minimum": 1},
        "whenUnsatisfiable": _one_of("DoNotSchedule", "ScheduleAnyway"),
    },
    f"{_CORE}.Volume": {"name": DNS_LABEL},
    f"{_CORE}.Service": {"": _SPEC},
    f"{_CORE}.ServiceSpec": {
        "externalTrafficPolicy": _TRAFFIC,
        "internalTrafficPolicy": _TRAFFIC,
        "ipFamilyPolicy": _one_of("SingleStack", "PreferDualStack", "RequireDualStack"),
        "selector": {"additionalProperties": {"type": "string", **LABEL_VALUE}},
        "sessionAffinity": _one_of("None", "ClientIP"),
        "type": _one_of("ClusterIP", "NodePort", "LoadBalancer", "ExternalName"),
    },
    f"{_CORE}.ServicePort": {
        "name": DNS_LABEL,
        "nodePort": PORT,
        "port": PORT,
        "protocol": _PROTOCOL,
        "targetPort": {**PORT, **PORT_NAME},
    },
    f"{_CORE}.ConfigMap": {"data": {"propertyNames": CONFIG_KEY}},
    f"{_CORE}.Secret": {
        "data": {"additionalProperties": {"type": "string", **BASE64}, "propertyNames": CONFIG_KEY},
        "stringData": {"propertyNames": CONFIG_KEY},
    },
    f"{_CORE}.PersistentVolumeClaim": {"": _SPEC},
    f"{_CORE}.PersistentVolumeClaimSpec": {
        "": {"required": ["accessModes", "resources"]},
        "accessModes": {"minItems": 1},
        "accessModes[]": _ACCESS,
        "volumeMode": _VOLUME_MODE,
    },
    f"{_CORE}.PersistentVolumeSpec": {
        "": {"required": ["accessModes", "capacity"]},
        "accessModes[]": _ACCESS,
        "persistentVolumeReclaimPolicy": _RECLAIM,
        "volumeMode": _VOLUME_MODE,
    },
    f"{_STORAGE}.StorageClass": {
        "reclaimPolicy": _RECLAIM,
        "volumeBindingMode": _one_of("Immediate", "WaitForFirstConsumer"),
    },
    f"{_NETWORKING}.Ingress": {"": _SPEC},
    f"{_NETWORKING}.IngressRule": {"host": HOST},
    f"{_NETWORKING}.HTTPIngressPath": {
        "path": PATH,
        "pathType": _one_of("Exact", "Prefix", "ImplementationSpecific"),
    },
    f"{_NETWORKING}.ServiceBackendPort": {"name": DNS_LABEL, "number": PORT},
    f"{_NETWORKING}.NetworkPolicySpec": {"policyTypes[]": _one_of("Ingress", "Egress")},
    f"{_NETWORKING}.NetworkPolicyPort": {
        "port": {**PORT, **PORT_NAME},
        "protocol": _PROTOCOL,
    },
    f"{_SCALING}.v1.HorizontalPodAutoscaler": {"": _SPEC},
    f"{_SCALING}.v1.HorizontalPodAutoscalerSpec": {
        "maxReplicas": {"minimum": 1},
        "minReplicas": {"minimum": 1},
        "targetCPUUtilizationPercentage": {"minimum": 1},
    },
    f"{_SCALING}.v2.HorizontalPodAutoscaler": {"": _SPEC},
    f"{_SCALING}.v2.HorizontalPodAutoscalerSpec": {
        "maxReplicas": {"minimum": 1},
        "minReplicas": {"minimum": 1},
    },
    f"{_SCALING}.v2.MetricSpec": {
        "type": _one_of("Resource", "Pods", "Object", "External", "ContainerResource")
    },
    f"{_SCALING}.v2.MetricTarget": {"type": _one_of("Utilization", "Value", "AverageValue")},
    f"{_RBAC}.RoleRef": {"kind": _one_of("Role", "ClusterRole")},
    f"{_RBAC}.Subject": {"kind": _one_of("ServiceAccount", "User", "Group")},
}
