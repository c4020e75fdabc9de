import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.artifacts.checks.faulty import errors, faulty, files, line_of, places, sample
from webapp.artifacts.checks.terraform import check
from webapp.domain.artifact import ArtifactFile, Finding

SHOP = sample("shop.aws.tf")
ALONE = 'terraform {\n  required_version = ">= 1.9"\n}\n'

# What is replaced in the sample, by what, and what marks the line of the fault.
BROKEN = [
    ("most_recent = true", "most_recent = true,", "most_recent"),
    ('{ kind = "images" }', "{ kind = 'images' }", "kind ="),
    ('owners      = ["amazon"]', 'owners      = ["amazon"', "filter {"),
    ('alias  = "backup"', 'alias  = "backup', "alias "),
    ('alias  = "backup"', 'alias: "backup"', 'alias: "'),
    ("length  = 32\n", "length  =\n    32\n", "length  ="),
    ("length  = 32\n", "length  = 30 +\n    2\n", "length  ="),
    ("size = (\n", "size = true ? 1\n    : (\n", "size ="),
    ("length  = 32\n", "length  = 32 numeric = true\n", "length  ="),
    ('"aws_vpc" "main" {', '"aws_vpc" "main"\n{', '"aws_vpc" "main"'),
    ("  filter {\n", "  filter { filter { a = 1 } }\n  filter {\n", "filter { f"),
    ("  filter {\n", "  filter { a = 1\n", "filter {"),
    ("tags   = { app =", "tags   = { size = 1 app =", "size = 1"),
]
REFUSED = [
    ("moved {", "move {", "unknown-block", "move {"),
    ('variable "region" {', 'variable "region" "x" {', "labels", 'variable "region"'),
    ("    when    =", "    when = 1\n    when    =", "duplicate-argument", "    when    ="),
    (
        'output "registry" {',
        'output "addresses" {',
        "duplicate",
        '"addresses" {\n  description = "W',
    ),
    ('alias  = "backup"\n', "", "duplicate", 'provider "aws" {\n    region'),
    ("vpc_id = aws_vpc.main.id", "vpc_id = aws_vpc.man.id", "undeclared", "aws_vpc.man"),
    ("data.aws_ami.linux.id", "data.aws_ami.bsd.id", "undeclared", "ami.bsd"),
    ("= var.region\n\n  default", "= var.place\n\n  default", "undeclared", "var.place"),
    ('echo "${local.size}"', 'echo "${local.sise}"', "undeclared", "local.sise"),
    ("module.registry.rep", "module.registri.rep", "undeclared", "module.registri"),
    ("from_port   = port.value", "from_port   = ingress.value", "undeclared", "ingress.value"),
    ("echo ${name}", "echo ${nam}", "no-value", "echo ${nam}"),
    ("special = false", "special = no", "no-value", "special"),
    ("upper(", "uper(", "unknown-function", "uper("),
    ('? "large"', "? local.script", "cycle", "size = ("),
    ("count = length(", "for_each = {}\n  count = length(", "count-and-for-each", '"aws_instance"'),
    ("count = length(local.public)", "monitoring = true", "no-count", "[count.index]"),
    ("length  = 32", "length  = each.value", "no-for-each", "each.value\n  special"),
    ('  key = "shop', '  bucket = var.region\n    key = "shop', "not-constant", "bucket ="),
    ("prevent_destroy = true", "prevent_destroy = var.region", "not-constant", "prevent_destroy"),
    ('= "eu-central-1"', '= lower("EU")', "not-constant", "lower("),
    (
        'type        = string\n  description = "Who',
        'type = str\n  description = "Who',
        "type",
        "str\n",
    ),
    ("sensitive   = true", "secret      = true", "unknown-argument", "secret      ="),
    ("  to   = aws_vpc.main\n", "", "missing-argument", "moved {"),
    ("  default_tags {", "  default_tags = {", "not-a-value", "default_tags ="),
    ("provider = aws.backup\n", "provider = aws.other\n", "undeclared-provider", "aws.other"),
    ('"3.7.2"', '"newest"', "version-constraint", "random = {"),
    ('">= 1.9, < 2.0"', '"1.9 or newer"', "version-constraint", "required_version"),
]
REMARKED = [
    (
        'type        = string\n  description = "Who',
        'type = "string"\n  description = "Who',
        "quoted-type",
        'type = "',
    ),
    ('  required_version = ">= 1.9, < 2.0"\n', "", "no-required-version", "terraform {"),
    ('      version = "3.7.2"\n', "", "unpinned-provider", "random = {"),
    (
        'resource "random_password"',
        'resource "tls_private_key" "a" {\n}\n\nresource "random_password"',
        "unpinned-provider",
        '"tls_private_key"',
    ),
    ('  version = "~> 3.0"\n', "", "unpinned-module", 'module "registry"'),
    (
        '"terraform-aws-modules/ecr/aws"\n  version = "~> 3.0"',
        '"git::https://a.example/b.git"',
        "unpinned-module",
        'module "registry"',
    ),
    ("[var.admin_cidr]", '[var.admin_cidr, "0.0.0.0/0"]', "open-to-all", "[var.admin_cidr,"),
    ("token    = var.api_token", 'token    = "s3cr3t"', "literal-secret", "s3cr3t"),
    ('api_token" {', 'api_token" {\n  default     = "s3cr3t"', "literal-secret", "s3cr3t"),
    ("  sensitive   = true\n", "", "not-sensitive", 'variable "api_token"'),
    (
        "= aws_instance.main[*].private_ip",
        "= random_password.database.result",
        "sensitive-output",
        'output "addresses"',
    ),
    (
        "value       = module.registry.repository_url",
        "value       = var.api_token",
        "sensitive-output",
        'output "registry"',
    ),
    (
        'variable "admin_cidr"',
        'variable "spare" {\n}\n\nvariable "admin_cidr"',
        "unused",
        '"spare"',
    ),
]


