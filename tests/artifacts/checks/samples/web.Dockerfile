# syntax=docker/dockerfile:1
ARG PYTHON=3.13
FROM python:${PYTHON}-slim AS base
ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1

FROM base AS build
WORKDIR /app
COPY requirements.txt ./
RUN --mount=type=secret,id=index_token \
    # The token stays outside the image.
    python -m venv /opt/venv \
    && /opt/venv/bin/pip install --no-cache-dir --requirement requirements.txt
COPY . ./

FROM nginx:1.29.4 AS static
COPY <<EOF /usr/share/nginx/html/robots.txt
User-agent: *
USER root
EOF

FROM base
RUN groupadd --gid 10001 app && useradd --uid 10001 --gid app --create-home app
WORKDIR /app
COPY --from=build /opt/venv /opt/venv
COPY --from=1 --chown=root:root /app ./
COPY --from=static /usr/share/nginx/html /srv
COPY --from=ghcr.io/example/tool:1.2 /tool /usr/local/bin/tool
USER 10001:10001
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=5s CMD ["/usr/local/bin/tool", "health"]
CMD ["/opt/venv/bin/gunicorn", "--bind=0.0.0.0:8000", "wsgi:app"]
