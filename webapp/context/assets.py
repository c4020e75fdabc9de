"""The static files of an application: what makes them, and in which folder they lie.

A folder is told from the top of the project and ends with a slash; a command does not.
"""

import re
from collections.abc import Callable, Iterator, Mapping

from webapp.context.code import HASHES, SLASHES, places, sources
from webapp.context.json_file import JsonFile, json_file
from webapp.context.meters import Place
from webapp.context.node_facts import installers
from webapp.context.tree import Tree
from webapp.domain.project import Fact, FactName

_COLLECTED = re.compile(
    r"^STATIC_ROOT\s{0,9}(?::\s{0,9}\w{1,20}\s{0,9})?=[^\n]{0,99}?[\"']([\w./-]{1,100})[\"']",
    re.MULTILINE,
)
_STATIC_APP = "django.contrib.staticfiles"
_NAMED = r"[\"'`]([\w./-]{1,100})[\"'`]"
_FOLDERS = {
    "python": rf"\bStaticFiles\(\s{{0,9}}directory\s{{0,9}}=\s{{0,9}}{_NAMED}",
    "node": r"\.static\(\s{0,9}(?:path\.(?:join|resolve)\([^,()\n]{0,50},\s{0,9})?" + _NAMED,
    "go": r"//go:embed\s{1,9}((?:[\w.-]{1,50}/){0,5}"
    r"(?:assets|dist|public|static|ui|www)(?:/\*)?)[ \t]*$"
    rf"|\bhttp\.Dir\(\s{{0,9}}{_NAMED}",
    "rust": rf"\bServeDir::new\(\s{{0,9}}{_NAMED}"
    rf"|\bFiles::new\(\s{{0,9}}\"[^\"\n]{{0,100}}\",\s{{0,9}}{_NAMED}",
}
_PATTERNS = {name: re.compile(text, re.MULTILINE) for name, text in _FOLDERS.items()}
_ENDINGS = {
    "python": (".py",),
    "node": (".js", ".mjs", ".cjs", ".ts"),
    "go": (".go",),
    "rust": (".rs",),
}
_COMMENTS = {
    "python": HASHES,
    "node": SLASHES,
    "go": re.compile(r"^[ \t]*//(?!go:embed)[^\n]*", re.MULTILINE),
    "rust": SLASHES,
}
# Folders whose files a framework serves, where there are any.
_SERVED = {
    "java": (
        "src/main/resources/static",
        "src/main/resources/public",
        "src/main/resources/META-INF/resources",
    ),
    "dotnet": ("wwwroot",),
}
_BUILT = {  # by what builds them: where they lie unless its settings say otherwise
    "next": ".next",
    "nuxt": ".output/public",
    "@remix-run/serve": "public/build",
    "@11ty/eleventy": "_site",
    "astro": "dist",
    "gatsby": "public",
    "@angular/core": "dist",
    "react-scripts": "build",
    "vite": "dist",
}
_OUTPUT = re.compile(r"\b(?:outDir|distDir)\s{0,9}:\s{0,9}[\"'`](?:\./)?([\w./-]{1,100})[\"'`]")
_CONFIGS = tuple(
    f"{tool}.config.{ending}"
    for tool in ("vite", "astro", "next")
    for ending in ("js", "mjs", "ts")
)
_PIPELINES_OF_RAILS = ("propshaft", "sprockets-rails", "sprockets", "shakapacker", "vite_rails")
_RAILS = "bin/rails assets:precompile"


def static_files(tree: Tree, language: str, libraries: Mapping[str, Place]) -> Iterator[Fact]:
    """The command and the folders; nothing where there are no static files."""
    if finder := _FINDERS.get(language):
        yield from finder(tree, libraries)
    if pattern := _PATTERNS.get(language):
        files = sources(tree, _ENDINGS[language], _COMMENTS[language])
        for path, line, found in places(pattern, files):
            name = _beside(tree, path, found[found.lastindex or 0])
            yield from _folder(tree, name, path, line)
    for name in _SERVED.get(language, ()):
        if first := _first_in(tree, name):
            yield _fact(f"{tree.path(name)}/", first, 1)


def _fact(value: str, path: str, line: int) -> Fact:
    return Fact(FactName.STATIC, value, path, line)


def _beside(tree: Tree, path: str, name: str) -> str:
    """A folder as code names it: from where it runs, or else from where the file lies."""
    bare = name.removeprefix("./").removesuffix("/*").strip("/")
    folder = tree.within(path).rpartition("/")[0]
    if not _first_in(tree, bare) and folder and _first_in(tree, f"{folder}/{bare}"):
        return f"{folder}/{bare}"
    return bare


