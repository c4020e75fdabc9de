"""Facts are text out of somebody's project: nothing in them may become more than a value."""

import json

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.artifacts.catalogue.built import TEMPLATES, build, facts, text_of
from webapp.domain.artifact import Severity
from webapp.domain.project import Fact, FactName, Facts

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


@pytest.mark.parametrize("kind", TEMPLATES)
@settings(max_examples=40, deadline=None)
@given(known=FACTS)
def test_whatever_the_facts_hold_the_template_passes_its_check(kind: str, known: Facts) -> None:
    found = build(kind, known).findings
    assert [finding for finding in found if finding.severity is Severity.ERROR] == []


@pytest.mark.parametrize("nasty", NASTY)
def test_a_nasty_value_everywhere_leaves_the_keys_of_the_files_as_they_are(nasty: str) -> None:
    known = facts(**{name.value: (f"web{nasty}", nasty) for name in FactName})
    deployment = yaml.safe_load(text_of("kubernetes", known))
    assert set(deployment) == {"apiVersion", "kind", "metadata", "spec"}
    assert set(yaml.safe_load(text_of("compose", known))) == {"name", "services"}
    assert set(yaml.safe_load(text_of("prometheus-rules", known))) == {"groups"}
    workflow = yaml.load(text_of("github-actions", known), yaml.BaseLoader)
    assert set(workflow["jobs"]) == {"test", "image"}
    words = {line.split()[0] for line in text_of("dockerfile", known).splitlines() if line}
    assert words <= {
        *("#", "FROM", "RUN", "&&", "ENV", "WORKDIR", "COPY", "USER", "EXPOSE", "CMD"),
        "HEALTHCHECK",
    }


@pytest.mark.parametrize("nasty", [one for one in NASTY if one.isascii() and one.isprintable()])
def test_a_start_command_is_one_value_whatever_it_holds(nasty: str) -> None:
    text = text_of("dockerfile", facts(language="python", start=f"python app.py {nasty}"))
    command = text.splitlines()[-1].removeprefix("CMD ")
    words = json.loads(command)
    assert all(isinstance(word, str) for word in words)


def test_a_key_in_a_start_command_is_not_copied() -> None:
    start = "python app.py --key AKIAABCDEFGHIJKLMNOP"
    assert "AKIA" not in text_of("dockerfile", facts(language="python", start=start))
