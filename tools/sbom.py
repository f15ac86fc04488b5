"""Prints the bill of materials (CycloneDX 1.6, JSON) of a Debian package of costream.

    tools/sbom.py PACKAGE.deb

It names what the package carries, what was compiled in or bundled into the page, and the Debian packages that it is
linked with, each in the version of the machine that built it.
"""
import hashlib
import importlib.metadata
import json
import pathlib
import re
import subprocess
import sys
import tempfile

from cyclonedx.model import HashAlgorithm, HashType, Property
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.output.json import JsonV1Dot6
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from packageurl import PackageURL

# Header-only or static: the package does not depend on them, the program holds them.
COMPILED_IN = ["libcli11-dev", "nlohmann-json3-dev", "libfast-float-dev", "libxxhash-dev"]


def sha256(path):
    with open(path, "rb") as file:
        return HashType(alg=HashAlgorithm.SHA_256, content=hashlib.file_digest(file, "sha256").hexdigest())


def output(*command):
    return subprocess.check_output(command, text=True).strip()


def installed():
    """(name, version, architecture) of each installed Debian package, by its name and by those that it provides."""
    packages = {}
    for line in output("dpkg-query", "-W", "-f", r"${Package}\t${Version}\t${Architecture}\t${Provides}\n").splitlines():
        *facts, provides = line.split("\t")
        if facts[1]:  # else it was removed
            packages.update({name: facts for name in [facts[0], *re.findall(r"(?:^|, )([^ ,]+)", provides)]})
    return packages


def debian_component(name, version, architecture):
    purl = PackageURL("deb", "debian", name, version, {"arch": architecture, "distro": "debian-12"})
    return Component(name=name, version=version, type=ComponentType.LIBRARY, purl=purl, bom_ref=str(purl))


def field(package, name):
    return output("dpkg-deb", "-f", package, name)


def carried(package):
    """The libraries inside it: byte for byte those of the pyarrow wheel."""
    version = importlib.metadata.version("pyarrow")
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(["dpkg-deb", "-x", package, folder], check=True)
        for path in sorted(pathlib.Path(folder, "usr/lib/costream").glob("*.so*")):
            yield Component(name=path.name.split(".")[0], version=version, type=ComponentType.LIBRARY,
                            purl=PackageURL("pypi", None, "pyarrow", version), bom_ref=path.name,
                            hashes=[sha256(path)],
                            properties=[Property(name="file", value=str(path.relative_to(folder)))])


def bundled():
    """The npm packages in the page that the program holds."""
    lock = json.loads(pathlib.Path(__file__).parent.parent.joinpath("report/package-lock.json").read_text())
    for path, facts in lock["packages"].items():
        if path and not facts.get("dev"):
            name = path.removeprefix("node_modules/")
            purl = PackageURL("npm", None, name, facts["version"])
            yield Component(name=name, version=facts["version"], type=ComponentType.LIBRARY, purl=purl, bom_ref=str(purl))


def main(package):
    name, version, architecture = (field(package, key) for key in ("Package", "Version", "Architecture"))
    root = Component(name=name, version=version, type=ComponentType.APPLICATION, hashes=[sha256(package)],
                     bom_ref="costream", purl=PackageURL("deb", None, name, version, {"arch": architecture}))
    depends = [re.split(r"[ (|]", entry.strip())[0] for entry in field(package, "Depends").split(",")]
    packages = installed()
    parts = [*carried(package), *bundled(), *(debian_component(*packages[name]) for name in COMPILED_IN + depends)]
    bom = Bom(components=parts)
    bom.metadata.component = root
    bom.register_dependency(root, parts)
    text = JsonV1Dot6(bom).output_as_string(indent=2)
    wrong = JsonStrictValidator(SchemaVersion.V1_6).validate_str(text)
    if wrong:
        sys.exit(f"sbom: not valid: {wrong}")
    print(text)


if __name__ == "__main__":
    main(sys.argv[1])
