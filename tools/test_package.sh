#!/usr/bin/env bash
# Installs build/packages/costream_*.deb into a fresh Debian 12 and runs the demo there, where nothing of this
# repository is. As root; minutes, most of them to fetch Debian. Called by make test-deb.
set -euo pipefail
cd "$(dirname "$0")/.."

# From the mirror that this machine uses.
sources=/etc/apt/sources.list.d/debian.sources
[ -e $sources ] || sources=/etc/apt/sources.list
mmdebstrap --quiet --variant=apt \
  --customize-hook="upload $(echo build/packages/costream_*.deb) /tmp/costream.deb" \
  --customize-hook='chroot "$1" apt-get install -qq --no-install-recommends /tmp/costream.deb >/dev/null' \
  --customize-hook='chroot "$1" costream version' \
  --customize-hook='time chroot "$1" costream demo /tmp/demo' \
  --customize-hook='test -s "$1/tmp/demo/summary.parquet"' \
  bookworm /dev/null <$sources
echo "test package: fine"
