# One image for all of it: `omni serve` is web and runner in one container; `gunicorn wsgi:app` and
# `omni runner` are the same in two. It works with a read-only root, a tmpfs on /tmp and a volume on
# /data. docs/operations.md says how to run it.
#
# To pin the very bytes, put the digest behind the tag: `docker buildx imagetools inspect` names it.
FROM python:3.13.15-slim-trixie AS base
ENV PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    PATH=/opt/omni-architect/.venv/bin:$PATH
WORKDIR /opt/omni-architect

FROM base AS build
# pip stays outside of the environment that is copied.
RUN python -m venv --without-pip .venv
COPY requirements.lock ./
RUN pip --python .venv/bin/python install --no-cache-dir --only-binary :all: --require-hashes \
    -r requirements.lock
# Editable: templates and static files lie beside the package, not in it. Where it lies is written
# down, so the last stage has it in the same folder. The build backend is not needed any more then.
COPY pyproject.toml README.md LICENSE ./
COPY webapp webapp
RUN pip --python .venv/bin/python install --no-cache-dir --no-deps --no-build-isolation -e . \
    && pip --python .venv/bin/python uninstall --yes setuptools \
    && python -m compileall -q webapp

FROM base
COPY --from=build /opt/omni-architect ./
COPY templates templates
COPY static static
COPY wsgi.py gunicorn.conf.py ./
# Nobody needs a name or a home folder. A named volume takes over owner and mode of /data.
RUN install --directory --owner=10001 --group=10001 --mode=0700 /data
# Others reach a container by its address only: OMNI_ALLOWED_HOSTS has to name the host names that
# people use, and without it nothing starts.
ENV OMNI_DATA_DIR=/data \
    OMNI_HOST=0.0.0.0 \
    OMNI_FIND_OLLAMA=false
USER 10001:10001
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 \
    CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:8000/healthz', timeout=4)"]
CMD ["omni", "serve"]
