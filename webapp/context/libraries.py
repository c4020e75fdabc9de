"""What a dependency tells: a framework with its usual port, or a service it talks to."""

from collections.abc import Mapping

PYTHON_FRAMEWORKS: Mapping[str, int] = {  # with the port on which they listen unless told
    "django": 8000,
    "fastapi": 8000,
    "flask": 5000,
    "litestar": 8000,
    "quart": 5000,
    "sanic": 8000,
    "streamlit": 8501,
    "starlette": 8000,  # last: FastAPI stands on it
}
NODE_FRAMEWORKS: Mapping[str, tuple[str, int | None]] = {  # package, name, port
    "next": ("next", 3000),
    "nuxt": ("nuxt", 3000),
    "@nestjs/core": ("nest", None),
    "@adonisjs/core": ("adonis", 3333),
    "@remix-run/serve": ("remix", 3000),
    "@hapi/hapi": ("hapi", None),
    "fastify": ("fastify", None),
    "koa": ("koa", None),
    "hono": ("hono", None),
    "restify": ("restify", None),
    "express": ("express", None),  # last: others stand on it
}
PYTHON_SERVICES: Mapping[str, str] = {
    **dict.fromkeys(("psycopg", "psycopg-binary", "psycopg2", "psycopg2-binary"), "postgresql"),
    **dict.fromkeys(("asyncpg", "aiopg", "pg8000", "psycopg-c"), "postgresql"),
    **dict.fromkeys(("mysqlclient", "pymysql", "aiomysql", "asyncmy"), "mysql"),
    **dict.fromkeys(("mysql-connector-python", "flask-mysqldb"), "mysql"),
    **dict.fromkeys(("pymongo", "motor", "mongoengine", "beanie", "flask-pymongo"), "mongodb"),
    **dict.fromkeys(("redis", "aioredis", "django-redis", "flask-redis", "rq"), "redis"),
    **dict.fromkeys(("channels-redis", "arq", "redis-om", "django-rq"), "redis"),
    **dict.fromkeys(("pika", "aio-pika", "aioamqp"), "rabbitmq"),
    **dict.fromkeys(("pymemcache", "pylibmc", "python-memcached", "aiomcache"), "memcached"),
    **dict.fromkeys(("elasticsearch", "elasticsearch-dsl"), "elasticsearch"),
}
NODE_SERVICES: Mapping[str, str] = {
    **dict.fromkeys(("pg", "pg-promise", "postgres", "pg-pool"), "postgresql"),
    **dict.fromkeys(("mysql", "mysql2"), "mysql"),
    **dict.fromkeys(("mongodb", "mongoose", "@nestjs/mongoose", "connect-mongo"), "mongodb"),
    **dict.fromkeys(("redis", "ioredis", "connect-redis", "bull", "bullmq"), "redis"),
    **dict.fromkeys(("amqplib", "amqp-connection-manager"), "rabbitmq"),
    **dict.fromkeys(("memcached", "memjs"), "memcached"),
    "@elastic/elasticsearch": "elasticsearch",
}
# Extras such as `celery[redis]` name the service, where the library itself leaves it open.
EXTRAS: Mapping[str, str] = {
    "redis": "redis",
    "mongodb": "mongodb",
    "memcache": "memcached",
    "elasticsearch": "elasticsearch",
}
