"""Facts in the ways in which people write them down."""

# ruff: noqa: E501 - a table is read best with one case a line

import pytest

from tests.context.single import facts_of
from webapp.context.facts import merge
from webapp.domain.project import Fact, FactName, Facts

FLASK = {"requirements.txt": "flask\n"}
FASTAPI = {"requirements.txt": "fastapi\n"}
EXPRESS = {"package.json": '{\n"dependencies": {\n"express": "5"\n}\n}'}


def place(found: Facts, name: str) -> str | None:
    """`value path:line` of the surest fact of a name."""
    named = (fact for fact in found.found if fact.name == name)
    return next((f"{fact.value} {fact.path}:{fact.line}" for fact in named), None)


CASES: list[tuple[str, dict[str, str], str | None]] = [
    # Manifests of Python.
    ("framework", {"requirements.txt": "# web\nFlask[async]>=3 ; python_version>'3'"}, "flask requirements.txt:2"),
    ("manifest", {"requirements/base.txt": "x", "requirements/prod.txt": "-r base.txt\nflask"}, "requirements/prod.txt requirements/prod.txt:1"),
    ("framework", {"requirements/base.txt": "flask"}, "flask requirements/base.txt:1"),
    ("manifest", {"pyproject.toml": "[tool.ruff]\nx=1", **FLASK}, "requirements.txt requirements.txt:1"),
    ("name", {"pyproject.toml": "[project]\nname = 'shop'", **FLASK}, "shop pyproject.toml:2"),
    ("installer", {"pyproject.toml": "[project]\nname = 'x'", "uv.lock": "", **FLASK}, "uv uv.lock:1"),
    ("installer", {"pyproject.toml": "[tool.poetry]\nname = 'x'", "poetry.lock": ""}, "poetry poetry.lock:1"),
    ("installer", {"pyproject.toml": "[project]\ndependencies = ['flask']"}, "pip pyproject.toml:1"),
    ("framework", {"pyproject.toml": "[project]\nkeywords = ['flask']\ndependencies = [\n 'flask',\n]"}, "flask pyproject.toml:4"),
    ("service", {"pyproject.toml": "[tool.poetry.dependencies]\ncelery = {version='5', extras=['redis']}"}, "redis pyproject.toml:2"),
    ("version", {"pyproject.toml": "[project]\nrequires-python = '<3.14,>=3.11'\ndependencies=['x']"}, "3.11 pyproject.toml:2"),
    ("version", {"Pipfile": "[packages]\nflask = '*'\n[requires]\npython_version = '3.12'"}, "3.12 Pipfile:4"),
    ("framework", {"Pipfile": "[packages]\nflask = '*'"}, "flask Pipfile:2"),
    ("installer", {"Pipfile": "[packages]\nflask = '*'", "Pipfile.lock": "{}"}, "pipenv Pipfile.lock:1"),
    ("framework", {"setup.cfg": "[metadata]\nname = x\n[options]\ninstall_requires =\n  flask\n"}, "flask setup.cfg:5"),
    ("version", {"setup.cfg": "[options]\npython_requires = >=3.10\ninstall_requires = flask"}, "3.10 setup.cfg:2"),
    ("version", {".python-version": "pypy3.10\n3.11.4\n", **FLASK}, "3.11.4 .python-version:2"),
    ("version", {"Dockerfile": "FROM python:3.12-slim AS a\nFROM node:22", **FLASK}, "3.12 Dockerfile:1"),
    ("framework", {"app.py": "\nimport flask\nhealth=1"}, "flask app.py:2"),
    ("language", {"src/a.py": "", "b.py": ""}, "python b.py:1"),
    ("language", {"README.md": "Python"}, None),
    ("service", {"requirements.txt": "PyMySQL\npika"}, "mysql requirements.txt:1"),
    # Entries.
    ("entry", {"app.py": "from flask import Flask\napplication = Flask(__name__)", **FLASK}, "app:application app.py:2"),
    ("entry", {"shop/__init__.py": "def create_app(config=None):\n  app = Flask(__name__)", **FLASK}, "shop:create_app() shop/__init__.py:1"),
    ("entry", {"shop/__init__.py": "def create_app(config):\n  app = Flask(__name__)", **FLASK}, None),
    ("entry", {"wsgi.py": "app = create_app()", "app.py": "app = Flask(__name__)", **FLASK}, "wsgi:app wsgi.py:1"),
    ("entry", {"src/shop/__init__.py": "", "src/shop/web.py": "app = FastAPI()", **FASTAPI}, "shop.web:app src/shop/web.py:1"),
    ("entry", {"back/requirements.txt": "flask", "back/app.py": "app = Flask(__name__)"}, "app:app back/app.py:1"),
    ("entry", {"main.py": "import time\nif __name__ == '__main__':\n  pass"}, "main.py main.py:2"),
    ("entry", {"a.py": "if __name__ == '__main__': x", "b.py": "if __name__ == '__main__': x"}, None),
    ("entry", {"Procfile": "release: x\nweb: gunicorn shop.web:app", **FLASK}, "shop.web:app Procfile:2"),
    ("entry", {"src.py": "app = Flask(__name__)", **FLASK}, "src:app src.py:1"),
    ("start", {"a/requirements.txt": "streamlit", "a/app.py": "import streamlit"}, "streamlit run app.py a/app.py:1"),
    ("entry", {"tests/app.py": "app = Flask(__name__)", **FLASK}, None),
    ("entry", {"my-app.py": "app = Flask(__name__)", **FLASK}, None),
    ("start", {"requirements.txt": "streamlit", "app.py": "import streamlit as st"}, "streamlit run app.py app.py:1"),
    ("start", {"Procfile": "web: a\nworker: b", **FLASK}, "a Procfile:1"),
    ("start", {"Procfile": "x: a\ny: b", **FLASK}, None),
    ("start", {"Dockerfile": 'FROM python\nCMD ["gunicorn", "app:app"]', **FLASK}, "gunicorn app:app Dockerfile:2"),
    ("start", {"Dockerfile": 'ENTRYPOINT ["x"]\nCMD ["y"]', **FLASK}, None),
    # Ports.
    ("port", FLASK, "5000 requirements.txt:1"),
    ("port", {"app.py": "app.run(port=8123)", **FLASK}, "8123 app.py:1"),
    ("port", {"app.py": "uvicorn.run('x:y', port=int(os.environ.get('PORT') or 8124))", **FASTAPI}, "8124 app.py:1"),
    ("port", {"app.py": "P = os.getenv('PORT', 8125)", **FLASK}, "8125 app.py:1"),
    ("port", {"app.py": "class S(BaseSettings):\n  port: int = 8126", **FASTAPI}, "8126 app.py:2"),
    ("port", {"app.py": "P = os.getenv('DB_PORT', 5432)", **FLASK}, "5000 requirements.txt:1"),
    ("port", {"app.py": "app.run(port=70000)", **FLASK}, "5000 requirements.txt:1"),
    ("port", {"app.py": "app.run(port=0x" + "f" * 9000 + ")", **FLASK}, "5000 requirements.txt:1"),
    ("port", {"gunicorn.conf.py": "bind = '0.0.0.0:8127'", **FLASK}, "8127 gunicorn.conf.py:1"),
    ("port", {"Procfile": "web: gunicorn -b :8128 a:b", "a.py": "app.run(port=1)", **FLASK}, "8128 Procfile:1"),
    ("port", {"Dockerfile": "EXPOSE 8129/tcp", **FLASK}, "8129 Dockerfile:1"),
    ("port", {".env.example": "# web\nPORT=8130", **FLASK}, "8130 .env.example:2"),
    ("port", {"s.js": "server.listen(\n  3001)", **EXPRESS}, "3001 s.js:1"),
    ("port", {"s.js": "const port = parseInt(process.env.PORT, 10) || 3002", **EXPRESS}, "3002 s.js:1"),
    ("port", {"s.js": "await app.listen({ port: 3003 })", **EXPRESS}, "3003 s.js:1"),
    ("port", {"s.js": "const PORT = process.env.PORT || '3004'", **EXPRESS}, "3004 s.js:1"),
    ("port", {"s.js": "// app.listen(3000)", **EXPRESS}, None),
    # Health routes.
    ("health", {"app.py": "app = Flask(__name__)\n@app.route('/health')\ndef h(): 1", **FLASK}, "/health app.py:2"),
    ("health", {"app.py": "requests.get('/health')", **FLASK}, None),
    ("health", {"r.py": "bp = Blueprint('x', __name__, url_prefix='/api')\n@bp.get('/ping')\ndef p(): 1", **FLASK}, "/api/ping r.py:2"),
    ("health", {"r.py": "bp = Blueprint('x', __name__, url_prefix=P)\n@bp.get('/ping')\ndef p(): 1", **FLASK}, None),
    ("health", {"app.py": "app.include_router(r.router, prefix='/v1')", "r.py": "router = APIRouter()\n@router.get('/healthz')\ndef p(): 1", **FASTAPI}, "/v1/healthz r.py:2"),
    ("health", {"app.py": "app.include_router(other, prefix='/v1')", "r.py": "router = APIRouter()\n@router.get('/healthz')\ndef p(): 1", **FASTAPI}, None),
    ("health", {"shop/urls.py": "path('healthz', x)", "shop/settings.py": "", "requirements.txt": "django"}, "/healthz shop/urls.py:1"),
    ("health", {"posts/urls.py": "path('healthz', x)", "requirements.txt": "django"}, None),
    ("health", {"r.js": "router.get('/health', f)", **EXPRESS}, "/health r.js:1"),
    ("health", {"r.js": "router.get('/health', f)", "a.js": "app.use('/api', r)", **EXPRESS}, None),
    ("health", {"h.ts": "@Controller('health')\nclass H {}", "main.ts": "app.setGlobalPrefix('api')", **EXPRESS}, "/api/health h.ts:1"),
    # Node.
    ("version", {"package.json": '{"engines": {"node": "^18 || >=20.1 <23"}}'}, "20.1 package.json:1"),
    ("version", {".nvmrc": "v22.11.0", **EXPRESS}, "22.11.0 .nvmrc:1"),
    ("version", {".nvmrc": "lts/*", **EXPRESS}, None),
    ("framework", {"package.json": '{"dependencies": {"express": "5", "@nestjs/core": "11"}}'}, "nest package.json:1"),
    ("framework", {"package.json": '{"devDependencies": {"express": "5"}}'}, None),
    ("installer", {"yarn.lock": "", **EXPRESS}, "yarn yarn.lock:1"),
    ("entry", {"server.js": "", **EXPRESS}, "server.js server.js:1"),
    ("entry", {"package.json": '{"scripts": {"start": "NODE_ENV=x node -r dotenv/config ./src/a.js"}}'}, "src/a.js package.json:1"),
    ("entry", {"web/package.json": '{"main": "a.js"}', "web/a.js": ""}, "web/a.js web/package.json:1"),
    ("start", {"package.json": '{"scripts": {"start": "nest start", "start:prod": "node dist/main.js"}}'}, "node dist/main.js package.json:1"),
    # Which of several applications it is.
    ("framework", {"package.json": '{"devDependencies": {"tailwindcss": "4"}}', **FLASK}, "flask requirements.txt:1"),
    ("framework", {"requirements.txt": "black", **EXPRESS}, "express package.json:3"),
    ("framework", {"package.json": "{}", "api/requirements.txt": "fastapi"}, "fastapi api/requirements.txt:1"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "files", "expected"), CASES)
