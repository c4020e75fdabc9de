"""The template for Oracle Cloud: a container instance, behind a load balancer if it serves."""

from collections.abc import Mapping, Sequence
from textwrap import indent

from webapp.artifacts.catalogue import terraform_oracle_text as text
from webapp.artifacts.catalogue.terraform_text import (
    Cloud,
    Deployment,
    aligned,
    environment,
    example,
    fill,
    quoted,
    together,
    usual_variables,
    variable,
)

INSTRUCTIONS = """\
- Provider oracle/oci (not hashicorp/oci), version ~> 8.0, with region from a variable; keys stay \
in ~/.oci/config or the environment. State: backend "oci" (Terraform 1.12 or newer) in Object \
Storage.
- Everything in the compartment of a variable, with freeform_tags; availability domains from \
data "oci_identity_availability_domains".
- The image runs on Container Instances: oci_container_instances_container_instance with shape \
CI.Standard.E4.Flex, shape_config (ocpus, memory_in_gbs), containers (image_url, \
environment_variables, health_checks with path and port), vnics in a private subnet with nsg_ids, \
container_restart_policy = "ALWAYS".
- Images in oci_artifacts_container_repository, is_public = false, at REGION.ocir.io/NAMESPACE; \
an oci_identity_dynamic_group of computecontainerinstance may read repos.
- Secrets in Vault (oci_vault_secret): passed by data "oci_secrets_secretbundle", or better read \
by the application itself through its resource principal; never written out.
- Serving: oci_load_balancer_load_balancer with shape flexible, backend set with a health_checker, \
backend, and a listener with ssl_configuration; oci_core_network_security_group_security_rule \
only for what has to get in.
- Databases: oci_psql_db_system (PostgreSQL), oci_mysql_mysql_db_system, oci_redis_redis_cluster, \
in private subnets."""


def _files(deployed: Deployment) -> Mapping[str, str]:
    app = deployed.app
    files = {
        "versions.tf": fill(text.VERSIONS, name=app.name),
        "variables.tf": together(*_variables(deployed)),
        "main.tf": fill(
            text.MAIN,
            name=app.name,
            environment=environment(deployed),
            variables="merge(local.environment, local.secrets)"
            if deployed.secrets
            else "local.environment",
            health=_health(deployed),
        ),
    }
    if deployed.secrets:
        files["secrets.tf"] = together(text.SECRETS)
    if app.listens:
        files["balancer.tf"] = fill(
            text.BALANCER,
            port=str(app.listens),
            protocol="HTTP" if app.health else "TCP",
            path=f"url_path = {quoted(app.health)}" if app.health else "",
        )
    files["outputs.tf"] = together(text.ADDRESS if app.listens else "", text.OUTPUTS)
    files["terraform.tfvars.example"] = example(_values(deployed), deployed)
    return files


def _health(deployed: Deployment) -> str:
    app = deployed.app
    if app.listens is None:
        return ""
    path = f"path              = {quoted(app.health)}" if app.health else ""
    kind = "HTTP" if app.health else "TCP"
    return "\n" + fill(text.HEALTH, type=kind, port=str(app.listens), path=path)


def _variables(deployed: Deployment) -> Sequence[str]:
    listens = deployed.app.listens
    names = ", ".join(deployed.secrets[:12])
    return (
        variable("region", "Region of Oracle Cloud.", '"eu-frankfurt-1"'),
        variable("tenancy_id", "OCID of the tenancy."),
        variable("compartment_id", "OCID of the compartment to run in."),
        variable("vcn_id", "OCID of the network."),
        variable("private_subnet_id", "OCID of the subnet of the container."),
        variable("public_subnet_id", "OCID of the subnet of the load balancer.") if listens else "",
        variable("certificate_id", "OCID of the certificate of the host name.") if listens else "",
        variable(
            "secret_ids",
            f"OCIDs of secrets of a vault, by variable ({names}).",
            type_="map(string)",
        )
        if deployed.secrets
        else "",
        *usual_variables(deployed),
    )


def _values(deployed: Deployment) -> Mapping[str, str]:
    public = {
        "public_subnet_id": '"ocid1.subnet.oc1.eu-frankfurt-1.bbbb"',
        "certificate_id": '"ocid1.certificate.oc1.eu-frankfurt-1.aaaa"',
    }
    secrets = dict.fromkeys(deployed.secrets, '"ocid1.vaultsecret.oc1.aaaa"')
    return {
        "tenancy_id": '"ocid1.tenancy.oc1..aaaa"',
        "compartment_id": '"ocid1.compartment.oc1..aaaa"',
        "vcn_id": '"ocid1.vcn.oc1.eu-frankfurt-1.aaaa"',
        "private_subnet_id": '"ocid1.subnet.oc1.eu-frankfurt-1.aaaa"',
        **(public if deployed.app.listens else {}),
        **({"secret_ids": f"{{\n{indent(aligned(secrets), '  ')}}}"} if secrets else {}),
    }


def _unknown(deployed: Deployment) -> Sequence[str]:
    return (
        "Tenancy, compartment and network are not known: give their OCIDs.",
        "Keep the state in a private bucket: terraform init -backend-config=bucket=NAME "
        "-backend-config=namespace=NAMESPACE -backend-config=region=REGION.",
        "Push the image before it runs: terraform apply "
        "-target=oci_artifacts_container_repository.app.",
        "The dynamic group lives in the home region of the tenancy: run this there, or add a "
        "provider for that region.",
        "The arguments of Oracle's resources were not checked: run terraform validate.",
        *(
            ("The values of the secrets stand in the state: keep its bucket private.",)
            if deployed.secrets
            else ()
        ),
    )


CLOUD = Cloud(INSTRUCTIONS, _files, _unknown)
