"""What the pipelines of a project say: the version of its language, the variables they give.

Read line by line: GitHub Actions, GitLab CI, Jenkins and others write it alike.
"""

import re
from collections.abc import Iterator, Sequence

from webapp.context.tree import Tree
from webapp.domain.project import Fact, FactName

MAX_PIPELINES = 30
_PIPELINE = re.compile(
    r"\.github/workflows/[^/]{1,100}\.ya?ml|\.gitlab-ci\.yml|Jenkinsfile|\.circleci/config\.yml"
    r"|azure-pipelines\.ya?ml|bitbucket-pipelines\.yml|\.travis\.yml|\.drone\.yml"
)
_FOLDER = re.compile(r"\s*working-directory:\s*[\"']?\.?/?([\w./-]{1,200}?)/?[\"']?\s*$")
_UNTOLD = "?"
_KEYS = {
    "python": ("python-version", "python", "versionSpec"),
    "node": ("node-version", "node_js"),
    "go": ("go-version", "go"),
    "java": ("java-version", "jdk"),
    "ruby": ("ruby-version", "rvm"),
    "php": ("php-version", "php"),
    "dotnet": ("dotnet-version", "dotnet"),
    "rust": ("toolchain", "rust"),
}
_IMAGES = {
    "python": ("python",),
    "node": ("node",),
    "go": ("golang", "go"),
    "java": ("eclipse-temurin", "amazoncorretto", "openjdk", "maven", "gradle"),
    "ruby": ("ruby",),
    "php": ("php",),
    "dotnet": ("sdk", "aspnet"),
    "rust": ("rust",),
}
_JDK = re.compile(r"(?:jdk-?|temurin-|corretto-)([0-9]{1,2})\b")
_SETTING = re.compile(r"\s*-?\s{0,9}([\w-]{1,40})\s{0,9}:\s{0,9}([^#]{1,200})")
_IMAGE = re.compile(
    r"\bimage\s{0,9}(?::|\s)\s{0,9}[\"']?(?:[\w.-]{1,100}/){0,5}([a-z][\w-]{0,50}):([\w.-]{1,60})"
)
_TOOLCHAIN = re.compile(r"\buses:\s{0,9}dtolnay/rust-toolchain@(1\.[0-9]{1,3}(?:\.[0-9]{1,3})?)\b")
_NUMBER = re.compile(r"[\"']?v?([0-9]{1,3}(?:\.[0-9]{1,3}){0,2})(?:\.[x*])?[\"']?\s*")
_ONLY = re.compile(r"^\[\s{0,9}([^],]{1,40})\]$")  # a list of one
_TAG = re.compile(r"([0-9]{1,3}(?:\.[0-9]{1,3}){0,2})(?:-[\w.-]{1,50})?")
_REFERENCE = re.compile(r"\$\{\{\s{0,9}env\.(\w{1,99})\s{0,9}\}\}\s*")
_BLOCK = re.compile(r"(\s*)(?:-\s{1,9})?(env|variables|environment|services):\s*(?:#.*)?$")
_GIVEN = re.compile(r"(\s*)([A-Z][A-Z0-9_]{1,99})\s{0,9}:\s")
_USED = re.compile(
    r"\$(?:\{\{\s{0,9}env\.|\{)?([A-Z][A-Z0-9_]{1,99})|\benv\.([A-Z][A-Z0-9_]{1,99})"
)
# Of the pipeline and its tools, not of the application.
_OF_TOOLS = re.compile(
    r"(?:PIP|POETRY|UV|NPM|YARN|PNPM|CARGO|RUST|GO(?:FLAGS|PROXY|CACHE|PATH)?|GRADLE|MAVEN|BUNDLE|COMPOSER"
    r"|DOTNET|NUGET|GITHUB|GITLAB|CI|DOCKER|BUILDX?|COVERALLS|CODECOV|SONAR|POSTGRES|MYSQL|MARIADB"
    r"|PG|MONGO_INITDB|RABBITMQ_DEFAULT|PYTHON|PYTEST|FF|GIT|SECURE|SAST|DS|CACHE|REGISTRY|IMAGE"
    r"|FORCE|NODE|RAILS|RACK|JAVA|JDK|TURBO|NEXT_TELEMETRY|AWS|TF|KUBE|HELM)(?:_\w+)?|TZ|LANG|LC_ALL|TERM"
    r"|\w+_VERSION"
)
_OF_TOOLS_KEPT = frozenset({"RAILS_MASTER_KEY"})


