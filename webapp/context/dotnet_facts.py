"""What is known of a .NET application, from its project file, configuration and code."""

import re
from collections.abc import Iterator, Sequence

from webapp.context.ci import pipeline_version
from webapp.context.code import PORT_NAME, Sources, places, ports, rooted, sources, watched
from webapp.context.deploy_facts import dockerfile, env_example, image_version, procfile
from webapp.context.json_file import json_file
from webapp.context.libraries import DOTNET_SERVICES
from webapp.context.meters import Place
from webapp.context.tree import Tree, line_with, port_fact
from webapp.context.xml_file import Element, xml_file
from webapp.domain.project import Fact, FactName

_ENDINGS = (".csproj", ".fsproj", ".vbproj")
MANIFESTS = tuple(f"*{ending}" for ending in _ENDINGS)
MAX_REFERENCES = 50
_TARGET = re.compile(r"net(?:coreapp)?([0-9]{1,2}\.[0-9])(?:-[\w.]{1,30})?")
_SDKS = ("Microsoft.NET.Sdk.Web", "Microsoft.NET.Sdk.Worker")
_WEB = "Microsoft.NET.Sdk.Web"
_VARIABLE = re.compile(r"\bGetEnvironmentVariable\(\s{0,9}\"([A-Za-z_]\w{0,99})\"")
_CONNECTION = re.compile(r"\bGetConnectionString\(\s{0,9}\"([A-Za-z_]\w{0,99})\"")
_KEY = re.compile(
    r"\b[cC]onfig(?:uration)?(?:\[\s{0,9}|\.GetValue<[\w?]{1,30}>\(\s{0,9})"
    r"\"([A-Za-z_]\w{0,99}(?::\w{1,99}){0,5})\""
)
_HERE = r"\"https?://[^\":/\n]{1,99}:([0-9]{2,5})/?[\";]"
_PORTS = (
    re.compile(rf"\b(?:UseUrls|Run|RunAsync|Urls\.Add)\(\s{{0,9}}{_HERE}"),
    re.compile(r"\bListen(?:AnyIP|Localhost)\(\s{0,9}([0-9]{2,5})\b"),
    re.compile(
        rf"GetEnvironmentVariable\(\s{{0,9}}\"{PORT_NAME}\"\s{{0,9}}\)\s{{0,99}}\?\?\s{{0,9}}\"?([0-9]{{2,5}})\b"
    ),
)
_URL = re.compile(r"http://[^:/;]{1,99}:([0-9]{2,5})")
_ROUTE = re.compile(
    r"\b(\w{1,50})\s{0,99}\.(MapHealthChecks|MapGet)\(\s{0,9}\"/?([\w./~-]{1,200})\""
)
_GROUP = re.compile(
    r"\b(\w{1,50})\s{0,9}=\s{0,9}(\w{1,50})\.MapGroup\(\s{0,9}\"([\w./~-]{1,100})\""
)
_ATTRIBUTE = re.compile(r"\[(Route|HttpGet)(?:\(\s{0,9}\"(/?[\w./~-]{1,200})\")?")


def declared(tree: Tree) -> list[Fact] | None:
    """What the files beside the code say; None where there is no project, or one of tests."""
    name = _name(tree)
    project = xml_file(tree, name) if name else None
    if project is None or name is None or _is_test(project):
        return None
    path = tree.path(name)
    return [
        *_names(project, path),
        Fact(FactName.LANGUAGE, "dotnet", path, 1),
        Fact(FactName.INSTALLER, "nuget", path, 1),
        Fact(FactName.MANIFEST, path, path, 1),
        *_versions(tree, project, path),
        *_frameworks(project, path),
        *_services(tree, name),
    ]


def of_code(tree: Tree, said: Sequence[Fact]) -> Iterator[Fact]:
    """What the code says and what starts it; `said` is what is known without the code."""
    name = _name(tree)
    project = xml_file(tree, name) if name else None
    if name and project and _is_program(project):
        yield Fact(FactName.ENTRY, f"{said[0].value}.dll", tree.path(name), 1)
    yield from procfile(tree)
    yield from dockerfile(tree)
    files = sources(tree, (".cs", ".fs", ".vb"))
    yield from ports(_PORTS, files)
    yield from _configured_port(tree)
    yield from _variables(files)
    yield from _health(files)
    yield from env_example(tree)
    version = next((fact.value for fact in said if fact.name == FactName.VERSION), "")
    for fact in said:
        if fact.name == FactName.FRAMEWORK:  # the images of 8.0 and later listen on another port
            is_old = version[:2] in ("5.", "6.", "7.")
            yield from port_fact(80 if is_old else 8080, fact.path, fact.line)


def _name(tree: Tree) -> str | None:
    """The name of the project file that lies in the folder."""
    names = (tree.within(path) for path in tree.files if path.endswith(_ENDINGS))
    return min((name for name in names if "/" not in name), default=None)


def _names(project: Element, path: str) -> Iterator[Fact]:
    """The name of what is built: as the project gives it, else that of its file."""
    for element in project.all("PropertyGroup/AssemblyName"):
        if element.text and "$" not in element.text:  # that would be a property
            yield Fact(FactName.NAME, element.text, path, element.line)
    yield Fact(FactName.NAME, path.rpartition("/")[2].rpartition(".")[0], path, 1)


def _is_test(project: Element) -> bool:
    packages = [package.attributes.get("Include") for package in _packages(project)]
    is_said = project.value("PropertyGroup/IsTestProject").lower() == "true"
    return is_said or "Microsoft.NET.Test.Sdk" in packages


