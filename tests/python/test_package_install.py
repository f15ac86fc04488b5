"""The wheel in a clean environment, and what it and the source archive carry."""
import ast
import os
import pathlib
import re
import subprocess
import sys
import tarfile
import venv
import zipfile

import pyarrow
import pytest

import costream
import support
from costream import _core

WHEELS = sorted((support.ROOT / "build/dist").glob("costream-*.whl"))


def test_a_clean_environment(tmp_path):
    if not WHEELS:
        pytest.fail("no wheel in build/dist (tools/test_python.sh builds it)")
    venv.create(tmp_path / "venv", with_pip=True)
    binaries = tmp_path / "venv/bin"
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "LD_"))}

    def run(*command):
        return subprocess.run(command, check=True, capture_output=True, text=True, cwd=tmp_path, env=environment, timeout=300)

    run(binaries / "pip", "install", "--quiet", "--disable-pip-version-check", WHEELS[-1])
    assert f"costream {costream.__version__}" in run(binaries / "costream", "--version").stdout
    run(binaries / "costream", "demo", "demo")
    run(binaries / "costream", "report", "demo/summary.parquet", "-o", "page.html")
    assert "<html" in (tmp_path / "page.html").read_text(encoding="utf-8")[:1000].lower()
    example = re.search(r"```python\n(.*?)```", (support.ROOT / "README.md").read_text(encoding="utf-8"), re.S)[1]
    assert len(example.strip().splitlines()) == 5
    shown = run(binaries / "python", "-c", example).stdout
    assert "'pod'" in shown and "True" in shown and "pod_usage_cpu_core_hours_sum" in shown
    run(binaries / "python", "-c", "import costream, hashlib, hmac, ssl; ssl.create_default_context()")
    assert "Pod" in run(binaries / "python", "-m", "costream", "run", "month", "--reference", "month/reference.json").stdout


def test_it_needs_pyarrow_and_what_every_linux_has_only(tmp_path):
    """Of the libraries that are loaded all but glibc, libstdc++ and zlib (manylinux takes these as given) lie in the wheel or in pyarrow."""
    assert "-manylinux_" in WHEELS[-1].name
    packages = tmp_path / "site-packages"
    zipfile.ZipFile(WHEELS[-1]).extractall(packages)
    (packages / "pyarrow").symlink_to(pathlib.Path(pyarrow.__file__).parent)
    system = re.compile(r"(linux-vdso|libc|libm|libdl|librt|libpthread|libresolv|libgcc_s|libstdc\+\+|libz)\.so\.\d+|/lib64/ld-linux-.*")
    for program in [next(packages.glob("costream/_core.*.so")), packages / "costream/bin/costream"]:
        loaded = [line.split() for line in subprocess.check_output(["ldd", program], text=True).splitlines()]
        own = [words for words in loaded if len(words) > 2 and str(packages) in words[2]]
        assert len(own) > 20
        assert all(system.fullmatch(words[0]) for words in loaded if words not in own), loaded


def test_what_the_wheel_carries():
    names = set(zipfile.ZipFile(WHEELS[-1]).namelist())
    for name in ("costream/py.typed", "costream/_core.pyi", "costream/bin/costream", "costream/prototype.py"):
        assert name in names
    licences = {pathlib.PurePath(name).name for name in names if "/licenses/debian/" in name}
    assert {"libpq5", "libssl3", "libgnutls30", "libkeyutils1"} <= licences and not {"libc6", "zlib1g"} & licences
    assert not [name for name in names if not name.startswith(("costream/", "costream.libs/", "costream-"))]


def test_the_source_archive(tmp_path):
    """It has all that a build needs, and little else."""
    subprocess.run([sys.executable, "-c", "import sys; from scikit_build_core.build import build_sdist; build_sdist(sys.argv[1])",
                    tmp_path], cwd=support.ROOT, check=True, stdout=subprocess.DEVNULL)
    archive, = tmp_path.glob("*.tar.gz")
    names = {name.partition("/")[2] for name in tarfile.open(archive).getnames()}
    tracked = subprocess.run(["git", "ls-files", "src", "cli", "python", "cmake", "include", "CMakeLists.txt"], cwd=support.ROOT,
                             check=True, capture_output=True, text=True).stdout.split()
    assert set(tracked) <= names and {"LICENSE", "docs/python.md", "pyproject.toml"} <= names
    assert not [name for name in names if name.startswith(("build/", "tests/"))]


def test_the_stubs_are_those_of_the_module():
    stubs = {node.name: [argument.arg for argument in node.args.args]
             for node in ast.parse((pathlib.Path(costream.__file__).with_name("_core.pyi")).read_text()).body
             if isinstance(node, ast.FunctionDef)}
    assert set(stubs) == {name for name in dir(_core) if not name.startswith("_")}
    for name, arguments in stubs.items():
        signature = getattr(_core, name).__nb_signature__[0][0]
        parsed = ast.parse(signature + ": ..." if not signature.endswith(":") else signature + " ...").body[0]
        assert [argument.arg for argument in parsed.args.args] == arguments, name
