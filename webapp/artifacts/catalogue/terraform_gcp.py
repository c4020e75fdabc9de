"""The template for Google Cloud: a container on Cloud Run, as a service or a worker pool."""

from collections.abc import Mapping, Sequence

from webapp.artifacts.catalogue import terraform_gcp_text as text
from webapp.artifacts.catalogue.terraform_text import (
    Cloud,
    Deployment,
    example,
    fill,
    listed_texts,
    quoted,
    together,
    usual_variables,
    variable,
)

INSTRUCTIONS = """\
- Provider hashicorp/google, version ~> 8.0, with project and region from variables and \
default_labels; google-beta only where something needs it. State: backend "gcs" with a prefix.
- The APIs that are used are switched on with google_project_service, disable_on_destroy = false, \
and what needs them depends_on it.
- The image runs on Cloud Run: google_cloud_run_v2_service (not google_cloud_run_service), for a \
worker without a port google_cloud_run_v2_worker_pool. Its own google_service_account, \
startup_probe and liveness_probe on the health route, limits for cpu and memory, scaling with a \
maximum. Images in google_artifact_registry_repository, format DOCKER, immutable tags.
- PORT is reserved: Cloud Run sets it to container_port itself.
- Secrets in google_secret_manager_secret, passed by value_source/secret_key_ref; the service \
account is roles/secretmanager.secretAccessor of exactly these. No key files of service accounts, \
no roles/owner or roles/editor.
- Only who has to may call it: roles/run.invoker for allUsers only where the brief wants the public.
- Databases: google_sql_database_instance (PostgreSQL, MySQL) with private IP or the Cloud SQL \
connection, backup_configuration, deletion_protection; google_redis_instance or \
google_memorystore_instance, reached through vpc_access."""


def _files(deployed: Deployment) -> Mapping[str, str]:
    app = deployed.app
    runs = fill(
        text.SERVICE if app.listens else text.WORKER,
        port=str(app.listens),
        probe=_probe(deployed),
        liveness="\n" + fill(text.LIVENESS, probe=_probe(deployed)) if app.health else "",
        secrets="\n" + fill(text.FROM_SECRETS) if deployed.secrets else "",
        depends_on="google_secret_manager_secret_iam_member.app"
        if deployed.secrets
        else "google_project_service.app",
    )
    account = quoted(f"{app.name[:26].rstrip('-')}-run")
    main = fill(text.MAIN, name=app.name, account=account)
    files = {
        "versions.tf": fill(text.VERSIONS, name=app.name),
        "variables.tf": together(*_variables(deployed)),
        "main.tf": together(main, runs),
    }
    if deployed.secrets:
        files["secrets.tf"] = fill(text.SECRETS, names=listed_texts(deployed.secrets))
    files["outputs.tf"] = together(text.ADDRESS if app.listens else "", text.OUTPUTS)
    values = {"project": '"my-project"', "region": '"europe-west3"'}
    files["terraform.tfvars.example"] = example(values, deployed)
    return files


def _probe(deployed: Deployment) -> str:
    app = deployed.app
    form = text.ASK if app.health else text.LISTEN
    return fill(form, health=quoted(app.health or ""), port=str(app.listens))


def _variables(deployed: Deployment) -> Sequence[str]:
    listens = deployed.app.listens
    return (
        variable("project", "ID of the project of Google Cloud."),
        variable("region", "Region of Google Cloud.", '"europe-west3"'),
        variable(
            "max_instances",
            "How many instances run at most." if listens else "How many instances run.",
            "4" if listens else "1",
            type_="number",
        ),
        variable("is_public", "Whether everybody may call it.", "false", type_="bool")
        if listens
        else "",
        *usual_variables(deployed),
    )


def _unknown(deployed: Deployment) -> Sequence[str]:
    return (
        "The project is not known: give its ID.",
        "Keep the state in a private bucket: terraform init -backend-config=bucket=NAME.",
        "Push the image before it runs: terraform apply "
        "-target=google_artifact_registry_repository.app.",
        *(
            ("Nobody but the project may call it: set is_public where everybody should.",)
            if deployed.app.listens
            else ()
        ),
    )


CLOUD = Cloud(INSTRUCTIONS, _files, _unknown)