def _is_program(project: Element) -> bool:
    is_exe = project.value("PropertyGroup/OutputType").lower() in ("exe", "winexe")
    return is_exe or project.attributes.get("Sdk") in _SDKS


def _packages(project: Element) -> Iterator[Element]:
    yield from project.all("ItemGroup/PackageReference")


def _versions(tree: Tree, project: Element, path: str) -> Iterator[Fact]:
    """The version that is built for, here or in a Directory.Build.props above."""
    yield from _targets(project, path)
    for above in tree.above("Directory.Build.props"):
        if properties := xml_file(above, "Directory.Build.props"):
            yield from _targets(properties, above.path("Directory.Build.props"))
    yield from image_version(tree, "aspnet", "sdk", "runtime")
    yield from pipeline_version(tree, "dotnet")


def _targets(project: Element, path: str) -> Iterator[Fact]:
    for key in ("TargetFramework", "TargetFrameworks"):
        for element in project.all(f"PropertyGroup/{key}"):
            found = [_TARGET.fullmatch(part.strip()) for part in element.text.split(";")]
            versions = [match[1] for match in found if match]
            if versions:
                newest = max(versions, key=lambda text: [int(part) for part in text.split(".")])
                yield Fact(FactName.VERSION, newest, path, element.line)


def _frameworks(project: Element, path: str) -> Iterator[Fact]:
    if project.attributes.get("Sdk") == _WEB:
        yield Fact(FactName.FRAMEWORK, "aspnet", path, project.line)
    for reference in project.all("ItemGroup/FrameworkReference"):
        is_web = reference.attributes.get("Include") == "Microsoft.AspNetCore.App"
        if is_web and _is_program(project):
            yield Fact(FactName.FRAMEWORK, "aspnet", path, reference.line)


def libraries(tree: Tree) -> dict[str, Place]:
    """The packages in small letters, also those of the projects that this one refers to."""
    name = _name(tree)
    used: dict[str, Place] = {}
    for library, place in _packages_used(tree, name) if name else ():
        used.setdefault(library, place)
    return used


def _services(tree: Tree, name: str) -> Iterator[Fact]:
    for library, place in _packages_used(tree, name):
        services = (DOTNET_SERVICES[part] for part in DOTNET_SERVICES if part in library)
        if service := next(services, None):
            yield Fact(FactName.SERVICE, service, *place)


def _packages_used(tree: Tree, name: str) -> Iterator[tuple[str, Place]]:
    waiting, seen = [tree.path(name)], set[str]()
    while waiting and len(seen) < MAX_REFERENCES:
        path = waiting.pop(0)
        folder, _, file = path.rpartition("/")
        if path in seen or not (
            project := xml_file(Tree(folder, tree.project, tree.project), file)
        ):
            continue
        seen.add(path)
        for package in _packages(project):
            yield package.attributes.get("Include", "").lower(), (path, package.line)
        for reference in project.all("ItemGroup/ProjectReference"):
            waiting.append(_joined(folder, reference.attributes.get("Include", "")))


def _joined(folder: str, reference: str) -> str:
    """The path of a project that is referred to from a folder; empty where it leads outside."""
    parts = folder.split("/") if folder else []
    for part in reference.replace("\\", "/").split("/")[:50]:
        if part == ".." and parts:
            parts.pop()
        elif part == "..":
            return ""
        elif part not in ("", "."):
            parts.append(part)
    return "/".join(parts)


def _configured_port(tree: Tree) -> Iterator[Fact]:
    """The port of appsettings.json; launchSettings.json holds on a developer's machine only."""
    found = json_file(tree, "appsettings.json")
    if found is None:
        return
    endpoints = found.table("Kestrel", "Endpoints")
    urls = [found.string("Kestrel", "Endpoints", name, "Url") for name in endpoints]
    for url in [*urls, found.string("Urls"), found.string("urls")]:
        if match := _URL.search(url[:500]):
            line = line_with(found.lines, rf":{match[1]}\b") or 1
            yield from port_fact(match[1], found.path, line)


def _variables(files: Sources) -> Iterator[Fact]:
    """Variables, and keys of the configuration by the names under which variables give them."""
    for pattern, before in ((_VARIABLE, ""), (_CONNECTION, "ConnectionStrings__"), (_KEY, "")):
        for path, line, found in places(pattern, files):
            name = before + found[1].replace(":", "__")
            yield Fact(FactName.ENV, name, path, line)


def _health(files: Sources) -> Iterator[Fact]:
    """Health checks, then plain routes, behind those of their group or their class."""
    groups: dict[str, str] = {}
    for _, _, found in places(_GROUP, files):
        groups[found[1]] = groups.get(found[2], "") + rooted(found[3])
    routes = list(places(_ROUTE, files))
    for path, line, found in routes:
        if found[2] == "MapHealthChecks":
            route = groups.get(found[1], "") + rooted(found[3])
            yield Fact(FactName.HEALTH, route, path, line)
    for path, line, found in routes:
        yield from watched(groups.get(found[1], ""), rooted(found[3]), path, line)
    for path, text in files:
        yield from _attributed(path, text)


def _attributed(path: str, text: str) -> Iterator[Fact]:
    before = ""
    for _, line, found in places(_ATTRIBUTE, [(path, text)]):
        route = found[2] or ""
        if found[1] == "Route":
            before = rooted(route)
        elif route.startswith("/"):
            yield from watched("", route, path, line)
        elif route:
            yield from watched(before, rooted(route), path, line)
        else:
            yield from watched("", before, path, line)
