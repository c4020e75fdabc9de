"""What stands in one Python file that matters to who runs it; it is parsed, and never run."""

import ast
import re
from dataclasses import dataclass, field

from webapp.context.own_metrics import series
from webapp.context.tree import HEALTH, METRICS, VARIABLE

# Only files that may tell something are parsed: parsing takes far longer than searching.
_TELLING = re.compile(
    r"environ|getenv|BaseSettings|\benv\b|decouple|\bport\b|\bbind\b|health|heartbeat|ping|livez|readyz"
    r"|__main__|get_[aw]sgi_application|_app\b|prefix|prometheus|/metrics"
    r"|Flask|FastAPI|Starlette|Quart|Sanic|Litestar|streamlit"
)
APP_CLASSES = frozenset({"FastAPI", "Flask", "Litestar", "Quart", "Sanic", "Starlette"})
_MAKERS = frozenset({"build_app", "create_app", "create_application", "get_app", "make_app"})
_DJANGO = frozenset({"get_asgi_application", "get_wsgi_application"})
_ROUTES = frozenset({"api_route", "get", "head", "route"})
_ROUTE_CALLS = frozenset({"Route", "add_api_route", "add_get", "add_route", "add_url_rule"})
_MOUNTS = frozenset({"include_router", "mount", "register_blueprint"})
_ROUTERS = frozenset({"APIRouter", "Blueprint"})
_RUNS = frozenset({"run", "run_app", "run_simple", "serve"})
_ENV_LIBRARIES = frozenset({"decouple", "environ", "environs", "starlette"})
_METRICS = {
    f"{kind}{form}": kind
    for kind in ("Counter", "Gauge", "Histogram", "Summary")
    for form in ("", "MetricFamily")  # the latter are filled when somebody asks
}
_PORT_VARIABLES = frozenset({"APP_PORT", "FLASK_RUN_PORT", "HTTP_PORT", "PORT", "SERVER_PORT"})


@dataclass(slots=True)
class Module:
    """One file. Numbers are lines; a prefix or a router is None where it cannot be told."""

    path: str
    apps: list[tuple[str, int]] = field(default_factory=list)  # variables that hold one
    makers: list[tuple[str, int]] = field(default_factory=list)  # functions that make one
    main: int | None = None  # where it says what to do when run as a script
    imports: dict[str, int] = field(default_factory=dict)  # top packages
    variables: list[tuple[str, int]] = field(default_factory=list)
    ports: list[tuple[int, str, int]] = field(default_factory=list)  # how sure (0 best), port
    routes: list[tuple[str, str, int]] = field(default_factory=list)  # router, route
    prefixes: dict[str, str | None] = field(default_factory=dict)  # of routers made here
    mounts: dict[str, str | None] = field(default_factory=dict)  # router as written, prefix
    metrics: list[tuple[str, int]] = field(default_factory=list)  # time series

    @property
    def stem(self) -> str:
        """Its name in an import, without packages."""
        return self.path.removesuffix("/__init__.py").rpartition("/")[2].removesuffix(".py")


def read_module(path: str, text: str) -> Module | None:
    """What a file says; None where it says nothing, or is no Python that can be parsed."""
    if not _TELLING.search(text):
        return None
    try:
        top = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    module = Module(path)
    for statement in top.body:
        _read_statement(module, statement)
    for node in ast.walk(top):
        _read_node(module, node)
    if "prometheus_client" not in module.imports:
        module.metrics.clear()  # they were counters of another kind
    return module


def _read_statement(module: Module, node: ast.stmt) -> None:
    """What counts at the top of a file only."""
    match node:
        case ast.Assign(targets=[ast.Name(id=name)], value=ast.Call() as call):
            _read_made(module, name, call)
        case ast.AnnAssign(target=ast.Name(id=name), value=ast.Call() as call):
            _read_made(module, name, call)
        case ast.Assign(targets=[ast.Name(id="bind")], value=ast.Constant(value=str(bind))):
            if module.stem == "gunicorn.conf" or module.stem == "gunicorn_conf":
                module.ports.append((0, bind.rpartition(":")[2], node.lineno))
        case ast.FunctionDef(name=name, args=args) if name in _MAKERS:
            needed = len(args.posonlyargs) + len(args.args) - len(args.defaults)
            if needed == 0 and None not in args.kw_defaults:
                module.makers.append((name, node.lineno))
        case ast.If(test=ast.Compare(left=ast.Name(id="__name__"))):
            module.main = node.lineno


def _read_made(module: Module, name: str, call: ast.Call) -> None:
    made = _dotted(call.func).rpartition(".")[2]
    if made in APP_CLASSES | _MAKERS | _DJANGO:
        module.apps.append((name, call.lineno))
    elif made in _ROUTERS:
        module.prefixes[name] = _prefix(call)


def _read_node(module: Module, node: ast.AST) -> None:
    match node:
        case ast.Import(names=names):
            for alias in names:
                module.imports.setdefault(alias.name.partition(".")[0], node.lineno)
        case ast.ImportFrom(module=str(name), level=0):
            module.imports.setdefault(name.partition(".")[0], node.lineno)
        case ast.Subscript(value=value, slice=ast.Constant(value=str(name)), ctx=ast.Load()):
            if _dotted(value) in ("environ", "os.environ"):
                _add_variable(module, name, node.lineno)
        case ast.Call():
            _read_call(module, node)
        case ast.FunctionDef() | ast.AsyncFunctionDef():
            for decorator in node.decorator_list:
                _read_decorator(module, decorator)
        case ast.ClassDef():
            if any(_dotted(base).endswith("BaseSettings") for base in node.bases):
                _read_settings(module, node)


