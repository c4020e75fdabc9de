"""Pairs for the rules of Terraform's language: files, blocks, names."""

from tests.artifacts.checks.faulty import sample
from tests.artifacts.checks.rules.pair import Pair, swaps, texts
from webapp.artifacts.checks.terraform import check

PATH = "terraform/main.tf"
GOOD = sample("shop.aws.tf")
ALONE = 'terraform {\n  required_version = ">= 1.9"\n}\n'
WIDE = "  a = [[], [], [], []]\n"
INSTANCE = "count = length(local.public)"
VARIABLE = 'variable "admin_cidr"'
STATE = 'key = "shop/terraform.tfstate"'
TEXT = 'type        = string\n  description = "Who'
swap = swaps(PATH, GOOD)


def local(caught: str, spared: str) -> Pair:
    """A small module with one expression."""
    module = f"{ALONE}locals {{\n  a = EXPRESSION\n}}\n"
    return swaps(PATH, module)("EXPRESSION", caught, spared)


CHECK = check
PAIRS = {
    "terraform/no-file": Pair({"main.json": "{}"}, {"main.tf": ALONE}),
    "terraform/not-checked": Pair({PATH: ALONE, "a.json": "{}"}, {PATH: ALONE}),
    "terraform/stray": texts(PATH, f"{ALONE}a = 1\n", f"{ALONE}locals {{\n  a = 1\n}}\n"),
    "terraform/not-a-variable": texts(
        "terraform/a.tfvars.example", 'place = "a"\n', 'region = "a"\n', {PATH: GOOD}
    ),
    "terraform/too-large": texts(
        PATH, ALONE + f"locals {{\n{WIDE * 20_000}}}\n", ALONE + f"locals {{\n{WIDE}}}\n"
    ),
    "terraform/too-slow": texts(PATH, "a = " * 50_000, ALONE + "\n" * 2_000),
    "terraform/too-deep": local("(" * 5000 + "1" + ")" * 5000, "(" * 20 + "1" + ")" * 20),
    "terraform/syntax": swap("length  = 32\n", "length  =\n    32\n", "length  = (\n    32)\n"),
    "terraform/duplicate-argument": swap(
        "    when    =", "    when = 1\n    when    =", "    # when = 1\n    when    ="
    ),
    "terraform/unknown-block": swap("moved {", "move {", "# move\nmoved {"),
    "terraform/labels": swap(VARIABLE, f'{VARIABLE} "a"', "variable admin_cidr"),
    "terraform/duplicate": swap('output "registry"', 'output "addresses"', 'output "address"'),
    "terraform/undeclared": swap("[var.admin_cidr]", "[var.admin_cdir]", "[(var.admin_cidr)]"),
    "terraform/no-value": swap("echo ${name}", "echo ${nam}", "echo $${nam}"),
    "terraform/unknown-function": swap("upper(", "uper(", "lower("),
    "terraform/cycle": swap('? "large"', "? local.script", "? local.tags.app"),
    "terraform/count-and-for-each": swap(
        INSTANCE, f"for_each = {{}}\n  {INSTANCE}", f"{INSTANCE}\n  # for_each"
    ),
    "terraform/no-for-each": swap(
        "length  = 32", "length  = each.value", 'length  = var.region == "each.value" ? 1 : 2'
    ),
    "terraform/no-count": swap(INSTANCE, "monitoring = true", f"{INSTANCE}\n  monitoring = true"),
    "terraform/unused": swap(VARIABLE, f'variable "spare" {{\n}}\n\n{VARIABLE}', VARIABLE),
    "terraform/not-constant": swap(
        STATE, f"bucket = var.region\n    {STATE}", f'bucket = "a"\n    {STATE}'
    ),
    "terraform/type": swap(
        TEXT, TEXT.replace("string", "str"), TEXT.replace("string", "set(string)")
    ),
    "terraform/quoted-type": swap(
        TEXT, TEXT.replace("string", '"string"'), TEXT.replace("string", "any")
    ),
}
