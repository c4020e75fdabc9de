"""Facts that users state in plain words, and words that only look like facts."""

import pytest

from webapp.context.brief import find_brief_facts
from webapp.web.form_page import EXAMPLES


def stated(brief: str) -> str:
    return " ".join(
        f"{fact.name}={fact.value}@{fact.line}" for fact in find_brief_facts(brief).found
    )


@pytest.mark.parametrize(
    ("brief", "expected"),
    [
        (
            "A Flask shop on port 8000 with PostgreSQL",
            "language=python@1 framework=flask@1 port=8000@1 service=postgresql@1",
        ),
        (
            "Deploy it.\n\nIt is a Node.js 22 app\nlistening on 0.0.0.0:3000.",
            "language=node@3 version=22@3 port=3000@4",
        ),
        ("Python 3.12.", "language=python@1 version=3.12@1"),
        ("python3.12 and FastAPI", "language=python@1 version=3.12@1 framework=fastapi@1"),
        ("A Node 22 worker", "language=node@1 version=22@1"),
        ("Nest.js with mongo, RabbitMQ", "language=node@1 framework=nest@1 service=mongodb@1 "
         "service=rabbitmq@1"),
        ("A Go API with chi on port 8080", "language=go@1 framework=chi@1 port=8080@1"),
        ("golang, go1.24 and Gin", "language=go@1 version=1.24@1 framework=gin@1"),
        ("Spring Boot 3 on Java 21", "language=java@1 version=21@1 framework=spring-boot@1"),
        ("A Kotlin service on JDK 17 with Ktor", "language=java@1 version=17@1 framework=ktor@1"),
        ("Quarkus and Kafka", "language=java@1 framework=quarkus@1 service=kafka@1"),
        ("Rails 8 on Ruby 3.4", "language=ruby@1 version=3.4@1 framework=rails@1"),
        ("A Ruby on Rails shop", "language=ruby@1 framework=rails@1"),
        ("Laravel, PHP 8.4", "language=php@1 version=8.4@1 framework=laravel@1"),
        ("A PHP API with Slim", "language=php@1 framework=slim@1"),
        (".NET 9 minimal API", "language=dotnet@1 version=9.0@1 framework=aspnet@1"),
        ("ASP.NET Core on .NET 10.0", "language=dotnet@1 version=10.0@1 framework=aspnet@1"),
        ("A C# worker", "language=dotnet@1"),
        ("A Rust 1.87 service with axum", "language=rust@1 version=1.87@1 framework=axum@1"),
        ("a static site with Hugo", "language=static@1 framework=hugo@1"),
        ("port: 8080", "port=8080@1"),
        ("GET /health/live answers 200.", "health=/health/live@1"),
        ("MySQL, Memcached and Elasticsearch", "service=mysql@1 service=memcached@1 "
         "service=elasticsearch@1"),
    ],
)  # fmt: skip
def test_a_plain_statement_is_a_fact(brief: str, expected: str) -> None:
    assert stated(brief) == expected


@pytest.mark.parametrize(
    "brief",
    [
        "",
        "A shop.",
        "Express delivery for three nodes; the next version has a nest of flasks.",
        "Go to the shop, go on, let it go; Hugo and Gin ride a rocket at warp speed.",
        "Hugo writes the posts.",
        "Ship it with gin.",
        "Remove rust from the rails; a ruby ring, tai chi, a slim fiber that echoes.",
        "Serve static files from a bucket; a coffee from java.",
        "JavaScript, example.net and shop.network",
        "A Go API and a Rust API",
        "A node pool of 3 nodes on Node 1.",
        "A Flask front and an Express API.",  # which of the two?
        "Python or Node.js",
        "Proxy port 80 to port 8000.",
        "The database listens on port 5432.",
        "Not Flask, no Redis, without PostgreSQL or MySQL.",
        "Migrate from MySQL, instead of Redis.",
        "We don't use MongoDB.",
        "port 99999, port 12345678",
        "report 8000 sales, 8000 users",
        "GET /orders",
        "Sanicare, fluskey, redistribution",
    ],
)
def test_what_is_not_sure_is_no_fact(brief: str) -> None:
    assert stated(brief) == ""


def test_a_fact_after_a_refusal_is_one() -> None:
    assert stated("No root. Redis holds the carts.") == "service=redis@1"
    assert stated("Without MySQL; PostgreSQL it is.") == "service=postgresql@1"


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("flask", "language=python@1 framework=flask@1 port=8000@1 health=/healthz@1 "
         "service=postgresql@1 service=redis@1"),
        ("express", "language=node@1 version=22@1 framework=express@1 port=3000@1 "
         "health=/health@1 service=postgresql@1"),
        ("worker", "language=python@1 version=3.12@1 service=postgresql@1 service=redis@1"),
    ],
)  # fmt: skip
def test_the_examples_of_the_form_state_facts(name: str, expected: str) -> None:
    assert stated(EXAMPLES[name].brief) == expected


def test_a_brief_as_long_as_allowed_is_read() -> None:
    assert stated("no redis, " * 20_000) == ""
