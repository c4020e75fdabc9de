"""The steps that bring a language to a runner of GitHub, by actions pinned to a commit."""

from collections.abc import Iterator, Mapping
from typing import Any

from webapp.artifacts.blueprint import App, Language
from webapp.artifacts.install import Install

CHECKOUT = "actions/checkout@9c091bb21b7c1c1d1991bb908d89e4e9dddfe3e0"
_ACTIONS = {
    Language.PYTHON: "actions/setup-python@ece7cb06caefa5fff74198d8649806c4678c61a1",
    Language.NODE: "actions/setup-node@820762786026740c76f36085b0efc47a31fe5020",
    Language.GO: "actions/setup-go@4a3601121dd01d1626a1e23e37211e3254c1c06c",
    Language.JAVA: "actions/setup-java@be666c2fcd27ec809703dec50e508c2fdc7f6654",
    Language.RUBY: "ruby/setup-ruby@e65c17d16e57e481586a6a5a0282698790062f92",
    Language.PHP: "shivammathur/setup-php@accd6127cb78bee3e8082180cb391013d204ef9f",
    Language.DOTNET: "actions/setup-dotnet@c2fa09f4bde5ebb9d1777cf28262a3eb3db3ced7",
}
VERSIONS: Mapping[str, str] = {
    CHECKOUT: "v7.0.0",
    _ACTIONS[Language.PYTHON]: "v6.3.0",
    _ACTIONS[Language.NODE]: "v7.0.0",
    _ACTIONS[Language.GO]: "v6.4.0",
    _ACTIONS[Language.JAVA]: "v5.2.0",
    _ACTIONS[Language.RUBY]: "v1.300.0",
    _ACTIONS[Language.PHP]: "2.37.0",
    _ACTIONS[Language.DOTNET]: "v5.2.0",
}
_KEYED = (
    Language.PYTHON,
    Language.NODE,
    Language.GO,
    Language.JAVA,
)  # their actions keep downloads


def language_steps(app: App, install: Install) -> Iterator[dict[str, Any]]:
    """The steps after which the commands of `install` can run; none if they need no language."""
    language = app.builder
    if language is Language.RUST:
        # The runner has rustup, which needs no action.
        version = language.tagged(app.version)
        chosen = f"rustup toolchain install {version} --profile minimal && rustup default {version}"
        yield {"name": "Rust", "run": chosen}
        return
    if language in _ACTIONS:
        yield {"uses": _ACTIONS[language], "with": _inputs(app, language) | _cache(app, install)}


def _inputs(app: App, language: Language) -> dict[str, str]:
    version = language.tagged(app.version)
    if language is Language.JAVA:
        return {"distribution": "temurin", "java-version": version}
    if language is Language.PHP:
        return {"php-version": version, "coverage": "none"}
    if language is Language.DOTNET:
        return {"dotnet-version": f"{version}.x"}
    return {f"{language}-version": version}


def _cache(app: App, install: Install) -> dict[str, str]:
    if install.cache is None or app.builder not in _KEYED:
        return {}
    # A folder holds lists of dependencies.
    listing = install.files[-1] + ("*.txt" if install.files[-1].endswith("/") else "")
    path = f"{app.folder}/{listing}" if app.folder else listing
    # That of Go keeps them unless told otherwise, and only needs to be told where to look.
    named = {} if app.builder is Language.GO else {"cache": install.cache}
    return named | {"cache-dependency-path": path}
