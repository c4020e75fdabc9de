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
# What builds files that any web server serves, and what with these is a server of its own.
SITE_BUILDERS: Mapping[str, str] = {
    "@11ty/eleventy": "eleventy",
    "astro": "astro",
    "gatsby": "gatsby",
    "vite": "vite",  # last: others stand on it
}
SITE_SERVERS = (
    *("@sveltejs/kit", "@astrojs/node", "@react-router/serve", "@react-router/node"),
    *("@remix-run/node", "@solidjs/start", "@tanstack/react-start", "@builder.io/qwik-city"),
)
GO_FRAMEWORKS: Mapping[str, tuple[str, int | None]] = {  # module without its version, name, port
    "github.com/gin-gonic/gin": ("gin", 8080),
    "github.com/labstack/echo": ("echo", None),
    "github.com/gofiber/fiber": ("fiber", None),
    "github.com/go-chi/chi": ("chi", None),
    "github.com/gorilla/mux": ("gorilla", None),
}
JAVA_FRAMEWORKS: Mapping[str, tuple[str, int | None]] = {  # group, name, port
    "org.springframework.boot": ("spring-boot", 8080),
    "io.quarkus": ("quarkus", 8080),
    "io.micronaut": ("micronaut", 8080),
    "io.javalin": ("javalin", 8080),
    "io.ktor": ("ktor", None),
}
RUBY_FRAMEWORKS: Mapping[str, tuple[str, int]] = {
    "rails": ("rails", 3000),
    "hanami": ("hanami", 2300),
    "sinatra": ("sinatra", 4567),
}
PHP_FRAMEWORKS: Mapping[str, tuple[str, int | None]] = {
    "laravel/framework": ("laravel", 8000),
    "symfony/framework-bundle": ("symfony", 8000),
    "symfony/symfony": ("symfony", 8000),
    "slim/slim": ("slim", None),
}
RUST_FRAMEWORKS: Mapping[str, int | None] = {
    "actix-web": None,
    "rocket": 8000,
    "warp": None,
    "axum": None,
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
    **dict.fromkeys(("aiokafka", "confluent-kafka", "kafka-python"), "kafka"),
}
NODE_SERVICES: Mapping[str, str] = {
    **dict.fromkeys(("pg", "pg-promise", "postgres", "pg-pool"), "postgresql"),
    **dict.fromkeys(("mysql", "mysql2"), "mysql"),
    **dict.fromkeys(("mongodb", "mongoose", "@nestjs/mongoose", "connect-mongo"), "mongodb"),
    **dict.fromkeys(("redis", "ioredis", "connect-redis", "bull", "bullmq"), "redis"),
    **dict.fromkeys(("amqplib", "amqp-connection-manager"), "rabbitmq"),
    **dict.fromkeys(("memcached", "memjs"), "memcached"),
    "@elastic/elasticsearch": "elasticsearch",
    "kafkajs": "kafka",
}
# Extras such as `celery[redis]` name the service, where the library itself leaves it open.
EXTRAS: Mapping[str, str] = {
    "redis": "redis",
    "mongodb": "mongodb",
    "memcache": "memcached",
    "elasticsearch": "elasticsearch",
}
GO_SERVICES: Mapping[str, str] = {  # modules without their version
    **dict.fromkeys(("github.com/jackc/pgx", "github.com/lib/pq"), "postgresql"),
    **dict.fromkeys(("gorm.io/driver/postgres", "github.com/go-pg/pg"), "postgresql"),
    **dict.fromkeys(("github.com/uptrace/bun/driver/pgdriver",), "postgresql"),
    **dict.fromkeys(("github.com/go-sql-driver/mysql", "gorm.io/driver/mysql"), "mysql"),
    "go.mongodb.org/mongo-driver": "mongodb",
    **dict.fromkeys(("github.com/redis/go-redis", "github.com/go-redis/redis"), "redis"),
    **dict.fromkeys(("github.com/gomodule/redigo", "github.com/redis/rueidis"), "redis"),
    "github.com/hibiken/asynq": "redis",
    **dict.fromkeys(("github.com/rabbitmq/amqp091-go", "github.com/streadway/amqp"), "rabbitmq"),
    "github.com/bradfitz/gomemcache": "memcached",
    **dict.fromkeys(("github.com/elastic/go-elasticsearch",), "elasticsearch"),
    **dict.fromkeys(("github.com/segmentio/kafka-go", "github.com/IBM/sarama"), "kafka"),
    **dict.fromkeys(("github.com/twmb/franz-go",), "kafka"),
    "github.com/confluentinc/confluent-kafka-go": "kafka",
}
# Of `group:artifact` of a Java dependency, in small letters, the first that is part of it.
JAVA_SERVICES: Mapping[str, str] = {
    **dict.fromkeys(("postgresql", "vertx-pg-client"), "postgresql"),
    **dict.fromkeys(("mysql", "mariadb"), "mysql"),
    "mongo": "mongodb",
    **dict.fromkeys(("redis", "lettuce", "jedis", "redisson"), "redis"),
    **dict.fromkeys(("starter-amqp", "com.rabbitmq", "spring-rabbit", "rabbitmq"), "rabbitmq"),
    **dict.fromkeys(("spymemcached", "xmemcached"), "memcached"),
    "elasticsearch": "elasticsearch",
    "kafka": "kafka",
}
RUBY_SERVICES: Mapping[str, str] = {
    "pg": "postgresql",
    **dict.fromkeys(("mysql2", "trilogy"), "mysql"),
    **dict.fromkeys(("mongoid", "mongo"), "mongodb"),
    **dict.fromkeys(("redis", "redis-client", "sidekiq", "resque"), "redis"),
    **dict.fromkeys(("bunny", "sneakers"), "rabbitmq"),
    "dalli": "memcached",
    **dict.fromkeys(("elasticsearch", "searchkick"), "elasticsearch"),
    **dict.fromkeys(("karafka", "rdkafka", "ruby-kafka"), "kafka"),
}
PHP_SERVICES: Mapping[str, str] = {
    **dict.fromkeys(("ext-pdo_pgsql", "ext-pgsql"), "postgresql"),
    **dict.fromkeys(("ext-pdo_mysql", "ext-mysqli"), "mysql"),
    **dict.fromkeys(("ext-mongodb", "mongodb/mongodb", "mongodb/laravel-mongodb"), "mongodb"),
    **dict.fromkeys(("ext-redis", "predis/predis", "symfony/redis-messenger"), "redis"),
    **dict.fromkeys(("ext-amqp", "php-amqplib/php-amqplib"), "rabbitmq"),
    "symfony/amqp-messenger": "rabbitmq",
    "ext-memcached": "memcached",
    "elasticsearch/elasticsearch": "elasticsearch",
    "ext-rdkafka": "kafka",
}
# What the settings of Laravel and Symfony call the services that they are to use.
PHP_DRIVERS: Mapping[str, str] = {
    "pgsql": "postgresql",
    "postgresql": "postgresql",
    "mysql": "mysql",
    "mariadb": "mysql",
    "mongodb": "mongodb",
    "redis": "redis",
    "amqp": "rabbitmq",
    "memcached": "memcached",
}
# Of the name of a NuGet package, in small letters, the first that is part of it.
DOTNET_SERVICES: Mapping[str, str] = {
    "npgsql": "postgresql",
    "mysql": "mysql",
    "mongodb": "mongodb",
    "redis": "redis",
    "rabbitmq": "rabbitmq",
    "enyim": "memcached",
    **dict.fromkeys(("elastic.clients", "elasticsearch"), "elasticsearch"),
    "kafka": "kafka",
}
RUST_SERVICES: Mapping[str, str] = {
    **dict.fromkeys(("tokio-postgres", "postgres", "deadpool-postgres"), "postgresql"),
    **dict.fromkeys(("mysql", "mysql-async"), "mysql"),
    "mongodb": "mongodb",
    **dict.fromkeys(("redis", "fred", "deadpool-redis", "bb8-redis"), "redis"),
    "lapin": "rabbitmq",
    "memcache": "memcached",
    "elasticsearch": "elasticsearch",
    "rdkafka": "kafka",
}
# Features of sqlx, Diesel and SeaORM, which speak to several databases.
RUST_FEATURES: Mapping[str, str] = {
    "postgres": "postgresql",
    "mysql": "mysql",
    "sqlx-postgres": "postgresql",
    "sqlx-mysql": "mysql",
}
