"""Adds to a wheel the licences of the Debian libraries that auditwheel is going to put into it. Argument: the wheel."""
import pathlib
import subprocess
import sys
import tempfile
import zipfile

NOT_CARRIED = {"libc6", "libgcc-s1", "libstdc++6", "zlib1g"}  # manylinux takes these as given


def owner(library):
    """The Debian package of a library; dpkg may know it by its path before /lib and /usr/lib became one."""
    for path in (library, library.removeprefix("/usr"), "/usr" + library):
        found = subprocess.run(["dpkg-query", "--search", path], capture_output=True, text=True)
        if found.returncode == 0:
            return found.stdout.partition(":")[0]
    sys.exit(f"wheel_licences: no Debian package has {library}")


def loaded(program):
    """Paths of the system's libraries that it loads."""
    lines = subprocess.run(["ldd", program], check=True, capture_output=True, text=True).stdout.splitlines()
    return {line.split()[2] for line in lines if "=> /" in line}


with zipfile.ZipFile(sys.argv[1], "a") as wheel, tempfile.TemporaryDirectory() as folder:
    info = next(name for name in wheel.namelist() if name.endswith(".dist-info/METADATA")).rpartition("/")[0]
    programs = [name for name in wheel.namelist() if name.endswith(".so") or "/bin/" in name]
    libraries = set().union(*(loaded(wheel.extract(name, folder)) for name in programs))
    for package in sorted({owner(str(pathlib.Path(library).resolve())) for library in libraries} - NOT_CARRIED):
        wheel.write(f"/usr/share/doc/{package}/copyright", f"{info}/licenses/debian/{package}")
