#!/usr/bin/env bash
# Installs the servers that the tests talk to, beside what tools/bootstrap.sh installs: a MinIO built once, outside the tree.
set -euo pipefail
cd "$(dirname "$0")/.."

cache=${COSTREAM_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/costream}
minio=v0.0.0-20260212201848-7aac2a2c5b7c
if [ ! -x "$cache/bin/minio" ] || [ "$(cat "$cache/bin/.minio" 2>/dev/null)" != "$minio" ]; then
  echo "test services: building MinIO $minio (minutes, once)"
  GOBIN=$cache/bin go install "github.com/minio/minio@$minio"
  echo "$minio" >"$cache/bin/.minio"
fi
