"""--engine is the Python package's; the bare command says so."""
import pytest


@pytest.mark.parametrize("flags", [["--engine", "ray"], ["--engine", "local", "--resume", "run"], ["--address", "auto"],
                                   ["--unit-rows", "1000"]])
def test_the_bare_command_says_what_to_install(command, flags, tmp_path):
    done = command("run", tmp_path, *flags, "--to", f"{tmp_path}/out/", code=2)
    assert "pip install 'costream[ray]'" in done.err and not (tmp_path / "out").exists()


def test_an_engine_that_is_none_is_refused(command, tmp_path):
    assert "spark" in command("run", tmp_path, "--engine", "spark", code=2).err