def pipelines(tree: Tree) -> Iterator[tuple[str, Sequence[str]]]:
    """The pipelines that hold for an application: path and lines.

    Of an application in a folder these are its own and those of the project that work in it alone.
    """
    own = {path for path in tree.files if _PIPELINE.fullmatch(tree.within(path))}
    whole = {path for path in tree.project if _PIPELINE.fullmatch(path)}
    top = Tree("", tree.project, tree.project)
    for path in sorted(own | whole)[:MAX_PIPELINES]:
        lines = top.lines(path)
        folders = {found[1] for line in lines if (found := _FOLDER.match(line))}
        is_elsewhere = path in whole and bool(folders or tree.folder)
        if not is_elsewhere or folders == {tree.folder}:
            yield path, lines


def pipeline_version(tree: Tree, language: str) -> Iterator[Fact]:
    """The version of a language that all pipelines use; nothing where they try several."""
    found = [fact for path, lines in pipelines(tree) for fact in _versions(path, lines, language)]
    if len({fact.value for fact in found}) == 1 and found[0].value != _UNTOLD:
        yield found[0]


def pipeline_variables(tree: Tree) -> Iterator[Fact]:
    """The variables that pipelines give the application: not their own, nor those of services."""
    for path, lines in pipelines(tree):
        used = {found[1] or found[2] for line in lines for found in _USED.finditer(line[:500])}
        for number, name in _given(lines):
            is_of_tool = _OF_TOOLS.fullmatch(name) and name not in _OF_TOOLS_KEPT
            if name not in used and not is_of_tool:
                yield Fact(FactName.ENV, name, path, number)


def _versions(path: str, lines: Sequence[str], language: str) -> Iterator[Fact]:
    for number, line in enumerate(lines, 1):
        for value in _told(line, lines, language):
            version = f"{value}.0" if language == "dotnet" and "." not in value else value
            yield Fact(FactName.VERSION, version, path, number)


def _told(line: str, lines: Sequence[str], language: str) -> Iterator[str]:
    """The versions that a line names; one that cannot be told agrees with no other."""
    if (found := _SETTING.match(line)) and found[1] in _KEYS.get(language, ()):
        if "${{ matrix." not in found[2]:  # the matrix itself has a line of its own
            yield _number(found[2], lines)
    elif (image := _IMAGE.search(line)) and image[1] in _IMAGES.get(language, ()):
        # Of Maven and Gradle the tag tells of them first.
        is_tool = image[1] in ("maven", "gradle")
        tag = _JDK.search(image[2]) if is_tool else _TAG.fullmatch(image[2])
        if tag:
            yield tag[1]
    elif language == "rust" and (toolchain := _TOOLCHAIN.search(line)):
        yield toolchain[1]


def _number(value: str, lines: Sequence[str]) -> str:
    if reference := _REFERENCE.fullmatch(value.strip()):
        pattern = re.compile(rf"\s*{re.escape(reference[1])}\s{{0,9}}:\s{{0,9}}([^#]{{1,100}})")
        values = [found[1] for line in lines if (found := pattern.match(line))]
        value = values[0] if len(values) == 1 else ""
    found = _NUMBER.fullmatch(_ONLY.sub(r"\1", value.strip()))
    return found[1] if found else _UNTOLD


def _given(lines: Sequence[str]) -> Iterator[tuple[int, str]]:
    """The variables in blocks, with the number of their line; services have blocks of their own."""
    blocks: list[tuple[int, str]] = []
    for number, line in enumerate(lines, 1):
        indentation = len(line) - len(line.lstrip())
        while blocks and line.strip() and indentation <= blocks[-1][0]:
            blocks.pop()
        is_service = any(name == "services" for _, name in blocks)
        if blocks and not is_service and (found := _GIVEN.match(f"{line} ")):
            yield number, found[2]
        if (opened := _BLOCK.match(line)) and len(blocks) < 10:
            blocks.append((len(opened[1]), opened[2]))
