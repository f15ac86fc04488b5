"""What every target promises that replaces by source and day (spec/summary.md, "Other sinks")."""
import pytest

import month
import support

OTHER = support.SOURCE[:-1] + "6"


def run(command, target, folder, *args, source=support.SOURCE, code=0):
    return command("run", folder, *month.MONTH, "--source", source, "--to", target.to, *args, code=code)


@pytest.mark.parametrize("name", support.GOLDEN_NAMES)
def test_golden_rows(golden, command, target, tmp_path, name):
    args = ("run", golden / name / "csv", "--reference", golden / name / "reference.json")
    command(*args, "--to", tmp_path / "file.csv")  # equal to expected.csv: tests/golden
    file = support.read_output(tmp_path / "file.csv")
    for _ in range(2):
        command(*args, "--to", target.to)
        rows = target.rows()
        assert len(rows) == len(file)
        for want, have in zip(file, rows):  # the same order
            assert want.keys() == have.keys()
            for column in want:
                same = support.near if column in support.OUT_MEASURES else lambda a, b: a == b
                assert same(want[column], have[column]), (column, want[column], have[column])
    assert not target.hidden()


def test_a_run_replaces_its_days(command, target, tmp_path):
    run(command, target, month.write(tmp_path / "one", 1))
    run(command, target, month.write(tmp_path / "two", 2))
    assert month.versions(target.rows()) == month.all_of(2)


def test_the_same_run_twice_gives_the_same_rows(command, target, tmp_path):
    folder = month.write(tmp_path / "in", 1)
    run(command, target, folder)
    first = target.rows()
    run(command, target, folder)
    assert target.rows() == first


def test_other_days_and_sources_stay(command, target, tmp_path):
    one, two = month.write(tmp_path / "one", 1), month.write(tmp_path / "two", 2)
    run(command, target, one)
    run(command, target, one, source=OTHER)
    run(command, target, two, "--start", "2025-11-02", "--end", "2025-11-02")
    rows = target.rows()
    assert month.versions(rows) == {**month.all_of(1), **month.all_of(2, days=[2])}
    assert month.versions(rows, OTHER) == month.all_of(1)


@pytest.mark.parametrize("kinds", [["Pod"], ["Storage"], ["Unallocated"], ["Pod", "Unallocated"], ["Storage", "Pod"]],
                         ids="+".join)
def test_kinds_left_out_stay(command, target, tmp_path, kinds):
    run(command, target, month.write(tmp_path / "one", 1))
    run(command, target, month.write(tmp_path / "two", 2), "--rows", ",".join(kinds).lower())
    rows = target.rows()
    assert month.versions(rows) == {**month.all_of(1), **month.all_of(2, kinds=kinds)}
    order = [(r["usage_start"], month.RANK.index(r["kind"])) for r in rows]
    if target.name in ("directory", "store"):
        assert order == sorted(order)


def test_days_without_input_are_replaced_by_nothing_only_if_allowed(command, target, tmp_path):
    run(command, target, month.write(tmp_path / "one", 1))
    fewer = month.write(tmp_path / "two", 2, days=[1, 3, 4])
    before = target.state()
    done = run(command, target, fewer, code=2)
    assert "2025-11-02" in done.err and "--allow-empty" in done.err and "2025-11-01" not in done.err
    assert target.state() == before
    run(command, target, fewer, "--allow-empty")
    assert month.versions(target.rows()) == month.all_of(2, days=[1, 3, 4])


def test_days_without_input_that_hold_only_other_kinds_are_no_refusal(command, target, tmp_path):
    run(command, target, month.write(tmp_path / "one", 1), "--rows", "pod")
    run(command, target, month.write(tmp_path / "two", 2, days=[1]), "--rows", "storage")
    assert month.versions(target.rows()) == {**month.all_of(1, kinds=["Pod"]),
                                             **month.all_of(2, days=[1], kinds=["Storage"])}


def test_an_entirely_empty_input(command, target, tmp_path):
    run(command, target, month.write(tmp_path / "one", 1))
    nothing = support.write_csvs(tmp_path / "none", {"pod": []})
    before = target.state()
    run(command, target, nothing, code=2)
    assert target.state() == before
    run(command, target, nothing, "--allow-empty")
    assert not target.rows()


@pytest.mark.parametrize("name", ["out.csv", "out.parquet"])
def test_a_file_is_replaced_by_an_entirely_empty_input_only_if_allowed(command, tmp_path, name):
    nothing = support.write_csvs(tmp_path / "none", {"pod": []})
    args = [*month.MONTH, "--source", support.SOURCE, "--to", tmp_path / name]
    command("run", nothing, *args)  # no file yet
    command("run", nothing, *args)  # a file without rows
    command("run", month.write(tmp_path / "one", 1), *args)
    before = (tmp_path / name).read_bytes()
    done = command("run", nothing, *args, code=2)
    assert "--allow-empty" in done.err and (tmp_path / name).read_bytes() == before
    command("run", nothing, *args, "--allow-empty")
    assert not support.read_output(tmp_path / name)
    # A single file is replaced whole, also by fewer days.
    command("run", month.write(tmp_path / "one", 1), *args)
    command("run", month.write(tmp_path / "two", 2, days=[1]), *args)
    assert month.versions(support.read_output(tmp_path / name)) == month.all_of(2, days=[1])


def test_an_input_that_fails_changes_nothing(command, target, tmp_path):
    folder = month.write(tmp_path / "one", 1)
    path = folder / "pod_usage.csv"
    good = path.read_text()
    path.write_text(good + good.splitlines()[-1].replace("3600.0", "no number") + "\n")
    run(command, target, folder, code=3)
    assert target.state() is None
    path.write_text(good)
    run(command, target, folder)
    before = target.state()
    path.write_text(good + good.splitlines()[-1].replace("3600.0", "no number") + "\n")
    run(command, target, folder, code=3)
    assert target.state() == before