def found(text: str) -> list[Finding]:
    return check(files("terraform/main.tf", text))


def rules(*answer: tuple[str, str]) -> list[str]:
    findings = check([ArtifactFile(path, text) for path, text in answer])
    return [finding.rule.removeprefix("terraform/") for finding in findings]


def test_a_good_module_has_no_findings() -> None:
    assert found(SHOP) == []


@pytest.mark.parametrize(("old", "new", "mark"), BROKEN)
def test_what_is_no_terraform_is_an_error_on_its_line(old: str, new: str, mark: str) -> None:
    text = faulty(SHOP, old, new)
    line = text[: text.index(mark)].count("\n") + 1
    assert places(found(text))[:1] == [("terraform/syntax", line)]


@pytest.mark.parametrize(("old", "new", "rule", "mark"), REFUSED)
def test_what_terraform_refuses_is_an_error_on_its_line(
    old: str, new: str, rule: str, mark: str
) -> None:
    text = faulty(SHOP, old, new)
    assert places(errors(found(text))) == [(f"terraform/{rule}", line_of(text, mark))]


@pytest.mark.parametrize(("old", "new", "rule", "mark"), REMARKED)
def test_a_risk_is_remarked_on_its_line(old: str, new: str, rule: str, mark: str) -> None:
    text = faulty(SHOP, old, new)
    seen = found(text)
    assert (f"terraform/{rule}", line_of(text, mark)) in places(seen)
    # What stood in the sample may have lost its use.
    assert {finding.rule for finding in seen} <= {f"terraform/{rule}", "terraform/unused"}
    assert not errors(seen)


ACCEPTED = [
    "locals { # why\n  a = 1 # why\n  /* why */ b = 2\n}\n",
    "locals { a = [\n  1,\n] }\n",
    "locals {\n  a = true ? {\n    b = 1\n  } : {\n    b = 2\n  }\n}\n",
    "locals {\n  a = { b = 1, # why\n  c = 2 }\n}\n",
    "locals {\n  a = [for b in [1] :\n    b > 0 ?\n    b : 0]\n}\n",
    "locals {\n  a = max(1 +\n    2, 3)\n}\n",
    'locals {\n  a = "${1 +\n  2}"\n}\n',
    "locals {\n  a = core::max(provider::aws::b(1), 2)\n}\n",
    'locals {\n  a = { "b" : 1, (path.root) : 2, 3 : terraform.workspace }\n}\n',
    "locals {\n  a = <<A\n$${b} %%{c}\nA\n}\n",
    'variable "a" {\n  type = list\n}\n\noutput "a" {\n  value = var.a.*.b\n  type = any\n}\n',
    'check "a" {\n  data "terraform_remote_state" "b" {\n    backend = "s3"\n  }\n  assert {\n'
    "    condition     = data.terraform_remote_state.b.outputs.c == 1\n"
    '    error_message = "No."\n  }\n}\n',
    'resource "terraform_data" "a" {\n  lifecycle {\n    ignore_changes = all\n'
    "    action_trigger {\n      events  = [after_create]\n"
    '      actions = [action.terraform_x.b]\n    }\n  }\n}\n\naction "terraform_x" "b" {\n}\n',
    'resource "terraform_data" "a" {\n}\n\noutput "a" {\n'
    "  value = resource.terraform_data.a.id\n}\n",
    'import {\n  to = terraform_data.gone\n  id = "a"\n}\n\n'
    "removed {\n  from = terraform_data.old\n  lifecycle {\n    destroy = false\n  }\n}\n",
    'module "a" {\n  source = "./a"\n  b = module.a.c\n'
    "  providers = { terraform.d = terraform }\n}\n",
]