def test_a_fact_is_found_where_it_stands(
    name: str, files: dict[str, str], expected: str | None
) -> None:
    assert place(facts_of(files), name) == expected


@pytest.mark.parametrize(
    ("path", "text", "variables"),
    [
        ("a.py", "os.environ['A']; os.environ.get('B'); os.getenv('C'); environ['D']", "ABCD"),
        ("a.py", "os.environ['A'] = '1'; os.environ.setdefault('B', '1'); os.environ[x]", ""),
        (
            "a.py",
            "import environ\nenv = environ.Env()\nenv('A'); env.bool('B', default=True)",
            "AB",
        ),
        ("a.py", "from decouple import config\nconfig('A', default=1)", "A"),
        ("a.py", "config('A'); env('B')\nos.environ", ""),
        ("a.py", "class S(BaseSettings):\n  a: str\n  b: int = Field(1, alias='B')", "AB"),
        ("a.js", "process.env.A; process.env['B']; process.env.C = 1; process.env.D == 1", "ABD"),
        ("a.js", "const {\n A,\n B: b = 2,\n} = process.env;", "AB"),
        (".env.example", "A_1=x\n# B_1=y\nno line\nexport C_1=", "A_1 B_1 C_1"),
    ],
)
def test_variables_are_those_that_are_read(path: str, text: str, variables: str) -> None:
    found = facts_of({path: text, **(EXPRESS if path.endswith("js") else FLASK)})
    expected = variables.split() if " " in variables else list(variables)
    assert list(found.values(FactName.ENV)) == expected


