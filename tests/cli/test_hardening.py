"""The released command is built so that a memory error ends it and is no way in."""
import os
import pathlib
import resource
import subprocess
import time

import pytest

import support

pytestmark = pytest.mark.skipif(support.SANITIZED or "coverage" in support.BINARY.parts, reason="flags of the release build")


def read(*options):
    done = subprocess.run(["readelf", *options, "--wide", support.BINARY], capture_output=True, text=True, check=True)
    return done.stdout


def test_it_is_placed_at_random_and_its_tables_are_read_only():
    assert "DYN (Position-Independent Executable file)" in read("--file-header")
    assert "GNU_RELRO" in read("--program-headers")
    flags = read("--dynamic")
    assert "BIND_NOW" in flags and "PIE" in flags


def test_no_segment_can_be_written_and_run():
    segments = [line.split() for line in read("--program-headers").splitlines() if line.lstrip().startswith(("LOAD", "GNU_STACK"))]
    assert len(segments) >= 3
    for segment in segments:
        assert not {"W", "E"} <= set("".join(segment[6:-1])), segment


def test_buffers_and_stacks_are_checked():
    symbols = read("--dyn-syms")
    assert "__stack_chk_fail" in symbols
    assert "__memcpy_chk" in symbols or "__memmove_chk" in symbols


def test_no_core_is_dumped(tmp_path):
    pipe = tmp_path / "in.csv"
    os.mkfifo(pipe)
    process = subprocess.Popen([support.BINARY, "run", pipe, "--source", support.SOURCE], stderr=subprocess.DEVNULL,
                               preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_CORE, (resource.getrlimit(resource.RLIMIT_CORE)[1],) * 2))
    try:
        time.sleep(0.3)  # it waits for a writer of the pipe
        limits = pathlib.Path(f"/proc/{process.pid}/limits").read_text()
        core, = (line.split() for line in limits.splitlines() if line.startswith("Max core file size"))
        assert core[4:6] == ["0", "0"]
    finally:
        process.kill()
        process.wait()
