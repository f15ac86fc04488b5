"""What is bundled or compiled in has its notice in cmake/copyright; what is installed for tests is pinned with hashes."""
import json
import re

import support

COPYRIGHT = (support.ROOT / "cmake/copyright").read_text(encoding="utf-8")


def test_bundled_packages_have_their_notices():
    lock = json.loads((support.ROOT / "report/package-lock.json").read_text(encoding="utf-8"))
    bundled = [path.removeprefix("node_modules/") for path, package in lock["packages"].items() if path and not package.get("dev")]
    assert {"echarts", "preact"} <= set(bundled)
    page = (support.ROOT / "report/build.mjs").read_text(encoding="utf-8")
    for name in bundled:
        assert f"Comment: {name}" in COPYRIGHT, f"cmake/copyright does not name {name}"
        assert f'"{name}/' in page, f"the page does not carry the notice of {name}"


def test_what_is_compiled_in_has_its_notice():
    source = (support.ROOT / "tools/sbom.py").read_text(encoding="utf-8")
    packages = re.search(r"COMPILED_IN = \[(.*)\]", source)[1]
    for package in re.findall(r'"([^"]+)"', packages):
        assert f"({package})" in COPYRIGHT, f"cmake/copyright does not name {package}"


def test_every_licence_that_is_named_has_its_text():
    named = set(re.findall(r"^License: (\S+)$", COPYRIGHT, re.MULTILINE))
    texts = set(re.findall(r"^License: (\S+)\n ", COPYRIGHT, re.MULTILINE))
    assert named == texts and len(texts) >= 5


def test_python_packages_are_pinned_with_hashes():
    for name in ("requirements", "package-requirements"):
        wanted = re.findall(r"^[\w\[\].,-]+==\S+$", (support.ROOT / f"tools/{name}.in").read_text(encoding="utf-8"), re.MULTILINE)
        locked = re.split(r"\n(?=\S)", (support.ROOT / f"tools/{name}.txt").read_text(encoding="utf-8"))
        locked = {part.split(" ")[0]: part for part in locked if not part.startswith("#")}
        assert len(wanted) > 10 and len(locked) >= len(wanted)
        for package in wanted:
            pinned = re.sub(r"\[.*\]", "", package).lower().replace("_", "-")
            assert pinned in locked, f"run tools/lock.sh: {package} of tools/{name}.in is not locked"
        assert all("--hash=sha256:" in part for part in locked.values())


def test_npm_packages_are_pinned_with_hashes():
    lock = json.loads((support.ROOT / "report/package-lock.json").read_text(encoding="utf-8"))
    packages = {path: package for path, package in lock["packages"].items() if path}
    assert packages and all(package["integrity"].startswith("sha512-") for package in packages.values())