def test_a_prefix_of_settings_stands_before_their_names() -> None:
    code = "class S(BaseSettings):\n  model_config = SettingsConfigDict(env_prefix='X_')\n  a: int"
    assert facts_of({"a.py": code, **FLASK}).values(FactName.ENV) == ("X_A",)


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("app.py", "environ\nx = " + "-" * 100_000 + "1"),
        ("app.py", "environ\nx = " + "(" * 5000),
        ("app.py", "environ\nx = " + "a." * 60_000 + "a"),
        ("app.py", "environ\n\0"),
        ("app.py", "environ = '\ud800'"),
        ("pyproject.toml", "a" + ".a" * 100_000 + " = 1"),
        ("pyproject.toml", "a = " + "[" * 100_000),
        ("pyproject.toml", "[project]\nname = 0x" + "f" * 9000 + "\ndependencies = [0xf]"),
        ("package.json", "[" * 100_000),
        ("package.json", '{"name": 1, "main": [], "scripts": {"start": {}}, "engines": 7}'),
        ("setup.cfg", "[options\ninstall_requires = \0"),
        ("Dockerfile", "CMD " + "[" * 100_000),
        ("Procfile", "web: gunicorn '" + "$" * 10_000),
    ],
)
def test_hostile_text_is_just_no_fact(path: str, text: str) -> None:
    found = facts_of({path: text, "b.py": "", "requirements.txt": "flask"})
    assert found.value(FactName.LANGUAGE) == "python"


