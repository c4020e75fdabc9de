"""What is known of a Python application, from its manifest and its code."""

import shlex
from collections.abc import Iterator, Sequence

from webapp.context.code import watched
from webapp.context.deploy_facts import dockerfile, env_example, procfile
from webapp.context.libraries import PYTHON_FRAMEWORKS
from webapp.context.meters import Place
from webapp.context.python_code import Module, read_module
from webapp.context.python_manifest import LISTS, known, manifest, versions
from webapp.context.tree import Tree, port_fact
from webapp.domain.project import Fact, FactName

# Where an application is looked for first: a server's entry, then what people call the main file.
_ENTRIES = ("wsgi", "asgi", "main", "app", "application", "server", "run")
_VARIABLES = ("app", "application")
_SCRIPTS = ("main", "app", "run", "worker", "bot", "__main__")
_PAGES = ("app", "Home", "home", "main", "streamlit_app")
MANIFESTS = (*LISTS, "Pipfile", "pyproject.toml", "setup.cfg")
_NO_SCRIPTS = frozenset({"manage.py", "setup.py"})


def declared(tree: Tree) -> list[Fact] | None:
    """What the files beside the code say; None where nothing tells of a Python project here."""
    found = manifest(tree)
    if found is None:
        return None
    first = [Fact(FactName.LANGUAGE, "python", found.path, 1)]
    first.append(Fact(FactName.MANIFEST, found.path, found.path, 1))
    return [*first, *versions(tree), *known(found.dependencies), *found.facts]


def loose(tree: Tree) -> list[Fact]:
    """What is known where no file lists dependencies: that there is Python at all."""
    paths = sorted(
        (path for path in tree.files if path.endswith(".py")),
        key=lambda path: (path.count("/"), path),
    )
    return [Fact(FactName.LANGUAGE, "python", paths[0], 1), *versions(tree)] if paths else []


def libraries(tree: Tree) -> dict[str, Place]:
    """What it depends on, by name and by name with each extra, as in `psycopg[c]`."""
    found = manifest(tree)
    used: dict[str, Place] = {}
    for one in found.dependencies if found else ():
        for name in (one.name, *(f"{one.name}[{extra}]" for extra in one.extras)):
            used.setdefault(name, (one.path, one.line))
    return used


def of_code(tree: Tree, said: Sequence[Fact]) -> Iterator[Fact]:
    """What the code says and what starts it; `said` is what is known without the code."""
    modules = list(filter(None, (read_module(*source) for source in tree.code((".py",)))))
    framework = next((fact for fact in said if fact.name == FactName.FRAMEWORK), None)
    framework = framework or next(_imported(modules), None)
    if framework:
        yield framework
    yield from procfile(tree)
    yield from dockerfile(tree)
    yield from _entries(tree, modules, framework)
    yield from _ports(modules)
    yield from _watched(tree, modules)
    for module in modules:
        for name, line in module.variables:
            yield Fact(FactName.ENV, name, module.path, line)
        for name, line in module.metrics:
            yield Fact(FactName.METRIC, name, module.path, line)
    yield from env_example(tree)
    if framework:  # nothing says where it listens: so it listens where the framework does
        yield from port_fact(PYTHON_FRAMEWORKS[framework.value], framework.path, framework.line)


def _imported(modules: Sequence[Module]) -> Iterator[Fact]:
    """The framework by what is imported, where no manifest names one."""
    for framework in PYTHON_FRAMEWORKS:
        for module in modules:
            if framework in module.imports:
                line = module.imports[framework]
                yield Fact(FactName.FRAMEWORK, framework, module.path, line)


