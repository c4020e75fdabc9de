"""The template for IBM Cloud: a container on Code Engine, as an app or a daemon job."""

from collections.abc import Mapping, Sequence

from webapp.artifacts.catalogue.terraform_text import (
    Cloud,
    Deployment,
    example,
    fill,
    listed_texts,
    quoted,
    together,
    usual_variables,
    validation,
    variable,
)

INSTRUCTIONS = """\
- Provider IBM-Cloud/ibm (not hashicorp/ibm), version ~> 1.80, with region from a variable; the \
API key comes from the variable IC_API_KEY of the environment. State: backend "s3" on Cloud \
Object Storage, with its endpoints and the skip_ settings that IBM needs.
- Everything in one resource group, found by data "ibm_resource_group"; tags are lists of texts.
- The image runs on Code Engine: ibm_code_engine_project, ibm_code_engine_app (image_reference, \
image_secret, image_port, scale_min_instances, scale_max_instances, scale_cpu_limit and \
scale_memory_limit of a valid pair such as "0.5" and "2G", run_env_variables blocks), for a worker \
without a port ibm_code_engine_job with run_mode = "daemon".
- Images in ibm_cr_namespace at a regional host such as de.icr.io; Code Engine pulls them with an \
ibm_code_engine_secret of format "registry".
- Secrets in ibm_code_engine_secret, format "generic", filled from sensitive variables or from \
Secrets Manager, and passed by run_env_variables of type secret_full_reference or \
secret_key_reference.
- Databases: ibm_database with service databases-for-postgresql, databases-for-mysql, \
databases-for-redis, databases-for-mongodb or messages-for-rabbitmq, service_endpoints = \
"private", and access by ibm_resource_key."""

_VERSIONS = """
terraform {
  required_version = ">= 1.10"

  required_providers {
    ibm = {
      source  = "IBM-Cloud/ibm"
      version = "~> 1.80"
    }
  }

  # Cloud Object Storage speaks S3; bucket, region and endpoint are given to terraform init.
  backend "s3" {
    key                         = "@name@/terraform.tfstate"
    skip_credentials_validation = true
    skip_metadata_api_check     = true
    skip_region_validation      = true
    skip_requesting_account_id  = true
    skip_s3_checksum            = true
  }
}

# The key of the API comes from the environment: IC_API_KEY.
provider "ibm" {
  region = var.region
}
"""

_MAIN = """
locals {
  name = "@name@"

  image    = "${local.registry}/${local.name}:${var.image_tag}"
  registry = "${var.registry_host}/${ibm_cr_namespace.app.name}"

  # Code Engine sets PORT itself.
  environment = var.settings
}

data "ibm_resource_group" "app" {
  name = var.resource_group
}

resource "ibm_cr_namespace" "app" {
  name              = var.registry_namespace
  resource_group_id = data.ibm_resource_group.app.id
}

resource "ibm_code_engine_project" "app" {
  name              = local.name
  resource_group_id = data.ibm_resource_group.app.id
}

resource "ibm_code_engine_secret" "registry" {
  project_id = ibm_code_engine_project.app.project_id
  name       = "registry"
  format     = "registry"

  data = {
    server   = var.registry_host
    username = "iamapikey"
    password = var.registry_api_key
  }
}
"""

_SECRETS = """
resource "ibm_code_engine_secret" "app" {
  project_id = ibm_code_engine_project.app.project_id
  name       = "app"
  format     = "generic"
  data       = var.secrets
}
"""

_RUNS = """
resource "ibm_code_engine_@form@" "app" {
  project_id      = ibm_code_engine_project.app.project_id
  name            = local.name
  image_reference = local.image
  image_secret    = ibm_code_engine_secret.registry.name
  @scale@

  scale_cpu_limit    = "0.5"
  scale_memory_limit = "2G"

  dynamic "run_env_variables" {
    for_each = local.environment

    content {
      type  = "literal"
      name  = run_env_variables.key
      value = run_env_variables.value
    }
  }
  @secrets@
  @probes@
}
"""