def test_a_value_that_cannot_be_shown_is_no_fact() -> None:
    package = '{"name": "a\\u001b[2J", "scripts": {"start": "' + "x" * 600 + '"}}'
    found = facts_of({"package.json": package})
    assert (found.value(FactName.NAME), found.value(FactName.START)) == (None, None)


def of(path: str, *found: tuple[str, str]) -> Facts:
    return Facts(tuple(Fact(FactName(name), value, path, 1) for name, value in found))


PROJECT = of("app.py", ("language", "python"), ("version", "3.12"), ("port", "8000"))


def test_the_brief_fills_in_what_the_project_does_not_say() -> None:
    both = merge(PROJECT, of("brief", ("framework", "flask"), ("language", "python")))
    assert both.value(FactName.FRAMEWORK) == "flask"
    assert both.values(FactName.LANGUAGE) == ("python",)


def test_services_of_both_are_known_each_once() -> None:
    project = of("a", ("service", "redis"))
    brief = of("brief", ("service", "postgresql"), ("service", "redis"))
    assert merge(project, brief).found == (*project.found, brief.found[0])


@pytest.mark.parametrize(
    ("more", "port"),
    [((), "8000"), ((("env", "PORT"),), "9000"), ((("framework", "flask"),), "9000")],
    ids=["fixed in the code", "read from PORT", "only the default"],
)
def test_the_brief_chooses_the_port_only_where_the_project_leaves_it_open(
    more: tuple[tuple[str, str], ...], port: str
) -> None:
    project = Facts((*PROJECT.found, *of("app.py", *more).found))
    both = merge(project, of("brief", ("port", "9000")))
    assert both.value(FactName.PORT) == port
    assert set(both.values(FactName.PORT)) == {"8000", "9000"}


def test_what_both_say_is_known_from_the_project() -> None:
    project = of("app.py", ("port", "8000"), ("env", "PORT"))
    assert merge(project, of("brief", ("port", "8000"))) == project


def test_the_brief_chooses_the_version() -> None:
    brief = of("brief", ("language", "python"), ("version", "3.13"))
    assert merge(PROJECT, brief).values(FactName.VERSION) == ("3.13", "3.12")


def test_what_the_brief_says_of_another_language_is_left_out() -> None:
    brief = of("brief", ("language", "node"), ("version", "22"), ("framework", "express"))
    assert merge(PROJECT, brief) == PROJECT


def test_without_a_project_the_brief_alone_is_known() -> None:
    brief = of("brief", ("language", "node"), ("version", "22"), ("port", "3000"))
    assert merge(Facts(), brief) == brief
