#!/usr/bin/env bash
# Installs build/packages/costream_*.deb into a fresh Debian 12 and runs the demo there, where nothing of this
# repository is. As root; minutes, most of them to fetch Debian. Called by make test-deb.
set -euo pipefail
cd "$(dirname "$0")/.."

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
package=$(echo build/packages/costream_*.deb)
# From the mirror that this machine uses.
sources=/etc/apt/sources.list.d/debian.sources
[ -e $sources ] || sources=/etc/apt/sources.list
mmdebstrap --quiet --variant=apt --customize-hook="upload $package /tmp/costream.deb" \
  --customize-hook='chroot "$1" apt-get install -qq --no-install-recommends /tmp/costream.deb >/dev/null' \
  bookworm "$work/debian" <$sources
begin=$(date +%s)
chroot "$work/debian" costream version
chroot "$work/debian" sh -c 'cd /tmp && costream demo'
chroot "$work/debian" test -s /tmp/costream-demo/summary.parquet
echo "test package: from nothing to a summary in $(($(date +%s) - begin)) s"
