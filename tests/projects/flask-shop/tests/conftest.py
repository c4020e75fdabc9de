import fakeredis
import pytest
from shop import create_app
from shop.config import Config
from shop.storage import Storage
from sqlalchemy import create_engine, text
from sqlalchemy.pool import StaticPool


@pytest.fixture
def app():
    app = create_app(Config("test", "sqlite://", "redis://localhost"))
    # One connection: every other one would see an empty database in memory.
    database = create_engine("sqlite://", poolclass=StaticPool)
    with app.open_resource("../schema.sql", "r") as schema, database.begin() as connection:
        connection.execute(text(schema.read()))
        connection.execute(text("INSERT INTO product VALUES (1, 'Teapot', 2450, 3)"))
    app.extensions["storage"] = Storage(database, fakeredis.FakeRedis(decode_responses=True), "EUR")
    return app


@pytest.fixture
def client(app):
    return app.test_client()