def _read_call(module: Module, call: ast.Call) -> None:
    if name := _variable(module, call):
        _add_variable(module, name, call.lineno)
        if name in _PORT_VARIABLES and (port := _port(module, call)):
            module.ports.append((1, port, call.lineno))
    called = _dotted(call.func).rpartition(".")[2]
    if called in _RUNS:
        for keyword in call.keywords:
            if keyword.arg == "port" and (port := _port(module, keyword.value)):
                module.ports.append((0, port, keyword.value.lineno))
    elif called in _MOUNTS and call.args:
        module.mounts[_dotted(call.args[0])] = _prefix(call)
        _add_route(module, "", _text(call.args[:1]), call.lineno)  # an application that is mounted
    elif called in _METRICS:
        _read_metric(module, _METRICS[called], call)
    elif called in _ROUTE_CALLS or (called == "path" and module.stem == "urls"):
        route = _text(call.args[:1])
        _add_route(module, "", f"/{route}" if called == "path" else route, call.lineno)


def _read_metric(module: Module, kind: str, call: ast.Call) -> None:
    """A metric of prometheus_client, by the name under which it is exposed."""
    named = {word.arg: _text([word.value]) for word in call.keywords}
    name = _text(call.args[:1]) or named.get("name", "")
    parts = (named.get("namespace"), named.get("subsystem"), name, named.get("unit"))
    full = "_".join(part for part in parts if part)
    if kind == "Counter":
        full = f"{full.removesuffix('_total')}_total"
    if name and (found := series(kind, full)):
        module.metrics.append((found, call.lineno))


def _read_decorator(module: Module, decorator: ast.expr) -> None:
    if isinstance(decorator, ast.Call):
        router, _, called = _dotted(decorator.func).rpartition(".")
        if called in _ROUTES:
            _add_route(module, router, _text(decorator.args[:1]), decorator.lineno)


def _read_settings(module: Module, node: ast.ClassDef) -> None:
    """The fields of a pydantic settings class are variables, in capitals, behind its prefix."""
    prefixes = [
        _text([keyword.value])
        for statement in node.body
        if isinstance(statement, ast.Assign) and isinstance(statement.value, ast.Call)
        for keyword in statement.value.keywords
        if keyword.arg == "env_prefix"
    ]
    prefix = "".join(prefixes[:1])
    for statement in node.body:
        match statement:
            case ast.AnnAssign(target=ast.Name(id=name), value=value) if name != "model_config":
                variable = _alias(value) or f"{prefix}{name}".upper()
                _add_variable(module, variable, statement.lineno)
                if name == "port" and value and (port := _port(module, value)):
                    module.ports.append((2, port, statement.lineno))


def _alias(value: ast.expr | None) -> str:
    """The name of the variable that a `Field(validation_alias=…)` gives."""
    keywords = value.keywords if isinstance(value, ast.Call) else []
    given = (_text([word.value]) for word in keywords if word.arg in ("alias", "validation_alias"))
    return next(given, "")


def _add_variable(module: Module, name: str, line: int) -> None:
    if VARIABLE.fullmatch(name):
        module.variables.append((name, line))


def _add_route(module: Module, router: str, route: str, line: int) -> None:
    if HEALTH.fullmatch(route) or METRICS.fullmatch(route):
        module.routes.append((router, route, line))


def _variable(module: Module, call: ast.Call) -> str:
    """The name of the variable that a call reads; empty if it reads none."""
    called = _dotted(call.func)
    is_library = called.partition(".")[0] in ("config", "env")
    if called in ("getenv", "os.getenv", "environ.get", "os.environ.get") or (
        is_library and not _ENV_LIBRARIES.isdisjoint(module.imports)
    ):
        return _text(call.args[:1])
    return ""


def _port(module: Module, value: ast.expr, depth: int = 0) -> str:
    """The port that an expression comes to if no variable is set; empty where it is not told."""
    match value:
        case ast.Constant(value=str(port)):
            return port
        case ast.Constant(value=int(port)) if 0 < port < 65536:  # some are too long to be written
            return str(port)
        case ast.BoolOp(values=[*_, last]) if depth < 5:
            return _port(module, last, depth + 1)
        case ast.Call(args=args, keywords=keywords) if depth < 5:
            named = [word.value for word in keywords if word.arg == "default"]
            is_read = bool(_variable(module, value))
            given = [*(args[1:2] if is_read else args[:1]), *named]
            return _port(module, given[-1], depth + 1) if given else ""
    return ""


def _prefix(call: ast.Call) -> str | None:
    """What a call puts before routes; None where it does, and only running would tell what."""
    for keyword in call.keywords:
        if keyword.arg in ("prefix", "url_prefix"):
            return _text([keyword.value]) or None
    return ""


def _text(values: list[ast.expr]) -> str:
    """The text, if there is one value and it is a literal text."""
    match values:
        case [ast.Constant(value=str(text))]:
            return text
    return ""


def _dotted(node: ast.expr) -> str:
    """`os.environ.get` for that expression; empty where it is more than names and dots."""
    names: list[str] = []
    while isinstance(node, ast.Attribute) and len(names) < 10:
        names.append(node.attr)
        node = node.value
    if not isinstance(node, ast.Name):
        return names[0] if names else ""
    return ".".join(reversed([*names, node.id]))