_SERVES = """
image_port      = @port@

managed_domain_mappings = var.is_public ? "local_public" : "local_private"
scale_min_instances     = 1
scale_max_instances     = var.max_instances
"""

_FROM_SECRETS = """

run_env_variables {
  type      = "secret_full_reference"
  reference = ibm_code_engine_secret.app.name
}
"""

_PROBE = """

probe_@kind@ {
  type = "http"
  path = @path@
  port = @port@
}
"""

_ADDRESS = """
output "address" {
  description = "Where the application answers."
  value       = ibm_code_engine_app.app.endpoint
}
"""

_OUTPUTS = """
output "registry" {
  description = "Where the image has to be pushed to."
  value       = local.registry
}
"""


def _files(deployed: Deployment) -> Mapping[str, str]:
    app = deployed.app
    runs = fill(
        _RUNS,
        form="app" if app.listens else "job",
        scale=fill(_SERVES, port=str(app.listens)) if app.listens else 'run_mode        = "daemon"',
        secrets="\n" + fill(_FROM_SECRETS) if deployed.secrets else "",
        probes=_probes(deployed),
    )
    main = fill(_MAIN, name=app.name)
    values = {
        "region": '"eu-de"',
        "registry_host": '"de.icr.io"',
        "registry_namespace": '"company-apps"',
    }
    return {
        "versions.tf": fill(_VERSIONS, name=app.name),
        "variables.tf": together(*_variables(deployed)),
        "main.tf": together(main, _SECRETS if deployed.secrets else "", runs),
        "outputs.tf": together(_ADDRESS if app.listens else "", _OUTPUTS),
        "terraform.tfvars.example": example(values, deployed),
    }


def _probes(deployed: Deployment) -> str:
    app = deployed.app
    if app.listens is None or app.health is None:
        return ""
    path, port = quoted(app.health), str(app.listens)
    return "".join(
        "\n" + fill(_PROBE, kind=kind, path=path, port=port) for kind in ("readiness", "liveness")
    )


def _variables(deployed: Deployment) -> Sequence[str]:
    listens = deployed.app.listens
    needed = f"setsubtract({listed_texts(deployed.secrets)}, keys(var.secrets))"
    return (
        variable("region", "Region of IBM Cloud.", '"eu-de"'),
        variable("resource_group", "Resource group to run in.", '"Default"'),
        variable("registry_host", "Host of the container registry in the region.", '"de.icr.io"'),
        variable("registry_namespace", "Namespace of the registry, unique in its region."),
        variable(
            "registry_api_key",
            "API key that may read the registry.",
            more="sensitive   = true",
        ),
        variable(
            "secrets",
            "Environment variables that are secret, by name.",
            type_="map(string)",
            more="sensitive   = true\n"
            + validation(
                f"length({needed}) == 0", f"Needed are {', '.join(deployed.secrets[:12])}."
            ),
        )
        if deployed.secrets
        else "",
        variable("max_instances", "How many instances run at most.", "4", type_="number")
        if listens
        else "",
        variable("is_public", "Whether it is reached from outside.", "true", type_="bool")
        if listens
        else "",
        *usual_variables(deployed),
    )


def _unknown(deployed: Deployment) -> Sequence[str]:
    secret = ("registry_api_key", *(("secrets",) if deployed.secrets else ()))
    variables = " and ".join(f"TF_VAR_{name}" for name in secret)
    return (
        f"Give IC_API_KEY and {variables} in the environment; what they hold stands in the state.",
        "Keep the state in a private bucket of Cloud Object Storage: give its name, region and "
        "endpoints to terraform init in a file, with -backend-config=FILE.",
        "Push the image before it runs: terraform apply -target=ibm_cr_namespace.app.",
        "The arguments of IBM's resources were not checked: run terraform validate.",
        "The provider stays at version 1: whether all of this is the same in version 2 is not "
        "known.",
        *(
            ()
            if deployed.app.listens
            else (f"Start the job once: ibmcloud ce jobrun submit --job {deployed.app.name}.",)
        ),
    )


CLOUD = Cloud(INSTRUCTIONS, _files, _unknown)