@pytest.mark.parametrize("text", ACCEPTED)
def test_what_terraform_accepts_is_no_finding(text: str) -> None:
    inner = 'variable "b" {\n  default = 1\n}\n\noutput "c" {\n  value = var.b\n}\n'
    assert rules(("main.tf", ALONE + text), ("a/main.tf", inner)) in (
        [],
        ["no-required-version"],  # of the module that is not called
    )


def test_a_name_that_is_nearly_right_is_offered() -> None:
    text = faulty(SHOP, "var.admin_cidr", "var.admin_cdir")
    assert [one.message for one in errors(found(text))] == [
        "The variable var.admin_cdir is not declared (did you mean “var.admin_cidr”?)."
    ]


def test_resources_that_need_each_other_are_a_circle() -> None:
    one = 'resource "null_resource" "a" {\n  triggers = { b = null_resource.b.id }\n}\n'
    other = one.replace('"a"', '"b"').replace("resource.b", "resource.a")
    assert "cycle" in rules(("a.tf", ALONE + one + other))


OPEN = [
    'resource "aws_vpc_security_group_ingress_rule" "a" {\n  cidr_ipv4 = "0.0.0.0/0"\n'
    '  ip_protocol = "tcp"\n  from_port = 20\n  to_port = 30\n}\n',
    'resource "aws_vpc_security_group_ingress_rule" "a" {\n  cidr_ipv6 = "::/0"\n'
    '  ip_protocol = "-1"\n}\n',
    'resource "google_compute_firewall" "a" {\n  source_ranges = ["0.0.0.0/0"]\n'
    '  allow {\n    protocol = "tcp"\n    ports = ["80", "3000-4000"]\n  }\n}\n',
    'resource "azurerm_network_security_rule" "a" {\n  direction = "Inbound"\n  access = "Allow"\n'
    '  protocol = "*"\n  source_address_prefix = "*"\n  destination_port_range = "22"\n}\n',
    'resource "oci_core_network_security_group_security_rule" "a" {\n  direction = "INGRESS"\n'
    '  source = "0.0.0.0/0"\n  tcp_options {\n    destination_port_range {\n      min = 22\n'
    "      max = 22\n    }\n  }\n}\n",
    'resource "ibm_is_security_group_rule" "a" {\n  direction = "inbound"\n'
    '  remote = "0.0.0.0/0"\n  tcp {\n    port_min = 22\n    port_max = 22\n  }\n}\n',
]
CLOSED = [
    OPEN[0].replace("= 30", "= 21"),
    OPEN[0].replace("0.0.0.0/0", "10.0.0.0/8"),
    OPEN[1].replace("ingress", "egress"),
    OPEN[2].replace("3000-4000", "8000-9000"),
    OPEN[3].replace("Allow", "Deny"),
    OPEN[4].replace("INGRESS", "EGRESS"),
    OPEN[5].replace("inbound", "outbound"),
]


@pytest.mark.parametrize(
    ("text", "is_open"), [(t, True) for t in OPEN] + [(t, False) for t in CLOSED]
)
def test_administration_that_is_open_to_everybody_is_seen_on_every_cloud(
    text: str, is_open: bool
) -> None:
    provider = text.partition('"')[2].partition("_")[0]
    source = "IBM-Cloud/ibm" if provider == "ibm" else f"x/{provider}"
    pinned = f'{provider} = {{ source = "{source}", version = "1" }}'
    required = f"  required_providers {{\n    {pinned}\n  }}\n"
    text = faulty(ALONE, '>= 1.9"\n', f'>= 1.9"\n{required}') + text
    assert ("open-to-all" in rules(("main.tf", text))) == is_open


@pytest.mark.parametrize(
    ("name", "value", "is_seen"),
    [
        ("password", "hunter2", True),
        ("api_key", "abc", True),
        ("password", "${var.a}", False),
        ("password", "arn:aws:secretsmanager:eu-central-1:1:secret:a", False),
        ("http_tokens", "required", False),
        ("secret", "name-of-one", False),
    ],
)
def test_a_secret_is_seen_by_name_and_value(name: str, value: str, is_seen: bool) -> None:
    text = f'{ALONE}variable "a" {{\n}}\n\nlocals {{\n  {name} = "{value}"\n}}\n'
    assert ("literal-secret" in rules(("main.tf", text))) == is_seen


