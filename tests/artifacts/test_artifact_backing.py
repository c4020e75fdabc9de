import pytest

from webapp.artifacts.backing import BACKING, assumed, is_secret, known, required, value_of
from webapp.artifacts.checks.images import why_unpinned
from webapp.artifacts.language import Language


@pytest.mark.parametrize(
    ("services", "variable", "value"),
    [
        (("postgresql",), "SQLALCHEMY_DATABASE_URI", "postgresql://app:{}@postgres:5432/app"),
        (("postgresql",), "PGHOST", "postgres"),
        (("postgresql",), "POSTGRES_DB", "app"),
        (("mysql",), "DB_PORT", "3306"),
        (("mysql",), "DATABASE_URL", "mysql://app:{}@mysql:3306/app"),
        (("mariadb",), "MYSQL_HOST", "mariadb"),
        (("mongodb",), "MONGO_URI", "mongodb://app:{}@mongodb:27017/app?authSource=admin"),
        (("redis",), "REDIS_PASSWORD", ""),
        (("redis",), "CELERY_RESULT_BACKEND", "redis://redis:6379/0"),
        (("redis",), "CELERY_BROKER_URL", "redis://redis:6379/0"),
        (("redis", "rabbitmq"), "CELERY_BROKER_URL", "amqp://app:{}@rabbitmq:5672/"),
        (("rabbitmq",), "RABBITMQ_VHOST", "/"),
        (("memcached",), "MEMCACHED_SERVERS", "memcached:11211"),
        (("elasticsearch",), "ELASTICSEARCH_USERNAME", "elastic"),
        (("elasticsearch",), "ES_URL", "http://elastic:{}@elasticsearch:9200"),
        (("postgresql",), "WEB_DATABASE_URL", "postgresql://app:{}@postgres:5432/app"),
        (("postgresql",), "MY_SHOP_DB_USER", "app"),
        (("mysql", "redis"), "API_REDIS_ADDR", "redis:6379"),
        (("postgresql", "mongodb"), "MONGO_DB_NAME", None),
        (("postgresql",), "TEST_DATABASE_URL", None),
        (("postgresql",), "A_B_C_DATABASE_URL", None),
        (("postgresql",), "PUBLIC_URL", None),
        (("redis", "postgresql"), "Redis__Configuration", "redis://redis:6379/0"),
        (("redis", "postgresql"), "ConnectionStrings__Redis", "redis://redis:6379/0"),
        (
            ("redis", "postgresql"),
            "ConnectionStrings__Orders",
            "postgresql://app:{}@postgres:5432/app",
        ),
        (("redis",), "ConnectionStrings__Orders", None),
        (("postgresql",), "REDIS_URL", None),
        (("postgresql",), "DATABASE_POOL_SIZE", None),
        ((), "DATABASE_URL", None),
        (("kafka",), "KAFKA_URL", None),
    ],
)
def test_a_variable_leads_to_the_service_it_names(
    services: tuple[str, ...], variable: str, value: str | None
) -> None:
    found = value_of(variable, known(services))
    passwords = {required(f"{name}_PASSWORD") for name in (*map(str.upper, services), "POSTGRES")}
    for password in (*passwords, required("ELASTIC_PASSWORD")):
        found = found.replace(password, "{}") if found else found
    assert found == value


@pytest.mark.parametrize(
    ("language", "service", "variable", "value"),
    [
        ("java", "postgresql", "SHOP_DB_URL", "jdbc:postgresql://postgres:5432/app?user=app&{}"),
        ("java", "mysql", "BILLING_JDBC_URL", "jdbc:mysql://mysql:3306/app?user=app&{}"),
        ("java", "mariadb", "SPRING_DATASOURCE_URL", "jdbc:mariadb://mariadb:3306/app?user=app&{}"),
        (
            "dotnet",
            "postgresql",
            "ConnectionStrings__Orders",
            "Host=postgres;Port=5432;Database=app;Username=app;{}",
        ),
        ("dotnet", "mysql", "DATABASE_URL", "Server=mysql;Port=3306;Database=app;User=app;{}"),
        ("dotnet", "redis", "Redis__Configuration", "redis:6379"),
        ("go", "mysql", "API_MYSQL_DSN", "app:{}@tcp(mysql:3306)/app?parseTime=true"),
        ("go", "postgresql", "DATABASE_URL", "postgresql://app:{}@postgres:5432/app"),
    ],
)
def test_an_address_is_as_the_drivers_of_the_language_take_it(
    language: str, service: str, variable: str, value: str
) -> None:
    found = value_of(variable, known((service,), Language(language)))
    password = required(f"{'POSTGRES' if service == 'postgresql' else service.upper()}_PASSWORD")
    assert found is not None
    for written in (f"password={password}", f"Password={password}", password):
        found = found.replace(written, "{}")
    assert found == value


def test_every_service_is_given_a_variable_of_its_own_where_nothing_leads_to_it() -> None:
    services = known(tuple(BACKING))
    found = assumed((), services)
    assert tuple(found.values()) == services
    assert {name: value_of(name, services) for name in found} == {
        name: service.value(name) for name, service in found.items()
    }
    assert list(assumed((), known(("mysql",)))) == ["DATABASE_URL"]
    assert assumed(("DB_HOST",), known(("mysql",))) == {}


@pytest.mark.parametrize("name", BACKING)
def test_a_service_is_pinned_healthy_and_has_its_own_name(name: str) -> None:
    service = BACKING[name]
    assert why_unpinned(service.image) is None
    assert service.healthcheck[0] in ("CMD", "CMD-SHELL")
    assert [one.name for one in BACKING.values()].count(service.name) == 1


@pytest.mark.parametrize("name", BACKING)
def test_a_password_is_asked_for_and_never_given(name: str) -> None:
    service = BACKING[name]
    secret = {key: value for key, value in service.environment.items() if is_secret(key)}
    assert all(value.startswith("${") for value in secret.values())


@pytest.mark.parametrize(
    ("variable", "expected"),
    [
        ("API_TOKEN", True),
        ("DJANGO_SECRET_KEY", True),
        ("DB_PASS", True),
        ("APP_KEY", True),
        ("LOG_LEVEL", False),
    ],
)
def test_a_secret_is_known_by_its_name(variable: str, expected: bool) -> None:
    assert is_secret(variable) is expected
