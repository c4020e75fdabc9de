"""The words by which a brief names languages, frameworks and services."""

import re
from collections.abc import Mapping

_THING = r"\s+(?:api|app|application|backend|cli|server|service|site|shop|worker)\b"


def _any_case(*names: str) -> dict[str, re.Pattern[str]]:
    return {name: re.compile(rf"\b{name}\b", re.I) for name in names}


def _word(name: str) -> re.Pattern[str]:
    """A name that is also a plain word: as a name, or after “with”."""
    return re.compile(rf"\b(?:{name.capitalize()}|(?i:with|using)\s{{1,3}}{name})\b(?!\s+the\b)")


_BY_LANGUAGE: Mapping[str, Mapping[str, re.Pattern[str]]] = {
    "python": _any_case(
        *("django", "fastapi", "flask", "litestar", "quart", "sanic", "starlette", "streamlit")
    ),
    "node": {
        # Plain English words are no frameworks: these need their ending, or what they are of.
        "express": re.compile(rf"\b(?:express\.?js\b|Express(?i:{_THING}))"),
        "fastify": re.compile(r"\bfastify\b", re.I),
        "koa": re.compile(rf"\b(?:koa\.?js\b|Koa(?i:{_THING}))"),
        "nest": re.compile(r"\bnest\.?js\b", re.I),
        "next": re.compile(r"\bnext\.?js\b", re.I),
        "nuxt": re.compile(r"\bnuxt(?:\.?js)?\b", re.I),
    },
    "go": {name: _word(name) for name in ("chi", "echo", "fiber", "gin")},
    "java": {
        "spring-boot": re.compile(r"\bspring[\s-]?boot\b", re.I),
        **_any_case("javalin", "ktor", "micronaut", "quarkus"),
    },
    "ruby": {
        "rails": re.compile(r"\b(?:Rails|(?i:ruby\son\srails))\b"),
        **_any_case("sinatra"),
        "hanami": _word("hanami"),
    },
    "php": {**_any_case("laravel", "symfony"), "slim": _word("slim")},
    "dotnet": {
        "aspnet": re.compile(r"\basp\.net\b|(?<!\w)\.NET\s[0-9.]{1,4}\sminimal\sAPI\b", re.I)
    },
    "rust": {
        **_any_case("actix-web", "axum"),
        "rocket": _word("rocket"),
        "warp": _word("warp"),
    },
    "static": {
        **_any_case("eleventy"),
        **{name: _word(name) for name in ("astro", "gatsby", "hugo", "jekyll", "vite")},
    },
}
FRAMEWORKS = {
    name: (language, pattern)
    for language, frameworks in _BY_LANGUAGE.items()
    for name, pattern in frameworks.items()
}
# Names of other things, too: frameworks only where the brief states their language as well.
WORDS = frozenset(
    {"astro", "chi", "echo", "fiber", "gatsby", "gin", "hanami", "hugo", "jekyll", "rocket"}
) | {"slim", "vite", "warp"}
_NO_MORE = r"\b(?!\.[0-9])"
VERSIONS = {
    "python": re.compile(
        rf"\bpython\s{{0,3}}(?:version\s)?v?(3(?:\.[0-9]{{1,2}}){{1,2}}){_NO_MORE}", re.I
    ),
    "node": re.compile(
        r"\bnode(?:\.?js)?\s{1,3}(?:version\s)?v?([1-9][0-9](?:\.[0-9]{1,3}){0,2})" + _NO_MORE,
        re.I,
    ),
    "go": re.compile(
        rf"\bgo(?:lang)?\s{{0,3}}(?:version\s)?v?(1(?:\.[0-9]{{1,2}}){{1,2}}){_NO_MORE}", re.I
    ),
    "java": re.compile(
        rf"\b(?:java|jdk|openjdk)\s{{0,3}}(?:version\s)?(8|1[0-9]|2[0-9]){_NO_MORE}", re.I
    ),
    "ruby": re.compile(
        rf"\bruby\s{{0,3}}(?:version\s)?v?([2-4](?:\.[0-9]{{1,2}}){{1,2}}){_NO_MORE}", re.I
    ),
    "php": re.compile(
        rf"\bphp\s{{0,3}}(?:version\s)?v?([78](?:\.[0-9]{{1,2}}){{1,2}}){_NO_MORE}", re.I
    ),
    "dotnet": re.compile(
        r"(?:\bdotnet|\.NET)(?:\sCore)?\s{0,3}v?([5-9]|1[0-9])(?:\.0)?" + _NO_MORE, re.I
    ),
    "rust": re.compile(
        rf"\brust\s{{0,3}}(?:version\s)?v?(1(?:\.[0-9]{{1,3}}){{1,2}}){_NO_MORE}", re.I
    ),
}
LANGUAGES = {
    "python": re.compile(r"\bpython\b", re.I),
    # A node may also be a machine.
    "node": re.compile(rf"(?i:\bnode\.?js\b)|\bNode\s[1-9][0-9]\b|\bNode(?i:{_THING})"),
    # As a verb it is no language.
    "go": re.compile(rf"(?i:\bgolang\b)|\b[Gg]o\s1\.[0-9]|\bGo(?i:{_THING})|\b(?:in|with)\sGo\b"),
    "java": re.compile(r"\b(?:Java|Kotlin|JDK)\b"),
    "ruby": re.compile(r"\bRuby\b|\bruby\s[2-4]\."),
    "php": re.compile(r"\bphp\b", re.I),
    "dotnet": re.compile(r"(?<!\w)\.net\b|\bdotnet\b|\bC#", re.I),
    "rust": re.compile(r"\bRust\b|\brust\s1\."),
    "static": re.compile(r"\bstatic\s(?:web\s?)?site\b|\bstatic\swebsite\b", re.I),
}
SERVICES = {
    "postgresql": re.compile(r"\bpostgres(?:ql)?\b", re.I),
    "mysql": re.compile(r"\bmysql\b", re.I),
    "mongodb": re.compile(r"\bmongo(?:db)?\b", re.I),
    **_any_case("redis", "rabbitmq", "memcached", "elasticsearch", "kafka"),
}
