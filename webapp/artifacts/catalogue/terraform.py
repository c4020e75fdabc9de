"""Terraform: the image of an application on what each cloud offers to run containers."""

from collections.abc import Mapping
from types import MappingProxyType

from webapp.artifacts.backing import BACKING, known, unknown_variables
from webapp.artifacts.base import BlueprintInput, Kind, Template
from webapp.artifacts.blueprint import listed, present, read_app, unknown_name, unknown_port
from webapp.artifacts.catalogue import (
    terraform_aws,
    terraform_azure,
    terraform_gcp,
    terraform_ibm,
    terraform_oracle,
)
from webapp.artifacts.catalogue.terraform_text import (
    Cloud,
    Deployment,
    deployment,
    terraform_files,
)
from webapp.artifacts.checks.terraform import check
from webapp.domain.file_group import FileGroup

_INSTRUCTIONS = """\
- A root module in terraform/: versions.tf (required_version, required_providers each with source \
and a version such as ~> 6.0, backend, provider), variables.tf, main.tf and further files by \
subject, outputs.tf, terraform.tfvars.example. Only what the provider of the target really has: \
leave out an argument rather than guess its name.
- The image is built elsewhere: Terraform makes the registry, runs the image by a tag from a \
variable (never latest), and gives it its environment and its health route.
- Every variable has a type and a description; a default only where it is safe for everybody, \
validation where a wrong value is found out late; sensitive = true for what is secret. What nobody \
but the user knows (account, network, certificate, host name) is a variable without a default.
- No password, key or token in any file, not as a default either: secrets live in the secret \
manager of the cloud, Terraform makes the secret and the right to read it, and the value is put in \
outside. Passwords that Terraform has to make stay out of outputs.
- State is remote, encrypted and locked; the backend holds only literals (no variables), and the \
notes say what to give to terraform init.
- Least privilege: an identity of its own for the application, roles on single resources, networks \
closed except for what serves, databases private; nothing open to 0.0.0.0/0 but HTTPS.
- Everything carries tags or labels (application, managed_by). lifecycle prevent_destroy or the \
deletion protection of the provider for what holds data.
- for_each over count; never both in a block. Every reference is declared; nothing declared is \
left unused. A list, map or object over several lines has one item a line; a conditional over \
several lines stands in parentheses. Texts in double quotes.
- A worker without a port gets no load balancer, ingress or probe.
- Outputs: the address, the place to push the image to, and what other modules need.
- In the notes: what has to be given, and the order of the first steps."""

_CLOUDS: Mapping[str, Cloud] = {
    "aws": terraform_aws.CLOUD,
    "gcp": terraform_gcp.CLOUD,
    "azure": terraform_azure.CLOUD,
    "ibm": terraform_ibm.CLOUD,
    "oracle": terraform_oracle.CLOUD,
}


def _blueprint(given: BlueprintInput) -> Template:
    cloud = _CLOUDS[given.target or "aws"]
    deployed = deployment(read_app(given.facts))
    return Template(terraform_files(cloud.files(deployed)), _unknown(cloud, deployed))


def _unknown(cloud: Cloud, deployed: Deployment) -> tuple[str, ...]:
    app = deployed.app
    outside = [BACKING[name].title if name in BACKING else name for name in app.services]
    return present(
        unknown_name(app),
        *cloud.unknown(deployed),
        f"Give the secrets their values before it starts: {listed(deployed.secrets)}."
        if deployed.secrets
        else None,
        f"Put {listed(deployed.settings)} into settings where the application has no default."
        if deployed.settings
        else None,
        f"{listed(outside)} must run outside of this module: give each address as a secret."
        if outside
        else None,
        unknown_variables(app.env, known(app.services)),
        unknown_port(app),
        "No health route is known: only the port is watched, or the path /."
        if app.listens and not app.health
        else None,
        "No port is known: nothing leads to it from outside, and nothing probes it."
        if not app.listens
        else None,
        "What it needs is not known: CPU and memory are a first guess, measure them.",
    )


KIND = Kind(
    name="terraform",
    title="Terraform module",
    expected=("terraform/*.tf", "terraform/*.tfvars.example", "terraform/modules/*/*.tf"),
    max_tokens=24_000,
    version=2,
    instructions=_INSTRUCTIONS,
    check=check,
    blueprint=_blueprint,
    targets=tuple(_CLOUDS),
    needs_target=True,
    target_instructions=MappingProxyType(
        {target: cloud.instructions for target, cloud in _CLOUDS.items()}
    ),
    wants=(
        FileGroup.TERRAFORM,
        FileGroup.CONTAINER,
        FileGroup.CLUSTER,
        FileGroup.CONFIG,
        FileGroup.MANIFEST,
        FileGroup.README,
    ),
)
