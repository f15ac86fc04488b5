#!/usr/bin/env bash
# Installs what the tests need beside tools/bootstrap.sh, built once, outside the tree: MinIO, the S3 server, and Helm.
set -euo pipefail
cd "$(dirname "$0")/.."

cache=${COSTREAM_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/costream}
install() { # NAME PACKAGE VERSION
  if [ ! -x "$cache/bin/$1" ] || [ "$(cat "$cache/bin/.$1" 2>/dev/null)" != "$3" ]; then
    echo "test services: building $1 $3 (minutes, once)"
    GOBIN=$cache/bin go install "$2@$3"
    echo "$3" >"$cache/bin/.$1"
  fi
}

install minio github.com/minio/minio v0.0.0-20260212201848-7aac2a2c5b7c
install helm helm.sh/helm/v3/cmd/helm v3.19.0
