#!/usr/bin/env bash
# Installs what a fresh Debian 12 needs to build and test costream: Debian packages by apt, and two
# Python environments (outside the tree): one whose pyarrow wheel carries Arrow C++ where the system has none, one for the
# tests of the Python package.
# Does nothing where everything is there already. COSTREAM_CACHE moves the environment.
set -euo pipefail
cd "$(dirname "$0")/.."

cache=${COSTREAM_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/costream}
packages=(g++ cmake make ninja-build ccache git python3 python3-venv python3-dev pkg-config strace ca-certificates runc
  dpkg-dev mandoc zsh fish mmdebstrap curl sqlite3
  redis-server libarchive-dev zlib1g-dev libisal-dev libcpp-httplib-dev libbrotli-dev nodejs npm chromium fonts-dejavu-core
  libcli11-dev nlohmann-json3-dev libspdlog-dev libfmt-dev libfast-float-dev
  libxxhash-dev libyaml-cpp-dev libsqlite3-dev libcurl4-openssl-dev libssl-dev libpq-dev postgresql openssl libgtest-dev libgmock-dev libbenchmark-dev
  clang-format-19 clang-tidy-19 clang-19 libclang-rt-19-dev)

missing=()
for package in "${packages[@]}"; do
  dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'install ok installed' || missing+=("$package")
done
# A compiler or Python installed by other means than apt serves as well.
needed=()
for package in "${missing[@]}"; do
  case $package in
    g++ | cmake | make | git | python3 | npm) command -v "$package" >/dev/null || needed+=("$package") ;;
    nodejs) command -v node >/dev/null || needed+=("$package") ;;
    python3-dev) [ -e "$(python3 -c 'import sysconfig; print(sysconfig.get_path("include"))')/Python.h" ] || needed+=("$package") ;;
    python3-venv) python3 -c 'import ensurepip' 2>/dev/null || needed+=("$package") ;;
    *) needed+=("$package") ;;
  esac
done
if [ ${#needed[@]} -gt 0 ]; then
  echo "bootstrap: installing ${needed[*]}"
  if [ "$(id -u)" -ne 0 ]; then
    echo "bootstrap: run this as root, or install them yourself: apt-get install ${needed[*]}" >&2
    exit 1
  fi
  export DEBIAN_FRONTEND=noninteractive
  apt-get update -qq
  apt-get install -y -qq --no-install-recommends "${needed[@]}" >/dev/null
fi

# Python environments: NAME in the cache, what it has by the second argument, shown as build/NAME.
mkdir -p build
environment() {
  local venv=$cache/$1 requirements=$2
  if ! cmp -s "$requirements" "$venv/.requirements"; then
    echo "bootstrap: Python packages into $venv"
    python3 -m venv "$venv"
    "$venv/bin/pip" install --quiet --disable-pip-version-check --require-hashes -r "$requirements"
    cp "$requirements" "$venv/.requirements"
  fi
  ln -sfn "$venv" "build/$1"
}
environment python tools/requirements.txt
environment python-package tools/package-requirements.txt
