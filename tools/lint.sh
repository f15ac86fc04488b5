#!/usr/bin/env bash
# Format, include direction, clang-tidy. --fast leaves clang-tidy out.
set -euo pipefail
cd "$(dirname "$0")/.."

fast=
case ${1:-} in
  '') ;;
  --fast) fast=1 ;;
  *) echo "usage: tools/lint.sh [--fast]" >&2; exit 2 ;;
esac

# Tracked and new files alike, without those deleted in the work tree.
mapfile -t files < <(git ls-files --cached --others --exclude-standard -- '*.h' '*.cc' | sort -u |
  while read -r file; do [ ! -e "$file" ] || echo "$file"; done)
if [ ${#files[@]} -eq 0 ]; then
  echo "lint: git lists no sources" >&2
  exit 1
fi

clang-format-19 --dry-run -Werror "${files[@]}"
python3 tools/check_includes.py
if [ -z "$fast" ]; then
  cmake --preset dev >build/configure.log || { cat build/configure.log; exit 1; }
  printf '%s\n' "${files[@]}" | grep '\.cc$' | xargs -P 2 -n 1 clang-tidy-19 -p build/dev --quiet
fi
echo "lint: ${#files[@]} files fine"
