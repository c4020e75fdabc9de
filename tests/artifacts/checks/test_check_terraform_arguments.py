"""What vendored providers know, and how sure a finding is by the version that is asked for."""

import pytest

from tests.artifacts.checks.faulty import faulty, files, line_of, places, sample
from webapp.artifacts.checks.schemas import terraform_refresh
from webapp.artifacts.checks.terraform import check
from webapp.artifacts.checks.terraform_arguments import PROVIDERS
from webapp.artifacts.checks.terraform_bodies import parse_body
from webapp.artifacts.checks.terraform_providers import majors
from webapp.domain.artifact import Finding, Severity

SHOP = sample("shop.aws.tf")
MEANT, OTHER = '"~> 6.0"', '"~> 5.0"'

FAULTS = [
    ("moved {", 'resource "aws_vcp" "b" {\n}\n\nmoved {', "unknown-type", '"aws_vcp"'),
    ("moved {", 'data "aws_amis" "b" {\n}\n\nmoved {', "unknown-type", '"aws_amis"'),
    ("most_recent = true", "most_recnt = true", "unknown-argument", "most_recnt"),
    ("      to_port     = port.value", "      to_prt      = 1", "unknown-argument", "to_prt"),
    ('    http_tokens = "required"', '    http_token  = "a"', "unknown-argument", "http_token "),
    ('  region = "eu-west-1"', '  regoin = "eu-west-1"', "unknown-argument", "regoin"),
    (
        "aws_security_group.main.id]",
        "aws_security_group.main.ids]",
        "unknown-attribute",
        "main.ids",
    ),
    ("  most_recent = true", "  most_recent {\n  }", "not-a-block", "most_recent {"),
    ("  metadata_options {", "  metadata_options = {", "not-a-value", "metadata_options ="),
    (
        "  metadata_options {",
        "  metadata_options {\n  }\n  metadata_options {",
        "repeated-block",
        "metadata_options {\n    http",
    ),
]


def found(text: str) -> list[Finding]:
    return check(files("terraform/main.tf", text))


def aws(old: str, new: str, version: str) -> str:
    """The sample with a fault and another version of the provider."""
    return faulty(faulty(SHOP, old, new), MEANT, version)


@pytest.mark.parametrize(("old", "new", "rule", "mark"), FAULTS)
def test_what_the_provider_of_that_version_does_not_know_is_an_error(
    old: str, new: str, rule: str, mark: str
) -> None:
    text = aws(old, new, MEANT)
    seen = found(text)
    assert (f"terraform/{rule}", line_of(text, mark)) in places(seen)
    assert {one.severity for one in seen if one.rule == f"terraform/{rule}"} == {Severity.ERROR}


@pytest.mark.parametrize(("old", "new", "rule", "mark"), FAULTS)
@pytest.mark.parametrize("version", [OTHER, '">= 7.0"', '"7.1.0"'])
def test_of_another_version_it_is_a_warning(
    version: str, old: str, new: str, rule: str, mark: str
) -> None:
    text = aws(old, new, version)
    seen = found(text)
    assert (f"terraform/{rule}", line_of(text, mark)) in places(seen)
    assert Severity.ERROR not in {one.severity for one in seen}


@pytest.mark.parametrize(
    ("version", "severity"), [(MEANT, Severity.WARNING), (OTHER, Severity.NOTE)]
)
def test_an_argument_that_is_asked_for_and_missing_is_less_than_an_error(
    version: str, severity: Severity
) -> None:
    text = aws("  vpc_id            = aws_vpc.main.id\n", "", version)
    (one,) = (one for one in found(text) if one.rule == "terraform/missing-argument")
    assert (one.severity, one.line) == (severity, line_of(text, '"aws_subnet" "main"'))
    assert one.message == "aws_subnet of aws 6.x needs “vpc_id”."


def test_a_finding_names_the_version_and_what_was_probably_meant() -> None:
    messages = [one.message for one in found(aws("most_recent = true", "most_recnt = true", MEANT))]
    assert messages == [
        "aws_ami of aws 6.x has no argument “most_recnt” (did you mean “most_recent”?)."
    ]


