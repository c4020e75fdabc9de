"""Where an application listens in its image if nobody says: the usual port of its framework."""

from collections.abc import Mapping

USUAL_PORTS: Mapping[str, int] = {
    **dict.fromkeys(("django", "fastapi", "flask", "litestar", "quart"), 8000),
    **dict.fromkeys(("sanic", "starlette"), 8000),
    "streamlit": 8501,
    **dict.fromkeys(("express", "fastify", "hapi", "hono", "koa", "nest", "next"), 3000),
    **dict.fromkeys(("nuxt", "remix", "restify"), 3000),
    "adonis": 3333,
    **dict.fromkeys(("chi", "echo", "fiber", "gin", "gorilla", "net-http"), 8080),
    **dict.fromkeys(("helidon", "javalin", "ktor", "micronaut", "quarkus", "spring-boot"), 8080),
    "rails": 3000,
    "hanami": 2300,
    **dict.fromkeys(("rack", "roda", "sinatra"), 9292),
    **dict.fromkeys(("laravel", "slim", "symfony"), 8080),
    "aspnet": 8080,
    **dict.fromkeys(("actix", "actix-web", "axum", "hyper", "poem"), 8080),
    "rocket": 8000,
    "warp": 3030,
}
