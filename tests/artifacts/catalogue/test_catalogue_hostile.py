"""Facts are text out of somebody's project: nothing in them may become more than a value."""

import json

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.artifacts.catalogue.built import TEMPLATES, build, facts, text_of
from webapp.artifacts.catalogue import KINDS
from webapp.artifacts.prompt import blueprint_prompt, render_blueprint
from webapp.domain.artifact import Severity
from webapp.domain.project import INSTALLERS, LANGUAGES, Fact, FactName, Facts

NASTY = (
    "$(touch x)",
    "`id`",
    "a\nRUN id",
    "a\\",
    "'; exit #",
    '"] }',
    "${{ secrets.X }}",
    "{{ $value }}",
    "x: [",
    "- &a *a",
    "<<EOF",
    "AKIAABCDEFGHIJKLMNOP",
    "TODO",
    "../../etc/passwd",
    "\u2028",
    "no",
    "0x1f",
    "~",
    "on",
)
KNOWN = (
    *("python", "node", "flask", "django", "fastapi", "express", "next"),
    *("pip", "poetry", "uv", "npm", "yarn", "pnpm", "postgresql", "redis", "mysql"),
    *("3.12", "22", "8000", "/health", "app:app", "a/package.json", "requirements/a.txt"),
    *("n", "gunicorn app:app -b :$PORT", "DATABASE_URL", "API_KEY", "PORT"),
    *LANGUAGES,
    *INSTALLERS,
    *("gin", "spring-boot", "quarkus", "rails", "laravel", "symfony", "rocket", "hugo", "jekyll"),
    *("cmd/server", "de.x.Main", "A.dll", "public/index.php", "a/b/A.csproj", "a/pom.xml"),
    *("java -jar target/a.jar", "./bin/a --port $PORT", "bundle exec puma", "php -S :80"),
    *("a/yarn.lock", "Cargo.lock", "1.24.4", "21", "0.147.3"),
)
VALUES = st.one_of(
    st.sampled_from(KNOWN),
    st.sampled_from(NASTY),
    st.builds("{}{}".format, st.sampled_from(KNOWN), st.sampled_from(NASTY)),
    st.text(max_size=60),
    st.from_regex(r"[!-~]{1,60}", fullmatch=True),
)
FACTS = st.lists(
    st.builds(Fact, st.sampled_from(FactName), VALUES, VALUES, st.just(1)), max_size=25
).map(lambda found: Facts(tuple(found)))


def written(kind: str, known: Facts) -> str:
    """The first file that the blueprint writes, which nothing has looked at yet."""
    (part,) = blueprint_prompt(KINDS[kind], None, "As it is.", known)
    content: str = json.loads(render_blueprint(part.text))["files"][0]["content"]
    return content


@pytest.mark.parametrize("kind", TEMPLATES)
@settings(max_examples=40, deadline=None)
@given(known=FACTS)
def test_whatever_the_facts_hold_the_template_passes_its_check(kind: str, known: Facts) -> None:
    found = build(kind, known).findings
    assert [finding for finding in found if finding.severity is Severity.ERROR] == []


@pytest.mark.parametrize("language", [None, *LANGUAGES])
@pytest.mark.parametrize("nasty", NASTY)
def test_a_nasty_value_everywhere_leaves_the_keys_of_the_files_as_they_are(
    nasty: str, language: str | None
) -> None:
    values = {name.value: (f"web{nasty}", nasty) for name in FactName}
    known = facts(**(values | ({"language": (language,)} if language else {})))
    deployment = yaml.safe_load(written("kubernetes", known))
    assert set(deployment) == {"apiVersion", "kind", "metadata", "spec"}
    assert set(yaml.safe_load(written("compose", known))) == {"name", "services"}
    assert set(yaml.safe_load(written("prometheus-rules", known))) == {"groups"}
    workflow = yaml.load(written("github-actions", known), yaml.BaseLoader)
    assert set(workflow["jobs"]) == {"test", "image"}
    words = {line.split()[0] for line in written("dockerfile", known).splitlines() if line}
    assert words <= {
        *("#", "FROM", "RUN", "&&", "ENV", "WORKDIR", "COPY", "USER", "EXPOSE", "CMD"),
        "HEALTHCHECK",
    }


@pytest.mark.parametrize("nasty", [one for one in NASTY if one.isascii() and one.isprintable()])
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_start_command_is_one_value_whatever_it_holds(nasty: str, language: str) -> None:
    text = written("dockerfile", facts(language=language, start=f"java -jar app.jar {nasty}"))
    command = text.splitlines()[-1].removeprefix("CMD ")
    words = json.loads(command)
    assert all(isinstance(word, str) for word in words)


def test_a_key_in_a_start_command_is_not_copied() -> None:
    start = "python app.py --key AKIAABCDEFGHIJKLMNOP"
    assert "AKIA" not in text_of("dockerfile", facts(language="python", start=start))
