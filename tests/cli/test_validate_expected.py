"""run --validate-expected."""
import pytest

import support


@pytest.mark.parametrize("name", support.GOLDEN_NAMES)
def test_golden(golden, command, name):
    command("run", golden / name / "csv", "--reference", golden / name / "reference.json", "--validate-expected",
            golden / name / "expected.csv")


@pytest.mark.parametrize("target", ["out.csv", "out/", "sqlite:out.db", None])
def test_rows_that_are_not_as_expected_are_not_written(golden, command, tmp_path, target):
    args = ["run", golden / "mixed_202502/csv", "--reference", golden / "mixed_202502/reference.json", "--spill-dir",
            tmp_path / "spill", *(["--to", target] if target else [])]
    (tmp_path / "spill").mkdir()
    text = (golden / "mixed_202502/expected.csv").read_text()
    good, bad = tmp_path / "good.csv", tmp_path / "bad.csv"
    good.write_text(text)
    bad.write_text(text.replace("orphan,", "another,"))
    done = command(*args, "--validate-expected", bad, code=4, cwd=tmp_path)
    assert "persistentvolumeclaim=another" in done.err
    assert sorted(p.name for p in tmp_path.iterdir()) == ["bad.csv", "good.csv", "spill"]
    command(*args, "--validate-expected", bad, "--rows", "pod,unallocated", cwd=tmp_path)  # storage rows are not made
    command(*args, "--validate-expected", good, cwd=tmp_path)
    command(*args, "--validate-expected", good, "--start", "2025-02-03", cwd=tmp_path)
    command(*args, "--validate-expected", tmp_path / "absent.csv", code=3, cwd=tmp_path)
    assert not list((tmp_path / "spill").iterdir())


def test_rows_to_be_checked_need_a_folder(golden, command, tmp_path, monkeypatch):
    monkeypatch.setenv("TMPDIR", str(tmp_path / "absent"))
    done = command("run", golden / "mixed_202502/csv", "--reference", golden / "mixed_202502/reference.json", "--validate-expected",
                   golden / "mixed_202502/expected.csv", "--to", tmp_path / "out.csv", code=2)
    assert f"--spill-dir {tmp_path / 'absent'}: cannot be written" in done.err and not (tmp_path / "out.csv").exists()
