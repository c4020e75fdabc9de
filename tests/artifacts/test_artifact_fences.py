import pytest

from webapp.artifacts.fences import MAX_MARKS, Fence, fences, given_name

EXPECTED = ("compose.yaml", "k8s/*.yaml", ".dockerignore", "LICENSE")


def contents(text: str) -> list[str]:
    return [fence.content for fence in fences(text)]


def named(text: str) -> str | None:
    (fence,) = fences(text)
    return given_name(fence, EXPECTED)


@pytest.mark.parametrize(
    ("text", "inside"),
    [
        ("```\na\n```", ["a\n"]),
        ("```yaml\na: 1\n\nb: 2\n```\n", ["a: 1\n\nb: 2\n"]),
        ("~~~\na\n~~~", ["a\n"]),
        ("```\n```", [""]),
        ("```\na\n```\ntext\n```\nb\n```", ["a\n", "b\n"]),
        ("````md\n```\na\n```\n````", ["```\na\n```\n"]),
        ("~~~\n```\na\n```\n~~~", ["```\na\n```\n"]),
        ("```\na\n`````", ["a\n"]),
        ("```\na\n``` yaml\nb\n```", ["a\n``` yaml\nb\n"]),
        ("  ```\n  a\n    b\n c\n  ```", ["a\n  b\n c\n"]),
        ("1. a\n\n\t```\n\ta\n\t```", ["a\n"]),
        ("```a`b\nc", []),
        ("``\na\n``", []),
        ("no fence", []),
        ("", []),
    ],
)
def test_a_code_block_ends_at_a_fence_of_its_kind_and_length(text: str, inside: list[str]) -> None:
    assert contents(text) == inside


def test_a_block_knows_where_it_lies_and_whether_it_closes() -> None:
    text = "First:\n```yaml\na\n```\nThen\n~~~\nb"
    assert list(fences(text)) == [
        Fence("yaml", "First:", "a\n", 7, 20, True),
        Fence("", "Then", "b", 26, 31, False),
    ]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("```yaml compose.yaml\na: 1\n```", "compose.yaml"),
        ("```yaml:k8s/web.yaml\na: 1\n```", "k8s/web.yaml"),
        ("```k8s/web.yaml\na: 1\n```", "k8s/web.yaml"),
        ('```yaml title="k8s/web.yaml"\na: 1\n```', "k8s/web.yaml"),
        ("```yaml title=a.yaml linenums=1\na: 1\n```", "a.yaml"),
        ("```{.yaml filename=a.yaml}\na: 1\n```", "a.yaml"),
        ('`Dockerfile`:\n```dockerfile title="The image of the shop"\nFROM a\n```', "Dockerfile"),
        ("`compose.yaml`\n```yaml\na: 1\n```", "compose.yaml"),
        ("**compose.yaml:**\n\n```yaml\na: 1\n```", "compose.yaml"),
        ("### 1. k8s/web.yaml\n```yaml\na: 1\n```", "k8s/web.yaml"),
        ("- File: `k8s/web.yaml`\n```yaml\na: 1\n```", "k8s/web.yaml"),
        ("Filename: .dockerignore\n```\n.git\n```", ".dockerignore"),
        ("The file `Dockerfile` builds it:\n```\nFROM a\n```", "Dockerfile"),
        ("```yaml\n# k8s/web.yaml\na: 1\n```", "k8s/web.yaml"),
        ("```dockerfile\n# File: Dockerfile\nFROM a\n```", "Dockerfile"),
        ("```js\n// src/a.js\na()\n```", "src/a.js"),
        ("```html\n<!-- a/index.html -->\n<p>\n```", "a/index.html"),
        ("```\n# LICENSE\n```", "LICENSE"),
        ("```sh\n# deploy.sh\nls\n```", "deploy.sh"),
        ("`deploy.sh`:\n```bash\nls\n```", "deploy.sh"),
        ("```yaml title=../../etc/cron.d/a.sh\na\n```", "../../etc/cron.d/a.sh"),
        ("Then validate `compose.yaml`:\n```bash\ndocker compose config\n```", None),
        ("See https://example.org/a.yaml\n```yaml\na: 1\n```", None),
        ("```yaml\n# The services of the shop\na: 1\n```", None),
        ("```dockerfile\n# syntax=docker/dockerfile:1\nFROM a\n```", None),
        ("Version 1.2:\n```yaml\na: 1\n```", None),
        ("```yaml\na: 1\n```", None),
        ("```\n```", None),
    ],
)
def test_a_block_is_named_by_its_info_the_line_above_or_its_first_line(
    text: str, name: str | None
) -> None:
    assert named(text) == name


def test_the_line_above_may_be_that_of_another_block() -> None:
    text = "`a.yaml`\n```\n1\n```\n```\n2\n```"
    assert [given_name(fence, ()) for fence in fences(text)] == ["a.yaml", None]


def test_only_so_many_fences_are_looked_at() -> None:
    assert len(contents("```\n" * (MAX_MARKS + 1000))) == MAX_MARKS // 2


@pytest.mark.parametrize(
    "text",
    [
        "```\n" * 2_000_000,
        f"{' ' * 10_000_000}```\na\n{' ' * 8_000_000}```",
        "`" * 20_000_000,
        f"```{'`' * 8_000_000}\n{'`' * 8_000_000}\n",
        f"```{'title=' * 3_000_000}\na\n```",
        f"{'**' * 8_000_000}\n```\na\n```",
        f"{'# ' * 8_000_000}\n```\n{'# ' * 2_000_000}\n```",
        "".join(f"{' ' * 10_000}```\n{' ' * 9_999}x\n" for _ in range(1000)),
    ],
)
def test_no_answer_is_too_long_to_be_taken_apart(text: str) -> None:
    for fence in fences(text):
        given_name(fence, EXPECTED)
