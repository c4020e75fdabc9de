"""What a GitLab pipeline trusts: images that change, secrets in the file, programs off the net."""

from collections.abc import Iterator
from typing import Any

from webapp.artifacts.checks import findings
from webapp.artifacts.checks.gitlab_ci_jobs import Pipeline
from webapp.artifacts.checks.images import why_unpinned
from webapp.artifacts.checks.literal_secrets import is_literal_secret
from webapp.artifacts.checks.shell_risks import pipes_to_shell
from webapp.artifacts.checks.yaml_source import YamlList, YamlMap
from webapp.artifacts.checks.yaml_walk import mappings, texts
from webapp.domain.artifact import Finding, Severity

SEVERITY = {
    "gitlab-ci/unpinned-image": Severity.WARNING,
    "gitlab-ci/literal-secret": Severity.WARNING,
    "gitlab-ci/pipe-to-shell": Severity.WARNING,
}
_SCRIPTS = ("before_script", "script", "after_script")


def risks(described: Pipeline) -> Iterator[Finding]:
    """Risks of a pipeline that GitLab runs without a word."""
    path, value = described.document.path, described.document.value
    for section in (value, value.get("default"), *(job.config for job in described.jobs.values())):
        if isinstance(section, YamlMap):
            yield from _images(path, section)
            yield from _scripts(path, section)
    for mapping in mappings(value):
        yield from _secrets(path, mapping)


def _images(path: str, mapping: YamlMap) -> Iterator[Finding]:
    for image, line in _named_images(mapping):
        if why := why_unpinned(image):
            message = f"The image “{findings.shortened(image)}” {why}."
            yield findings.make(SEVERITY, "gitlab-ci/unpinned-image", path, line, message)


def _named_images(mapping: YamlMap) -> Iterator[tuple[str, int]]:
    places = [(mapping["image"], mapping.lines["image"])] if "image" in mapping else []
    services = mapping.get("services")
    if isinstance(services, YamlList):
        places += zip(services, services.lines, strict=True)
    for place, line in places:
        name = place.get("name") if isinstance(place, YamlMap) else place
        if isinstance(name, str):
            yield name, line


def _secrets(path: str, mapping: YamlMap) -> Iterator[Finding]:
    variables = mapping.get("variables")
    if not isinstance(variables, YamlMap):
        return
    for name, value in variables.items():
        if is_literal_secret(name, _given(value)):
            message = (
                f"The value of {findings.shortened(name)} is written out: set it as a masked "
                "variable of the project."
            )
            line = variables.lines[name]
            yield findings.make(SEVERITY, "gitlab-ci/literal-secret", path, line, message)


def _given(value: Any) -> Any:
    return value.get("value") if isinstance(value, YamlMap) else value


def _scripts(path: str, mapping: YamlMap) -> Iterator[Finding]:
    for key in _SCRIPTS:
        for text, line in texts(mapping.get(key), mapping.lines.get(key, mapping.line)):
            if pipes_to_shell(text):
                message = "A program from the network is run unseen: fetch it, check it, run it."
                yield findings.make(SEVERITY, "gitlab-ci/pipe-to-shell", path, line, message)
