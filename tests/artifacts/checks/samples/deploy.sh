#!/usr/bin/env bash
# Deploys a version of the shop. Usage: deploy.sh VERSION
set -euo pipefail

version="${1:?usage: deploy.sh VERSION}"
image="registry.example.com/shop:${version}"
folder="$(mktemp -d)"
trap 'rm -rf -- "${folder:?}"' EXIT

printf '%s' "${REGISTRY_PASSWORD:?set REGISTRY_PASSWORD}" |
  docker login --username deploy --password-stdin registry.example.com
docker pull "${image}"
docker tag "${image}" shop:current
docker compose up --detach

for _ in {1..30}; do
  if curl --silent --fail http://localhost:8000/health > "${folder}/health"; then
    echo "Version ${version} is up."
    exit 0
  fi
  sleep 2
done
echo "Version ${version} does not answer: start the one before." >&2
exit 1
