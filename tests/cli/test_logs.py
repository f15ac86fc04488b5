"""Lines on standard error: JSON with the keys promised, text on a terminal, no secrets. support.costream checks the lines of
every other test, too."""
import os
import pty
import re
import subprocess

import pytest

import support

NAMED = ["--source", support.SOURCE, "--month", "2025-11"]


@pytest.fixture(scope="module")
def month(tmp_path_factory):
    folder = tmp_path_factory.mktemp("logs") / "month"
    support.costream("generate", "--rows", "2000", "--seed", "1", "--format", "csv", "--month", "2025-11", "--out", folder)
    return folder


def test_lines_tell_the_run_and_the_phases(month, tmp_path):
    done = support.costream("run", month, *NAMED, "--to", tmp_path / "out.csv", "--tracing-id", "abc")
    lines = {line["phase"]: line for line in done.log if line["rows"] is not None}
    assert set(lines) == {"plan", "aggregate", "commit"}
    for line in lines.values():
        assert line["level"] == "info" and line["tracing_id"] == "abc" and isinstance(line["ms"], int)
        assert (line["source"], line["month"], line["schema"]) == (support.SOURCE, "2025-11", None)
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", line["ts"])
    assert lines["commit"]["rows"] == len(support.read_output(tmp_path / "out.csv"))


def test_each_run_has_an_id_of_its_own(month):
    ids = {line["tracing_id"] for _ in range(2) for line in support.costream("run", month, *NAMED).log}
    assert len(ids) == 2 and None not in ids


def test_an_error_tells_its_phase(month, tmp_path):
    done = support.costream("run", month, *NAMED, "--to", tmp_path / "out.csv", "--validate-expected", tmp_path / "none.csv",
                            code=3)
    assert (done.log[-1]["level"], done.log[-1]["phase"]) == ("error", "aggregate")
    assert "none.csv" in done.log[-1]["msg"]


def test_wrong_flags_and_odd_bytes_are_lines_too(month):
    assert support.costream("run", "--no-such-flag", code=2).log[0]["level"] == "error"
    assert "\ufffd" in support.costream("run", b"/no/such/\xff\n\"place\"", code=3).log[-1]["msg"]


def test_the_closing_table_beside_rows_on_standard_output(month):
    done = support.costream("run", month, *NAMED, "--to", "-", "--log-level", "off")
    assert "reconciliation" in done.log[-1]["msg"]
    done = support.costream("run", month, *NAMED, "--to", "-", "--log-format", "text")
    assert "\nreconciliation" in done.stderr.decode()


def on_terminal(*arguments):
    ours, theirs = pty.openpty()
    run = subprocess.Popen([support.BINARY, *map(str, arguments)], stderr=theirs, stdout=subprocess.DEVNULL)
    os.close(theirs)
    text = b""
    try:
        while part := os.read(ours, 65536):
            text += part
    except OSError:  # how a terminal ends
        pass
    os.close(ours)
    return run.wait(timeout=60), text.decode()


def test_text_on_a_terminal_unless_json_is_asked_for(month):
    code, text = on_terminal("run", month, *NAMED)
    assert code == 0 and re.search(r"\d\d:\d\d:\d\d\.\d{3} info mode ", text)
    code, text = on_terminal("run", month, *NAMED, "--log-format", "json")
    assert code == 0 and support.log_lines(text.encode())[-1]["phase"] == "commit"


def test_the_config_names_the_format(month, tmp_path):
    config = tmp_path / "config.yaml"
    config.write_text("logging: {format: console}\n")
    done = support.costream("run", month, *NAMED, "--config", config)
    assert re.search(r"^\d\d:\d\d:\d\d\.\d{3} info mode ", done.stderr.decode(), re.M)
    assert support.costream("run", month, *NAMED, "--config", config, "--log-format", "json").log
    config.write_text("logging: {format: xml}\n")
    assert "'xml' is no format" in support.costream("run", month, *NAMED, "--config", config, code=2).err


@pytest.mark.parametrize("form", ["json", "text"])
@pytest.mark.parametrize("arguments", [["{}"], ["x", "--month", "{}"],
                                       ["x", "--source", support.SOURCE, "--metrics-file", "{}"]], ids=lambda a: a[-2:][0])
def test_a_password_in_the_wrong_place_is_masked(arguments, form):
    uri = f"postgresql://user:{support.SECRETS[1]}@host/database"
    done = support.costream("run", *(a.format(uri) for a in arguments), "--log-format", form, code=None)
    assert done.returncode in (2, 3) and "user:********@host" in done.err


def test_the_value_of_an_unknown_flag_is_not_shown():
    done = support.costream("run", "x", f"--no-such-flag=postgresql://user:{support.SECRETS[1]}@host/database", code=2)
    assert "there is no flag '--no-such-flag'" in done.err and "user:" not in done.err


def test_a_secret_in_any_output_fails_its_test():
    with pytest.raises(AssertionError, match="holds a secret"):
        subprocess.run([support.BINARY, "run", f"/no/such/{support.SECRETS[0]}"], capture_output=True)
