"""The Debian package as it would be laid on a disk; `make test-deb` installs it into a clean Debian."""
import hashlib
import json
import os
import pathlib
import re
import subprocess

import pytest

import support

PACKAGES = support.ROOT / "build/packages"


@pytest.fixture(scope="module")
def package(tmp_path_factory):
    """(the .deb, the folder that it is unpacked in)"""
    if support.BINARY != support.ROOT / "build/release/costream":
        pytest.skip("packages are made of the release build")
    subprocess.run([support.ROOT / "tools/package.sh"], check=True, timeout=300)
    deb, = PACKAGES.glob("costream_*.deb")
    folder = tmp_path_factory.mktemp("debian")
    subprocess.run(["dpkg-deb", "-x", deb, folder], check=True)
    return deb, folder


def field(deb, name):
    return subprocess.check_output(["dpkg-deb", "-f", deb, name], text=True).strip()


def test_all_is_in_its_place(package):
    _, folder = package
    files = {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}
    assert {"usr/bin/costream", "usr/share/man/man1/costream.1.gz", "usr/share/man/man1/costream-run.1.gz",
            "usr/share/bash-completion/completions/costream", "usr/share/zsh/vendor-completions/_costream",
            "usr/share/fish/vendor_completions.d/costream.fish", "usr/share/doc/costream/copyright"} <= files
    assert all(path.startswith(("usr/bin/costream", "usr/lib/costream/", "usr/share/")) for path in files), files


def test_it_needs_debian_and_what_it_carries_only(package, tmp_path):
    deb, folder = package
    program = folder / "usr/bin/costream"
    loaded = subprocess.check_output(["ldd", program], text=True)
    own = [line for line in loaded.splitlines() if "/usr/lib/costream/" in line.replace("/usr/bin/../lib", "/usr/lib")]
    carried = {path.name for path in (folder / "usr/lib/costream").iterdir()}
    assert {line.split()[0] for line in own} == carried and "not found" not in loaded
    assert str(pathlib.Path.home()) not in subprocess.check_output(["readelf", "-d", program], text=True)
    depends = {re.split(r"[ (]", entry)[0] for entry in field(deb, "Depends").split(", ")}
    assert {"libc6", "libpq5", "libsqlite3-0", "libarchive13"} <= depends and not any("arrow" in name for name in depends)
    done = subprocess.run([program, "demo"], cwd=tmp_path, capture_output=True, text=True, timeout=120,
                          env={"PATH": "/usr/bin"})
    assert done.returncode == 0 and (tmp_path / "costream-demo/summary.parquet").exists(), done.stderr


def test_checksums_and_bill_of_materials(package):
    deb, folder = package
    subprocess.run(["sha256sum", "--check", "--strict", "--quiet", "SHA256SUMS"], cwd=PACKAGES, check=True)
    listed = {line.split()[1] for line in (PACKAGES / "SHA256SUMS").read_text().splitlines()}
    assert listed == set(os.listdir(PACKAGES)) - {"SHA256SUMS"}
    bom = json.loads((PACKAGES / f"{deb.name}.cdx.json").read_text())
    assert bom["metadata"]["component"]["hashes"][0]["content"] == hashlib.sha256(deb.read_bytes()).hexdigest()
    parts = {part["name"]: part for part in bom["components"]}
    assert {"libpq5", "nlohmann-json3-dev", "preact"} <= set(parts)
    for path in (folder / "usr/lib/costream").iterdir():
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        assert parts[path.name.split(".")[0]]["hashes"][0]["content"] == digest