@pytest.mark.parametrize(
    "text",
    [
        'locals {\n  a = jsonencode([{ name = "DB_PASSWORD", value = "hunter2" }])\n}\n',
        'locals {\n  a {\n    name  = "DB_PASSWORD"\n    value = "hunter2"\n  }\n}\n',
        'locals {\n  a = { url = "postgresql://me:hunter2@db/a" }\n}\n',
    ],
)
def test_a_secret_is_seen_where_its_name_stands_beside_it(text: str) -> None:
    assert rules(("main.tf", ALONE + text)) == ["literal-secret"]
    assert rules(("main.tf", ALONE + text.replace("hunter2", "$${a}"))) == []


MODULE = 'variable "size" {\n}\n\noutput "id" {\n  value = var.size\n}\n'
CALL = (
    'module "a" {\n  source = "./modules/a"\n  size   = 1\n}\n\n'
    'output "a" {\n  value = module.a.id\n}\n'
)


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("", "", []),
        ("size   = 1", "sise   = 1", ["missing-input", "unknown-input"]),
        ("module.a.id", "module.a.ids", ["unknown-output"]),
        ("./modules/a", "./modules/b", ["no-module", "no-required-version"]),
    ],
)
def test_a_call_agrees_with_the_module_among_the_files(
    old: str, new: str, expected: list[str]
) -> None:
    call = CALL.replace(old, new)
    assert rules(("t/main.tf", ALONE + call), ("t/modules/a/main.tf", MODULE)) == expected


@pytest.mark.parametrize("name", ["ibm", "oci"])
def test_a_provider_that_is_not_of_hashicorp_needs_its_source(name: str) -> None:
    text = f'{ALONE}resource "{name}_x" "a" {{\n}}\n'
    assert rules(("main.tf", text)) == ["provider-source"]


def test_values_belong_to_variables() -> None:
    values = 'region = "a"\nplace = "b"\napi_token = "s3cr3t"\n'
    answer = check([ArtifactFile("main.tf", SHOP), ArtifactFile("a.tfvars.example", values)])
    assert places(answer) == [
        ("terraform/not-a-variable", 2),
        ("terraform/literal-secret", 3),
    ]


def test_files_of_one_folder_are_one_module_and_those_of_others_are_not() -> None:
    local = "locals {\n  a = local.b\n}\n"
    other = "locals {\n  b = 1\n}\n"
    assert rules(("a/main.tf", ALONE + local), ("a/b.tf", other)) == []
    assert rules(("a/main.tf", ALONE + local), ("b/b.tf", other)) == ["undeclared"]


def test_an_answer_without_terraform_is_an_error() -> None:
    assert places(check(files("main.json", "{}"))) == [
        ("terraform/no-file", None),
        ("terraform/not-checked", None),
    ]


@pytest.mark.parametrize(("path", "text"), [("main.tf", "a = 1\n"), ("a.tfvars", "a {\n}\n")])
def test_arguments_and_blocks_stand_where_they_belong(path: str, text: str) -> None:
    assert "stray" in rules(("b.tf", ALONE), (path, text))


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("locals {\n  a = " + "(" * 5000 + "1" + ")" * 5000 + "\n}\n", "too-deep"),
        ("locals {\n  a = " + "[for a in [] : " * 3000 + "1" + "]" * 3000 + "\n}\n", "too-deep"),
        ("a {\n" * 5000 + "}\n" * 5000, "too-deep"),
        ("#" * 600_000, "too-large"),
        ("locals {\n" + "  a = [[], [], [], []]\n" * 20_000 + "}\n", "too-large"),
        ("a = " + "\n" * 400_000, "too-slow"),
        ('a = "' + '${"' * 50_000, "syntax"),
        ("{" * 10_000, "syntax"),
    ],
)
def test_hostile_files_are_refused(text: str, rule: str) -> None:
    assert rules(("main.tf", text)) == [rule]


def test_thousands_of_wrong_names_are_twenty_findings() -> None:
    text = ALONE + "locals {\n" + "".join(f"  a{n} = var.b{n}\n" for n in range(5000)) + "}\n"
    assert len(found(text)) == 20


@settings(max_examples=50, deadline=None)
@given(st.text())
def test_no_text_breaks_the_check(text: str) -> None:
    found(text)


WORDS = ("{", "}", "[", "]", "(", ")", '"', "${", "=", "a", "a.b", ".", "\n", "<<A", "for", "*", "")