def _entries(tree: Tree, modules: Sequence[Module], framework: Fact | None) -> Iterator[Fact]:
    """The application a server is given, the surest first; a script where there is no server."""
    if framework and framework.value == "streamlit":
        yield from _streamlit(tree, modules)
    elif framework:
        ordered = sorted(modules, key=_rank)
        for module in ordered:
            for name, line in sorted(module.apps, key=lambda app: app[0] not in _VARIABLES):
                yield from _entry(tree, module, name, line)
        for module in ordered:
            for name, line in module.makers:
                yield from _entry(tree, module, f"{name}()", line)
    else:
        scripts = [module for module in modules if module.main and _name(module) not in _NO_SCRIPTS]
        named = sorted(
            (module for module in scripts if module.stem in _SCRIPTS),
            key=lambda module: (module.path.count("/"), _SCRIPTS.index(module.stem)),
        )
        for module in named or scripts[: len(scripts) == 1]:
            yield Fact(FactName.ENTRY, module.path, module.path, module.main or 1)


def _name(module: Module) -> str:
    return module.path.rpartition("/")[2]


def _rank(module: Module) -> tuple[int, int, str]:
    known = module.stem in _ENTRIES
    place = _ENTRIES.index(module.stem) if known else len(_ENTRIES)
    return (place, module.path.count("/"), module.path)


def _entry(tree: Tree, module: Module, name: str, line: int) -> Iterator[Fact]:
    """`package.module:name` as a server that is started in the folder of the manifest takes it."""
    path = tree.within(module.path)
    parts = path.removesuffix(".py").removesuffix("/__init__").split("/")
    # With the layout that packagers call src, a package is imported without that folder.
    if parts[0] == "src" and len(parts) > 1 and tree.has(f"src/{parts[1]}/__init__.py"):
        parts = parts[1:]
    if all(part.isidentifier() for part in parts):
        yield Fact(FactName.ENTRY, f"{'.'.join(parts)}:{name}", module.path, line)


def _streamlit(tree: Tree, modules: Sequence[Module]) -> Iterator[Fact]:
    """Streamlit runs a script, and only its own command can start it."""
    scripts = [module for module in modules if "streamlit" in module.imports]
    top = [module for module in scripts if module.stem in _PAGES] or scripts
    for module in sorted(top, key=lambda module: (module.path.count("/"), module.path))[:1]:
        line = module.imports["streamlit"]
        yield Fact(FactName.ENTRY, module.path, module.path, line)
        start = f"streamlit run {shlex.quote(tree.within(module.path))}"
        yield Fact(FactName.START, start, module.path, line)


def _ports(modules: Sequence[Module]) -> Iterator[Fact]:
    """The ports that the code names: where it starts itself, by variable, in settings."""
    ports = [
        (sureness, _rank(module), port, module.path, line)
        for module in modules
        for sureness, port, line in module.ports
    ]
    for _, _, port, path, line in sorted(ports):
        yield from port_fact(port, path, line)


def _watched(tree: Tree, modules: Sequence[Module]) -> Iterator[Fact]:
    """Routes of health and metrics, where it is sure under which path they are reached."""
    mounts = {name: prefix for module in modules for name, prefix in module.mounts.items()}
    # A router whose mount is not understood may be any of those that get a prefix.
    unseen = None if any(prefix != "" for prefix in mounts.values()) else ""
    found: list[tuple[int, str, str, str, int]] = []
    for module in modules:
        if module.stem == "urls" and not _is_root_urls(tree, module):
            continue
        for router, route, line in module.routes:
            mounted = mounts.get(f"{module.stem}.{router}", mounts.get(router, unseen))
            prefix = _prefix(module, router, mounted)
            if prefix is not None:
                found.append((prefix.count("/"), prefix, route, module.path, line))
    for _, prefix, route, path, line in sorted(found):
        yield from watched(prefix, route, path, line)


def _prefix(module: Module, router: str, mounted: str | None) -> str | None:
    """What stands before the routes of a router; None where that cannot be told."""
    if router == "" or any(router == name for name, _ in module.apps):
        return ""
    own = module.prefixes.get(router, "")
    return None if own is None or mounted is None else mounted + own


def _is_root_urls(tree: Tree, module: Module) -> bool:
    """Whether these are Django's first addresses; those of an app get a prefix from them."""
    folder = module.path.removesuffix("urls.py")
    names = ("settings.py", "settings/__init__.py", "wsgi.py", "asgi.py")
    return any(f"{folder}{name}" in tree.files for name in names)
