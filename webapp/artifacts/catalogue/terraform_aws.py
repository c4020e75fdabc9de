"""The template for AWS: a container on ECS Fargate, behind a load balancer if it serves."""

from collections.abc import Mapping, Sequence

from webapp.artifacts.catalogue import terraform_aws_text as text
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
    variable,
)

INSTRUCTIONS = """\
- Provider hashicorp/aws, version ~> 6.0, with region from a variable and default_tags. State: \
backend "s3" with encrypt = true and use_lockfile = true (no DynamoDB table).
- The image runs on ECS Fargate: aws_ecs_cluster, aws_ecs_task_definition (network_mode awsvpc, \
cpu and memory of a valid pair, container_definitions = jsonencode([...]) with camelCase keys), \
aws_ecs_service with deployment_circuit_breaker. Images in aws_ecr_repository, immutable tags, \
scanned on push. Logs in aws_cloudwatch_log_group with retention_in_days.
- Two roles: the execution role with AmazonECSTaskExecutionRolePolicy and the right to read \
exactly the secrets it passes on, the task role with what the application itself calls. Policies \
by aws_iam_policy_document; no "*" as a resource where an ARN is known.
- Secrets in aws_secretsmanager_secret, passed by secrets/valueFrom, never by environment.
- Serving: aws_lb in public subnets, HTTPS with a certificate from a variable, target_type ip, \
health_check on the health route; tasks in private subnets, reached from the load balancer only. \
Rules as aws_vpc_security_group_ingress_rule and _egress_rule.
- Databases: aws_db_instance (PostgreSQL, MySQL, MariaDB) with manage_master_user_password, \
storage_encrypted, multi_az and deletion_protection; aws_elasticache_replication_group (Valkey or \
Redis) with both encryptions; aws_mq_broker for RabbitMQ; never publicly_accessible."""


def _files(deployed: Deployment) -> Mapping[str, str]:
    app = deployed.app
    port = str(app.listens)
    files = {
        "versions.tf": fill(text.VERSIONS, name=app.name),
        "variables.tf": together(*_variables(deployed)),
        "main.tf": fill(
            text.MAIN,
            name=app.name,
            environment=environment(deployed),
            ports=f"\nportMappings = [{{ containerPort = {port} }}]" if app.listens else "",
            secrets=_passed_on(deployed),
            balanced=f"\n{fill(text.BALANCED, port=port)}" if app.listens else "",
        ),
        "roles.tf": together(text.ROLES),
    }
    if deployed.secrets:
        files["secrets.tf"] = fill(text.SECRETS, names=listed_texts(deployed.secrets))
    if app.listens:
        short = quoted(app.name[:32].rstrip("-"))
        files["balancer.tf"] = fill(
            text.BALANCER, port=port, health=quoted(app.health or "/"), short=short
        )
    files["outputs.tf"] = together(text.ADDRESS if app.listens else "", text.OUTPUTS)
    files["terraform.tfvars.example"] = example(_values(deployed), deployed)
    return files


def _passed_on(deployed: Deployment) -> str:
    each = "for name, secret in aws_secretsmanager_secret.app"
    return f"secrets     = [{each} : {{ name = name, valueFrom = secret.arn }}]" * bool(
        deployed.secrets
    )


def _variables(deployed: Deployment) -> Sequence[str]:
    listens = deployed.app.listens
    return (
        variable("region", "Region of AWS.", '"eu-central-1"'),
        variable("vpc_id", "The VPC to run in."),
        variable(
            "private_subnet_ids",
            "Subnets of the tasks, with a way out to the registry.",
            type_="list(string)",
        ),
        variable("public_subnet_ids", "Two or more public subnets.", type_="list(string)")
        if listens
        else "",
        variable("certificate_arn", "Certificate of the host name, from ACM.") if listens else "",
        variable("task_count", "How many tasks run.", "2" if listens else "1", type_="number"),
        *usual_variables(deployed),
    )


def _values(deployed: Deployment) -> Mapping[str, str]:
    public = {
        "public_subnet_ids": '["subnet-cccc", "subnet-dddd"]',
        "certificate_arn": '"arn:aws:acm:eu-central-1:111122223333:certificate/0000"',
    }
    return {
        "region": '"eu-central-1"',
        "vpc_id": '"vpc-0000"',
        "private_subnet_ids": '["subnet-aaaa", "subnet-bbbb"]',
        **(public if deployed.app.listens else {}),
    }


def _unknown(deployed: Deployment) -> Sequence[str]:
    return (
        "The network is not known: give the VPC and its subnets.",
        "Keep the state in a private bucket: terraform init -backend-config=bucket=NAME "
        "-backend-config=region=REGION.",
        "Push the image before the service starts: terraform apply -target=aws_ecr_repository.app.",
    )


CLOUD = Cloud(INSTRUCTIONS, _files, _unknown)
