#!/usr/bin/env bash
# Assembles the root of the container image: the command, the libraries that it loads, certificates. Containerfile
# and tests/container use it, so that what is tested here is what an image holds.
#
#     tools/image_root.sh COMMAND FOLDER     FOLDER must not exist yet
set -euo pipefail
command=$1 root=$2

mkdir "$root"
mkdir -p "$root"/{dev,etc/costream,etc/ssl/certs,proc,sys,tmp,usr/local/bin}
chmod 1777 "$root/tmp"
install -m 755 "$command" "$root/usr/local/bin/costream"
# Those of Debian keep their places; the others, like Arrow's, are found by the loader's cache.
mkdir -p "$root/usr/local/lib"
ldd "$command" | awk '$3 ~ /^\// {print $3} $1 ~ /^\// {print $1}' | sort -u | while read -r library; do
  case $library in
    /lib/* | /lib64/* | /usr/lib/*) cp -L --parents "$library" "$root" ;;
    *) cp -L "$library" "$root/usr/local/lib" ;;
  esac
done
echo /usr/local/lib >"$root/etc/ld.so.conf"
ldconfig -r "$root"
find "$root"/{lib,lib64,usr/local/lib} -name '*.so*' -exec strip --strip-unneeded {} +
strip "$root/usr/local/bin/costream"
cp -L /etc/ssl/certs/ca-certificates.crt "$root/etc/ssl/certs/"
echo 'costream:x:1001:0::/tmp:/nonexistent' >"$root/etc/passwd"
echo 'root:x:0:' >"$root/etc/group"
echo 'hosts: files dns' >"$root/etc/nsswitch.conf"
