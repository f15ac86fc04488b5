"""The n-th call of a class fails, comes short, or is the last of the process (calls.cc), in whatever build of the command."""
import collections
import functools
import os
import pathlib
import subprocess
import tempfile

import pytest

import support

CHANGES = "write|sync|truncate|rename|remove|mkdir"  # whatever changes a disk


@functools.cache
def library():
    """The library to load before others; built once a session."""
    if support.SANITIZED:
        pytest.skip("a sanitizer wants to be loaded first itself")
    folder = tempfile.TemporaryDirectory(prefix="costream-calls-")
    library.folder = folder  # as long as the session
    built = pathlib.Path(folder.name) / "calls.so"
    source = pathlib.Path(__file__).with_name("calls.cc")
    subprocess.run(["g++", "-std=c++20", "-O1", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC", "-o", built, source, "-ldl"], check=True)
    return built


def fault(calls, number, action, onward=False):
    """As FAULTS has it: `action` of the call of that number, from 1; onward: and of those after it."""
    return f"{calls}:{number}{'+' * onward}:{action}"


def environment(*faults, log=None):
    return {**os.environ, "LD_PRELOAD": str(library()), "FAULTS": ",".join(faults), **({"FAULTS_LOG": str(log)} if log else {})}


Call = collections.namedtuple("Call", "kind path")


def logged(log):
    """(calls that were made, calls that were harmed)"""
    lines = [line.split(" ", 2) for line in log.read_text(errors="replace").splitlines()] if log.exists() else []
    harmed = [Call(line[1], line[2]) for line in lines if line[0] == "!"]
    return [Call(line[0], " ".join(line[1:])) for line in lines if line[0] != "!"], harmed


def machine(path):
    """Whether the path tells of the machine, not of the run; of a run without it no test is worth it more than once."""
    return path.startswith(("/proc/", "/sys/", "/dev/"))