def _folder(tree: Tree, name: str, path: str, line: int) -> Iterator[Fact]:
    """A folder, where files lie in it."""
    if name not in ("", ".") and ".." not in name and _first_in(tree, name):
        yield _fact(f"{tree.path(name)}/", path, line)


def _first_in(tree: Tree, folder: str) -> str | None:
    prefix = tree.path(f"{folder}/")
    return next((path for path in sorted(tree.files) if path.startswith(prefix)), None)


def _python(tree: Tree, libraries: Mapping[str, Place]) -> Iterator[Fact]:
    if "django" in libraries:
        yield from _django(tree)
    elif "flask" in libraries or "quart" in libraries:
        found = (path.partition("/static/") for path in tree.files if "/static/" in path)
        folders = {before for before, _, _ in found if f"{before}/__init__.py" in tree.files}
        for before in sorted(folders):
            first = _first_in(tree, tree.within(f"{before}/static"))
            yield _fact(f"{before}/static/", first or before, 1)
        if first := _first_in(tree, "static"):
            yield _fact(f"{tree.path('static')}/", first, 1)


def _django(tree: Tree) -> Iterator[Fact]:
    """Where it collects them; without such a place there is nothing to collect."""
    files = sources(tree, (".py",), HASHES)
    if not any(_STATIC_APP in text for _, text in files):
        return
    for path, line, found in places(_COLLECTED, files):
        yield _fact("python manage.py collectstatic --noinput", path, line)
        folder = found[1] if found[1].startswith("/") else tree.path(found[1])
        yield _fact(f"{folder.rstrip('/')}/", path, line)
        return


def _node(tree: Tree, _: Mapping[str, Place]) -> Iterator[Fact]:
    package = json_file(tree, "package.json")
    if package is None or not package.string("scripts", "build"):
        return
    used = {**package.table("devDependencies"), **package.table("dependencies")}
    if builder := next((name for name in _BUILT if name in used), None):
        yield _built(tree, package)
        yield from _output(tree, package, _BUILT[builder])


def _built(tree: Tree, package: JsonFile) -> Fact:
    installer = next(installers(tree, package)).value
    line = package.line("build", "scripts")
    return _fact(f"{installer} run build", package.path, line)


def _output(tree: Tree, package: JsonFile, usual: str) -> Iterator[Fact]:
    for name in _CONFIGS:
        for number, line in enumerate(tree.lines(name), 1):
            if found := _OUTPUT.search(line[:500]):
                yield _fact(f"{tree.path(found[1].strip('/'))}/", tree.path(name), number)
                return
    yield _fact(f"{tree.path(usual)}/", package.path, package.line("build", "scripts"))


def _ruby(tree: Tree, libraries: Mapping[str, Place]) -> Iterator[Fact]:
    pipeline = next((name for name in _PIPELINES_OF_RAILS if name in libraries), None)
    if pipeline and "rails" in libraries:
        yield _fact(_RAILS, *libraries[pipeline])
        yield _fact(f"{tree.path('public/assets')}/", *libraries[pipeline])


def _php(tree: Tree, libraries: Mapping[str, Place]) -> Iterator[Fact]:
    package = json_file(tree, "package.json")
    if package and package.string("scripts", "build"):
        yield _built(tree, package)
        yield _fact(f"{tree.path('public/build')}/", package.path, package.line("build", "scripts"))
    if "symfony/asset-mapper" in libraries:
        place = libraries["symfony/asset-mapper"]
        yield _fact("php bin/console asset-map:compile", *place)
        yield _fact(f"{tree.path('public/assets')}/", *place)


def _site(tree: Tree, libraries: Mapping[str, Place]) -> Iterator[Fact]:
    """What a generator makes of a site; plain pages are what they are."""
    for name, place in libraries.items():
        command, folder = _GENERATORS.get(name, ("", ""))
        if command:
            yield _fact(command, *place)
            yield _fact(f"{tree.path(folder)}/", *place)
    yield from _node(tree, libraries)


_GENERATORS = {"hugo": ("hugo", "public"), "jekyll": ("bundle exec jekyll build", "_site")}
_FINDERS: Mapping[str, Callable[[Tree, Mapping[str, Place]], Iterator[Fact]]] = {
    "python": _python,
    "node": _node,
    "ruby": _ruby,
    "php": _php,
    "static": _site,
}
