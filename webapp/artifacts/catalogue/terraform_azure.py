"""The template for Azure: a container on Container Apps."""

from collections.abc import Mapping, Sequence

from webapp.artifacts.catalogue import terraform_azure_text as text
from webapp.artifacts.catalogue.terraform_text import (
    Cloud,
    Deployment,
    environment,
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
- Provider hashicorp/azurerm, version ~> 5.0, with features {} and subscription_id from a \
variable. State: backend "azurerm" with use_azuread_auth = true.
- Everything in one azurerm_resource_group, with tags: they are not inherited, so each resource \
has them.
- The image runs on Container Apps: azurerm_log_analytics_workspace, \
azurerm_container_app_environment, azurerm_container_app (revision_mode "Single", template with \
container, min_replicas and max_replicas; cpu and memory of a valid pair such as 0.5 and "1Gi"). \
ingress with target_port and traffic_weight only where it serves; startup_probe, readiness_probe \
and liveness_probe on the health route.
- Images in azurerm_container_registry with admin_enabled = false; an \
azurerm_user_assigned_identity pulls them by the role AcrPull.
- Secrets in azurerm_key_vault with rbac_authorization_enabled = true and purge protection; the \
app reads them by its identity (secret with key_vault_secret_id, env with secret_name). Names of \
secrets in lower case with hyphens.
- Names of registry and key vault are unique in the world and short (24 characters for a vault).
- Databases: azurerm_postgresql_flexible_server or azurerm_mysql_flexible_server with private \
access, azurerm_managed_redis; passwords from Key Vault, never public network access."""


def _files(deployed: Deployment) -> Mapping[str, str]:
    app = deployed.app
    has_secrets = bool(deployed.secrets)
    main = fill(
        text.MAIN,
        name=app.name,
        short=quoted(app.name[:32].rstrip("-")),
        environment=environment(deployed),
        secrets="\n" + fill(text.SECRETS_OF_APP) if has_secrets else "",
        from_secrets="\n" + fill(text.FROM_SECRETS) if has_secrets else "",
        ingress="\n" + fill(text.INGRESS, port=str(app.listens)) if app.listens else "",
        probes=_probes(deployed),
        depends_on="azurerm_role_assignment.pull"
        + ", azurerm_role_assignment.secrets" * has_secrets,
    )
    files = {
        "versions.tf": fill(text.VERSIONS, name=app.name),
        "variables.tf": together(*_variables(deployed)),
        "main.tf": main,
    }
    if has_secrets:
        files["secrets.tf"] = fill(text.SECRETS, names=listed_texts(deployed.secrets))
    files["outputs.tf"] = together(text.ADDRESS if app.listens else "", text.OUTPUTS)
    values = {
        "subscription_id": '"00000000-0000-0000-0000-000000000000"',
        "registry_name": '"companyapps"',
        **({"key_vault_name": '"kv-company-apps"'} if has_secrets else {}),
    }
    files["terraform.tfvars.example"] = example(values, deployed)
    return files


def _probes(deployed: Deployment) -> str:
    app = deployed.app
    if app.listens is None:
        return ""
    kinds = ("startup", "readiness", "liveness") if app.health else ("startup", "readiness")
    probes = (
        fill(
            text.PROBE,
            kind=kind,
            transport="HTTP" if app.health else "TCP",
            port=str(app.listens),
            path=f"path      = {quoted(app.health)}" if app.health else "",
        )
        for kind in kinds
    )
    return "".join(f"\n{probe}" for probe in probes)


def _variables(deployed: Deployment) -> Sequence[str]:
    listens = deployed.app.listens
    return (
        variable("subscription_id", "ID of the subscription."),
        variable("location", "Region of Azure.", '"germanywestcentral"'),
        variable(
            "registry_name",
            "Name of the container registry, unique in the world.",
            more=validation(
                'can(regex("^[a-zA-Z0-9]{5,50}$", var.registry_name))',
                "The name has 5 to 50 letters and digits.",
            ),
        ),
        variable(
            "key_vault_name",
            "Name of the key vault, unique in the world.",
            more=validation(
                'can(regex("^[a-zA-Z][a-zA-Z0-9-]{2,23}$", var.key_vault_name))',
                "The name has 3 to 24 letters, digits and hyphens.",
            ),
        )
        if deployed.secrets
        else "",
        variable("max_replicas", "How many replicas run at most.", "4", type_="number"),
        variable("is_public", "Whether it is reached from outside.", "true", type_="bool")
        if listens
        else "",
        *usual_variables(deployed),
    )


def _unknown(deployed: Deployment) -> Sequence[str]:
    return (
        "The subscription and the names that are unique in the world are not known: give them.",
        "Keep the state in a private storage account: terraform init "
        "-backend-config=storage_account_name=NAME -backend-config=container_name=NAME.",
        "Push the image before it runs: terraform apply -target=azurerm_container_registry.app.",
        *(
            ("Who puts in the secrets needs the role Key Vault Secrets Officer on the key vault.",)
            if deployed.secrets
            else ()
        ),
    )


CLOUD = Cloud(INSTRUCTIONS, _files, _unknown)
