"""Completions in the shells themselves, and the manual by a formatter that complains."""
import os
import pty
import re
import select
import subprocess
import time

import pytest

import support


@pytest.fixture(scope="module")
def scripts(tmp_path_factory):
    folder = tmp_path_factory.mktemp("completions")
    for shell, name in (("bash", "costream"), ("zsh", "_costream"), ("fish", "costream.fish")):
        (folder / name).write_bytes(support.costream("completion", shell).stdout)
    return folder


def in_bash(scripts, line):
    words = line.split(" ")
    script = f"""source {scripts}/costream
        COMP_WORDS=({' '.join(f"'{word}'" for word in words)}); COMP_CWORD={len(words) - 1}
        _costream; printf '%s\\n' "${{COMPREPLY[@]}}" """
    return subprocess.check_output(["bash", "--norc", "-c", script], text=True, timeout=30).split()


def in_fish(scripts, line):
    """fish in a home of its own."""
    text = subprocess.check_output(
        ["fish", "--no-config", "-c", f"source {scripts}/costream.fish; complete -C '{line}'"], text=True, timeout=30,
        env={**os.environ, "HOME": str(scripts)})
    return [entry.split("\t")[0] for entry in text.splitlines()]


def in_zsh(scripts, line):
    """The line after TAB has been pressed: zsh completes for its line editor only."""
    pid, terminal = pty.fork()
    if pid == 0:
        os.environ.update(TERM="dumb", PS1="> ", HOME=str(scripts))
        os.execlp("zsh", "zsh", "-f", "-i")
    text = b""

    def until(pattern):
        nonlocal text
        end = time.monotonic() + 30
        while not re.search(pattern, text):
            assert select.select([terminal], [], [], end - time.monotonic())[0], f"zsh says only {text}"
            text += os.read(terminal, 4096)

    try:
        os.write(terminal, f"fpath=({scripts} $fpath); autoload -Uz compinit; compinit -u -D; setopt noautomenu "
                           "nolistbeep; print rea''dy\n".encode())
        until(rb"ready")
        os.write(terminal, line.encode() + b"\t\x01print -r -- '\x05|'\n")  # shows what stands there now
        until(rb"\n(costream[^\n']*)\|\r")
        return re.search(rb"\n(costream[^\n']*)\|\r", text)[1].decode().strip()
    finally:
        os.close(terminal)
        os.waitpid(pid, 0)


@pytest.mark.parametrize("complete", [in_bash, in_fish])
def test_commands_flags_and_words(scripts, complete):
    commands = complete(scripts, "costream ")
    assert {"run", "demo", "init-db", "config"} <= set(commands) and "manual" not in commands
    assert complete(scripts, "costream ru") == ["run"]
    assert complete(scripts, "costream config ") [-1:] and "show" in complete(scripts, "costream config ")
    assert set(complete(scripts, "costream run x --mem")) == {"--memory-limit"}
    assert "--yes" in complete(scripts, "costream config show --") and "--yes" not in complete(scripts, "costream diff --")
    assert set(complete(scripts, "costream run --mode ")) == {"auto", "streaming", "in-memory"}


def test_bash_completes_after_an_equals_sign(scripts):
    assert in_bash(scripts, "costream run --mode = str") == ["streaming"]
    assert in_bash(scripts, "costream run --to ") == [], "file names are bash's own to offer"


@pytest.mark.parametrize("line, whole", [("costream ru", "costream run"), ("costream run --mem", "costream run --memory-limit"),
                                         ("costream config sh", "costream config show"),
                                         ("costream run --mode st", "costream run --mode streaming")])
def test_zsh_completes(scripts, line, whole):
    assert in_zsh(scripts, line) == whole


def test_the_manual_has_a_page_for_each_command(command, tmp_path):
    command("manual", tmp_path)
    pages = sorted(path.name for path in tmp_path.iterdir())
    shown = support.costream("completion", "fish").stdout.decode()
    names = re.findall(r"""= ""' -f -a (\S+)""", shown)
    assert len(names) > 10
    assert set(pages) == {"costream.1", "costream-config-show.1", *(f"costream-{name}.1" for name in names)}
    lint = subprocess.run(["mandoc", "-Tlint", "-Wwarning", *pages], cwd=tmp_path, capture_output=True, text=True)
    assert lint.returncode == 0, lint.stdout
    text = subprocess.check_output(["mandoc", "-Tascii", "costream-run.1"], cwd=tmp_path, text=True)
    plain = re.sub(r".\x08", "", text)
    flags = set(re.findall(r"--[a-z][a-z0-9-]+", command("run", "--help").stdout.decode()))
    assert flags <= set(re.findall(r"--[a-z][a-z0-9-]+", plain))
    assert "--mode auto|streaming|in-memory" in plain


def test_a_manual_that_cannot_be_written(command, tmp_path):
    assert "name a directory that exists" in command("manual", tmp_path / "absent", code=2).err
