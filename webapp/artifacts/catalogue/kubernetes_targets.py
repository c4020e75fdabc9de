"""What is peculiar to one sort of cluster: how it gets images and how requests get in."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Target:
    """One sort of cluster; `image` in a sentence stands for the image that the manifests name.

    `ingress_class` is None where no class has to be named; with a `gateway_class` a Gateway and its
    route stand in the place of the Ingress. `health_annotation` is what tells the load balancer of
    an Ingress the route to ask, `without_health` what it does when none is known,
    `asks_by_address` that it names the pod's address as host, which Django refuses.
    """

    images: str
    entry: str
    instructions: str
    ingress_class: str | None = None
    gateway_class: str | None = None
    ingress_annotations: Mapping[str, str] = field(default_factory=dict)
    service_annotations: Mapping[str, str] = field(default_factory=dict)
    health_annotation: str | None = None
    without_health: str | None = None
    asks_by_address: bool = False


TARGETS: Mapping[str, Target] = {
    "minikube": Target(
        images="Nothing pulls the image: load it with minikube image load {image}.",
        entry="Run minikube addons enable ingress, then open http:// with what minikube ip prints; "
        "with the docker driver of macOS and Windows it is localhost while minikube tunnel runs.",
        ingress_class="nginx",
        instructions="""\
- One node, for development: few replicas, small requests.
- Images are loaded with minikube image load NAME:TAG, so imagePullPolicy IfNotPresent and a tag \
other than latest; no registry and no pull secret.
- Service of type ClusterIP and an Ingress with ingressClassName nginx (addon ingress, whose \
project has ended; newer versions have an addon traefik with the class of that name), host only if \
one is given. LoadBalancer works only while minikube tunnel runs; NodePort is the way without \
the addon.
- Claims use the default StorageClass standard, ReadWriteOnce: leave storageClassName out.
- No workload identity: cloud credentials, if any, come from a Secret made outside.
- Notes: minikube addons enable ingress, the command that loads the image, the address.""",
    ),
    "kind": Target(
        images="Nothing pulls the image: load it with kind load docker-image {image}.",
        entry="Run cloud-provider-kind, 0.9 or later, beside the cluster, or install an Ingress "
        "controller; kubectl get ingress then shows the address.",
        instructions="""\
- A cluster of containers, for development and CI: few replicas, small requests.
- Images are loaded with kind load docker-image NAME:TAG, so imagePullPolicy IfNotPresent and a \
tag other than latest; no registry and no pull secret.
- Service of type ClusterIP and an Ingress without ingressClassName: cloud-provider-kind (0.9 or \
later), which also serves LoadBalancer, takes it; the project of ingress-nginx has ended. \
NodePort is reached only through extraPortMappings of the cluster's configuration.
- Claims use the default StorageClass standard (rancher.io/local-path), ReadWriteOnce: leave \
storageClassName out.
- No workload identity: cloud credentials, if any, come from a Secret made outside.
- Notes: what must run for the Ingress, the command that loads the image.""",
    ),
    "gke": Target(
        images="Push {image} to Artifact Registry and put REGION-docker.pkg.dev/PROJECT/REPOSITORY "
        "of yours in front: they are not known.",
        entry="GKE makes an external Application Load Balancer for the Ingress; reserve a static "
        "address for it (kubernetes.io/ingress.global-static-ip-name).",
        # GKE heeds the annotation alone; an Ingress with a class and without it is left alone.
        ingress_annotations={"kubernetes.io/ingress.class": "gce"},
        service_annotations={"cloud.google.com/neg": '{"ingress": true}'},
        without_health="No health route is known: the load balancer asks for / and wants a 200.",
        instructions="""\
- Ingress: the annotation kubernetes.io/ingress.class: gce (gce-internal inside the VPC) and no \
ingressClassName, which GKE does not read. The Service is ClusterIP with the annotation \
cloud.google.com/neg: '{"ingress": true}'. The load balancer takes its health check from the \
readinessProbe when that is httpGet on the serving port; else it wants a 200 from /.
- HTTPS: a ManagedCertificate (networking.gke.io/v1) that the annotation \
networking.gke.io/managed-certificates names, and kubernetes.io/ingress.global-static-ip-name; \
only for a host name that is given.
- A Service of type LoadBalancer is public unless it has networking.gke.io/load-balancer-type: \
Internal.
- Images: REGION-docker.pkg.dev/PROJECT/REPOSITORY/NAME:TAG, pulled with the rights of the nodes: \
no pull secret.
- Claims: StorageClass standard-rwo (the default) or premium-rwo, ReadWriteOnce; Filestore for \
ReadWriteMany.
- Google APIs: Workload Identity Federation, a service account of its own whose principal is \
granted roles, or its annotation iam.gke.io/gcp-service-account: NAME@PROJECT.iam.gserviceaccount\
.com; never a key file.
- Autopilot refuses hostPath and privileged pods and takes limits from requests.""",
    ),
    "eks": Target(
        images="Push {image} to ECR and put ACCOUNT.dkr.ecr.REGION.amazonaws.com of yours in "
        "front: they are not known.",
        entry="The IngressClass alb must exist: install the AWS Load Balancer Controller or, in "
        "Auto Mode, create the class for eks.amazonaws.com/alb.",
        ingress_class="alb",
        ingress_annotations={
            "alb.ingress.kubernetes.io/scheme": "internet-facing",
            "alb.ingress.kubernetes.io/target-type": "ip",
        },
        health_annotation="alb.ingress.kubernetes.io/healthcheck-path",
        without_health="No health route is known: the load balancer asks for / and wants a 200.",
        asks_by_address=True,
        instructions="""\
