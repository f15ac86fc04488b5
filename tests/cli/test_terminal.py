"""What a person sees: the first words, the demo, tables on a terminal and in a pipe."""
import fcntl
import json
import os
import pty
import re
import struct
import subprocess
import termios

import pyarrow.parquet as pq
import pytest

import support


def on_terminal(*args, columns=80, **environment):
    """What `costream ARGS` writes on a terminal that wide, bytes as they come."""
    main, side = pty.openpty()
    fcntl.ioctl(side, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    process = subprocess.Popen([support.BINARY, *map(str, args)], stdin=side, stdout=side, stderr=side,
                               env={**os.environ, **environment})
    os.close(side)
    text = b""
    try:
        while part := os.read(main, 65536):
            text += part
    except OSError:  # how Linux tells that the other side is closed
        pass
    os.close(main)
    assert process.wait(timeout=300) == 0, text
    return text.decode()


def test_alone_it_shows_where_to_begin(command):
    text = command().stdout.decode()
    lines = text.splitlines()
    assert [line.split()[:2] for line in lines if line.startswith("  ")] == [
        ["costream", "demo"], ["costream", "run"], ["costream", "report"]]
    assert len(lines) < 10 and max(map(len, lines)) <= 80


def test_demo_makes_runs_and_shows(command, tmp_path):
    text = command("demo", "here", cwd=tmp_path).stdout.decode()
    shown = re.findall(r"^\$ (costream .*)$", text, re.M)
    assert [line.split()[1] for line in shown] == ["generate", "run", "report"]
    assert "reconciliation" in text and "exact" in text
    rows = pq.read_table(tmp_path / "here/summary.parquet")
    assert f"{rows.num_rows}" == str(sum(map(int, re.search(r"(\d+) Pod, (\d+) Storage, (\d+) Unall", text).groups())))
    again = command("demo", "here", cwd=tmp_path).stdout.decode()  # the month that is there is taken
    assert [line.split()[1] for line in re.findall(r"^\$ (costream .*)$", again, re.M)] == ["run", "report"]
    by_hand = shown[1].split()
    by_hand[-1] = "other.parquet"
    command(*by_hand[1:], cwd=tmp_path)
    assert pq.read_table(tmp_path / "other.parquet").equals(rows), "the demo is what its command lines say"


@pytest.fixture(scope="module")
def month(tmp_path_factory):
    folder = tmp_path_factory.mktemp("month") / "reports"
    support.costream("generate", "--rows", "20000", "--out", folder)
    return folder


@pytest.mark.parametrize("columns", [80, 60])
@pytest.mark.parametrize("name", ["run", "plan"])
def test_tables_hold_in_a_terminal(month, name, columns):
    """The progress bar, which is redrawn and then cleared, is made for 80."""
    text = on_terminal(name, month, "--reference", month / "reference.json", "--log-level", "off", columns=columns)
    lines = [line for line in re.split(r"[\r\n]+", text) if columns == 80 or line.strip(" [#") and "]" not in line]
    assert len(lines) > 10 and max(map(len, lines)) <= columns and "\033" not in text, lines


@pytest.mark.parametrize("args", [["--help"], ["run", "--help"], ["diff", "-h"]])
def test_help_holds_in_a_terminal(args):
    lines = on_terminal(*args).split("\r\n")
    assert len(lines) > 10 and max(map(len, lines)) <= 80, lines


def test_words_that_go_on_stand_below_where_they_began(month):
    lines = on_terminal("run", month, "--reference", month / "reference.json", "--log-level", "off").split("\r\n")
    first = next(i for i, line in enumerate(lines) if line.startswith("reconciliation"))
    assert lines[first + 1].startswith(" " * 16) and lines[first + 1][16] != " "


def test_in_a_pipe_each_fact_is_one_line(command, month):
    text = command("run", month, "--reference", month / "reference.json").stdout.decode()
    assert re.search(r"^reconciliation +input .* exact$", text, re.M) and "\r" not in text and "\033" not in text


def test_json_is_not_broken_on_a_terminal(month):
    text = on_terminal("run", month, "--reference", month / "reference.json", "--output", "json", "--log-level", "off",
                       "--log-format", "json", columns=40)
    assert json.loads(text)["rows"]["pod"] > 0


def test_no_color(month):
    args = "check", month, "--reference", month / "reference.json"
    assert "\033[32m" in on_terminal(*args, NO_COLOR="")
    assert "\033" not in on_terminal(*args, NO_COLOR="1")
    assert b"\033" not in support.costream(*args).stdout


@pytest.mark.parametrize("flag", ["version", "--version"])
def test_version_names_commit_and_libraries(command, flag):
    lines = command(flag).stdout.decode().splitlines()
    assert re.fullmatch(r"costream \d+\.\d+\.\d+", lines[0])
    values = dict(re.split(r"  +| (?=\S+$)", line, maxsplit=1) for line in lines[2:])
    assert re.fullmatch(r"commit +([0-9a-f]{12}(-dirty)? \(\d{4}-\d\d-\d\d\)|unknown \(unknown\))", lines[1])
    assert {"Arrow, Parquet", "libpq", "SQLite", "libcurl", "libarchive"} <= set(values)
    assert all(re.match(r"\d+\.\d+", version) for version in values.values()), values