def test_what_can_only_be_read_cannot_be_set() -> None:
    text = faulty(SHOP, '  name   = "shop"\n', '  name   = "shop"\n  arn    = "a"\n')
    assert [one.message for one in found(text)] == [
        "“arn” of aws_security_group of aws 6.x can only be read, not set."
    ]


def test_resources_of_another_provider_with_the_same_prefix_are_left_alone() -> None:
    text = faulty(SHOP, "provider = aws.backup\n  name ", "provider = other\n  nome ")
    text = faulty(
        text, "    random = {", '    other = { source = "a/b", version = "1" }\n    random = {'
    )
    text = faulty(text, "secret.main.id", "secret.main.beta_id")
    assert found(text) == []


def test_an_attribute_is_seen_behind_the_word_resource_and_behind_an_index() -> None:
    text = faulty(SHOP, "= aws_instance.main[*].private_ip", "= resource.aws_instance.main[0].ip")
    assert [one.message for one in found(text)] == [
        "aws_instance of aws 6.x has no attribute “ip”."
    ]
    good = faulty(SHOP, "= aws_instance.main[*].private_ip", "= resource.aws_instance.main[0].arn")
    assert found(good) == []


@pytest.mark.parametrize(
    ("constraint", "expected"),
    [
        ("~> 6.0", (6, 6)),
        ("~> 6.1.2", (6, 6)),
        ("6.1.2", (6, 6)),
        ("= 6.0", (6, 6)),
        (">= 5.1, < 7.0", (5, 6)),
        (">= 5, < 7.0.1", (5, 7)),
        ("<= 6.4, != 6.2", (0, 6)),
        (">= 6.0-beta1", (6, 10**9)),
        ("newest", None),
        ("6.x", None),
        ("", None),
    ],
)
def test_a_constraint_says_which_major_versions_it_allows(
    constraint: str, expected: tuple[int, int] | None
) -> None:
    assert majors(constraint) == expected


@pytest.mark.parametrize("provider", PROVIDERS)
def test_each_vendored_provider_is_read(provider: str) -> None:
    text = f'resource "{provider}_nothing" "a" {{\n}}\n'
    assert "terraform/unknown-type" in {one.rule for one in found(text)}


def test_a_line_of_names_is_a_body() -> None:
    body = parse_body("name! setting{key! value} rule[action{*}] ingress(port) | arn id")
    assert body.required == {"name"}
    assert body.forms == {"name": "", "setting": "{", "rule": "[", "ingress": "("}
    assert body.inner["setting"].required == {"key"}
    assert body.inner["rule"].inner["action"].is_open
    assert body.exported == {"arn", "id"}


def test_the_notice_gives_the_digests_of_the_files_as_they_are() -> None:
    written = (terraform_refresh.FOLDER / terraform_refresh.NOTICE_FILE).read_text("utf-8")
    assert written == terraform_refresh.notice()
    assert "Mozilla Public License" in written


BINDING = """
class Thing(
    _base.TerraformResource,
    jsii_type="@x.Thing",
):
    '''Represents a {@link https://registry.terraform.io/providers/x/thing x_thing}.'''

    def __init__(
        self,
        scope: "Construct",
        *,
        name: builtins.str,
        part: typing.Optional[typing.Union["ThingPart", typing.Dict]] = None,
        count: typing.Optional[jsii.Number] = None,
    ) -> None:
        '''Create a thing.

        :param scope: The scope.
        :param name: Docs: {@link https://x/thing#name Thing#name}.
        :param part: part block. Docs: {@link https://x/thing#part_5xx Thing#part}
        :param count:
        '''
        pass

    @builtins.property
    @jsii.member(jsii_name="arn")
    def arn(self) -> builtins.str:
        pass


class ThingPart:
    def __init__(self, *, size: builtins.str) -> None:
        '''
        :param size: Docs: {@link https://x/thing#size Thing#size}.
        '''
        pass
"""


def test_the_arguments_of_a_binding_are_read_without_running_it() -> None:
    binding = BINDING.replace("part block.", "part_5xx block.")
    assert list(terraform_refresh.read_types(binding)) == [
        "resource x_thing name! part_5xx{size!} | arn"
    ]