- Ingress: ingressClassName alb (AWS Load Balancer Controller) with the annotations \
alb.ingress.kubernetes.io/scheme (internet-facing or internal), target-type: ip and \
healthcheck-path; the Service is ClusterIP. The health check names the address of a pod as host.
- HTTPS: listen-ports '[{"HTTP":80},{"HTTPS":443}]', ssl-redirect '443' and certificate-arn, \
only for a certificate that is given.
- A Service of type LoadBalancer has the annotations \
service.beta.kubernetes.io/aws-load-balancer-type: external, …-nlb-target-type: ip and …-scheme.
- Images: ACCOUNT.dkr.ecr.REGION.amazonaws.com/NAME:TAG, pulled with the role of the nodes: no \
pull secret.
- Claims: the EBS CSI driver and a StorageClass for gp3 (ebs.csi.aws.com, WaitForFirstConsumer) \
must be there, ReadWriteOnce; EFS for ReadWriteMany. New clusters have no default class.
- AWS APIs: EKS Pod Identity (an association, no annotation) or IRSA: a service account with \
eks.amazonaws.com/role-arn: arn:aws:iam::ACCOUNT:role/NAME; never access keys.""",
    ),
    "aks": Target(
        images="Push {image} to your Azure Container Registry, put NAME.azurecr.io of yours in "
        "front and attach it with az aks update --attach-acr.",
        entry="Enable the Gateway API of the application routing add-on: az aks approuting gateway "
        "istio enable, in a cluster with the managed Gateway API.",
        gateway_class="approuting-istio",
        instructions="""\
- Gateway and HTTPRoute (gateway.networking.k8s.io/v1), gatewayClassName approuting-istio \
(application routing add-on); the pods of the Gateway run in its own namespace. The older Ingress \
with ingressClassName webapprouting.kubernetes.azure.com (NGINX) has no support after November \
2026: only where the brief asks for it. The Service is ClusterIP.
- HTTPS: a listener with tls and certificateRefs to a Secret, which the Secrets Store CSI driver \
fills from Key Vault; only for a certificate that is given.
- A Service of type LoadBalancer is public unless it has \
service.beta.kubernetes.io/azure-load-balancer-internal: "true".
- Images: NAME.azurecr.io/NAME:TAG with the registry attached to the cluster: no pull secret.
- Claims: StorageClass managed-csi or managed-csi-premium, ReadWriteOnce; azurefile-csi for \
ReadWriteMany.
- Azure APIs: workload identity, a service account with the annotation \
azure.workload.identity/client-id and the label azure.workload.identity/use: "true" on the pods; \
never a client secret.""",
    ),
    "iks": Target(
        images="Push {image} to the IBM Cloud Container Registry and put REGION.icr.io/NAMESPACE "
        "of yours in front; outside of the namespace default copy the Secret all-icr-io and name "
        "it under imagePullSecrets.",
        entry="The Ingress is for the NGINX of the cluster: where its load balancers have moved to "
        "Traefik, write public-iks-traefik.",
        ingress_class="public-iks-k8s-nginx",
        instructions="""\
- Ingress: ingressClassName public-iks-k8s-nginx (private-iks-k8s-nginx inside), or \
public-iks-traefik and private-iks-traefik where the cluster's load balancers have moved to \
Traefik. One controller serves all of the cluster: give every rule its host when one is given. \
The Service is ClusterIP.
- HTTPS: tls with the Ingress subdomain of the cluster (…containers.appdomain.cloud) and the \
Secret of its certificate, which must be in the same namespace; only when they are given.
- A Service of type LoadBalancer is public unless it has \
service.kubernetes.io/ibm-load-balancer-cloud-provider-ip-type: private.
- Images: REGION.icr.io/NAMESPACE/NAME:TAG. The pull secret all-icr-io exists in the namespace \
default; elsewhere it is copied and named under imagePullSecrets.
- Claims: on VPC ibmc-vpc-block-10iops-tier or ibmc-vpc-block-metro-10iops-tier, on classic \
ibmc-block-gold, ReadWriteOnce.
- IBM Cloud APIs: a trusted profile linked to a service account of its own and a projected token \
with audience iam; never an API key.""",
    ),
}
