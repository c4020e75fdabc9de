import ast

import pytest

from tests.artifacts.catalogue.built import SAMPLES, build, facts, left_open, sample, text_of
from webapp.artifacts.blueprint import Language, read_app
from webapp.artifacts.catalogue.otel_sdk_languages import SNIPPETS


@pytest.mark.parametrize("project", SAMPLES)
def test_the_set_up_is_in_the_language_of_the_project(project: str) -> None:
    app = read_app(sample(project))
    source, readme = build("otel-sdk", sample(project)).files
    assert source.path == f"otel/{SNIPPETS[app.runtime].file}"
    assert all(name in readme.content for name in SNIPPETS[app.runtime].packages)
    assert "{{" not in source.content


@pytest.mark.parametrize("language", [one for one in Language if one is not Language.STATIC])
def test_the_name_of_the_project_is_that_of_the_service_where_nothing_else_is_said(
    language: Language,
) -> None:
    text = text_of("otel-sdk", facts(language=language.value, name="my-shop"))
    assert "my-shop" in text
    assert "OTEL_SERVICE_NAME" in text
    assert "OTEL_EXPORTER_OTLP_ENDPOINT" in text


@pytest.mark.parametrize("framework", ["flask", "django", "fastapi", "litestar"])
def test_the_framework_of_a_python_project_is_instrumented(framework: str) -> None:
    known = facts(language="python", framework=framework, name="shop")
    source, readme = build("otel-sdk", known).files
    ast.parse(source.content)
    is_known = framework != "litestar"
    assert (f"opentelemetry.instrumentation.{framework}" in source.content) == is_known
    assert (f"opentelemetry-instrumentation-{framework}" in readme.content) == is_known
    asked = "Which libraries to trace is not known: add the instrumentation of each."
    assert (asked in left_open(build("otel-sdk", known))) != is_known


def test_nothing_comes_before_the_mark_of_php() -> None:
    assert text_of("otel-sdk", facts(language="php")).startswith("<?php\n")
