"""Pairs for what Terraform's providers and modules take, and for risks."""

from tests.artifacts.checks.rules.pair import Pair, texts
from tests.artifacts.checks.rules.terraform import ALONE, PATH, swap
from webapp.artifacts.checks.terraform import check

OWNER = "most_recent = true"
OPTIONS = "  metadata_options {"
VPC = "  vpc_id            = aws_vpc.main.id\n"
MODULE = 'variable "size" {\n}\n\noutput "id" {\n  value = var.size\n}\n'
MODULE_PATH = "terraform/modules/a/main.tf"
CALL = """\
module "a" {
  source = "./modules/a"
  size   = 1
}

output "a" {
  value = module.a.id
}
"""
DISK = '  ebs_block_device {\n    device_name = "a"\n  }\n'


def call(old: str, new: str) -> Pair:
    """A module among the files that is called wrongly, and rightly."""
    return texts(PATH, ALONE + CALL.replace(old, new), ALONE + CALL, {MODULE_PATH: ALONE + MODULE})


CHECK = check
PAIRS = {
    "terraform/unknown-type": swap(
        "moved {",
        'data "aws_amis" "b" {\n}\n\nmoved {',
        'data "aws_ami_ids" "b" {\n  owners = []\n}\n\nmoved {',
    ),
    "terraform/unknown-argument": swap(OWNER, "most_recnt = true", f'{OWNER}\n  name_regex = "a"'),
    "terraform/unknown-attribute": swap(
        "aws_security_group.main.id]",
        "aws_security_group.main.ids]",
        "aws_security_group.main.arn]",
    ),
    "terraform/not-a-block": swap(OWNER, "most_recent {\n  }", "timeouts {\n  }"),
    "terraform/not-a-value": swap(
        OPTIONS, "  metadata_options = {", "  tags = {\n    a = 1\n  }\n  metadata_options {"
    ),
    "terraform/repeated-block": swap(
        OPTIONS,
        f"{OPTIONS}\n  }}\n{OPTIONS}",
        f"{DISK}{DISK}{OPTIONS}",
    ),
    "terraform/missing-argument": swap(VPC, "", VPC),
    "terraform/no-required-version": swap(
        '  required_version = ">= 1.9, < 2.0"\n', "", '  required_version = ">= 1.9"\n'
    ),
    "terraform/unpinned-provider": swap(
        '      version = "3.7.2"\n', "", '      version = ">= 3.7"\n'
    ),
    "terraform/provider-source": texts(
        PATH, f'{ALONE}resource "oci_x" "a" {{\n}}\n', f'{ALONE}resource "aws_vpc" "a" {{\n}}\n'
    ),
    "terraform/undeclared-provider": swap(
        "provider = aws.backup\n", "provider = aws.other\n", "provider = aws\n"
    ),
    "terraform/version-constraint": swap('"3.7.2"', '"newest"', '"~> 3.7, != 3.7.1"'),
    "terraform/unpinned-module": swap('  version = "~> 3.0"\n', "", '  version = "3.0.0"\n'),
    "terraform/no-module": call("./modules/a", "./modules/b"),
    "terraform/unknown-input": call("size   = 1", "size   = 1\n  sise   = 1"),
    "terraform/missing-input": call("  size   = 1\n", ""),
    "terraform/unknown-output": call("module.a.id", "module.a.ids"),
    "terraform/open-to-all": swap("[var.admin_cidr]", '["0.0.0.0/0"]', '["10.0.0.0/8"]'),
    "terraform/literal-secret": swap(
        "token    = var.api_token", 'token    = "s3cr3t"', 'token    = "${var.api_token}"'
    ),
    "terraform/not-sensitive": swap(
        "  sensitive   = true\n", "", "  sensitive   = true\n  nullable    = false\n"
    ),
    "terraform/sensitive-output": swap(
        "aws_instance.main[*].private_ip",
        "random_password.database.result",
        "random_password.database.length",
    ),
}
