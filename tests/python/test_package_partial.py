"""Partial states: made apart, merged in any order, the rows of one run."""
import functools
import itertools
import random

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import costream
import support


@pytest.mark.parametrize("parts", [1, 2, 5])
def test_golden_scenarios(scenario, tmp_path, parts):
    """Of hourly and daily tables in small row groups, so that days are cut across parts."""
    name, folder, reference = scenario
    tree = support.write_tree(tmp_path / "tree", support.read_reports(folder / "csv"), daily="made")
    states = [costream.partial(tree, part=part, parts=parts, reference=reference) for part in range(parts)]
    random.Random(name).shuffle(states)
    result = costream.finalize(states, reference=reference)
    whole = costream.run(tree, reference=reference)
    assert result.to_arrow().equals(whole.to_arrow())
    assert result.rows == whole.rows and result.reconciliation == whole.reconciliation
    pq.write_table(result.to_arrow(), tmp_path / "out.parquet")
    support.compare_golden(folder.parent, name, tmp_path / "out.parquet")


@pytest.fixture(scope="module")
def states(month):
    return [costream.partial(month, part=part, parts=4, reference=month / "reference.json", threads=1) for part in range(4)]


@pytest.fixture(scope="module")
def rows(month):
    return costream.run(month, reference=month / "reference.json").to_arrow()


def test_any_order_and_grouping(month, states, rows):
    for order in itertools.islice(itertools.permutations(states), 0, 24, 7):
        merged = functools.reduce(lambda a, b: costream.merge([a, b]), order)
        assert costream.finalize(merged, reference=month / "reference.json").to_arrow().equals(rows)
    pairs = costream.merge(states[2:]), costream.merge(states[:2])
    assert costream.finalize(pairs, reference=month / "reference.json").to_arrow().equals(rows)


def test_into_a_target(month, states, tmp_path):
    costream.run(month, reference=month / "reference.json", to=tmp_path / "run.parquet")
    costream.finalize(states, reference=month / "reference.json", to=tmp_path / "parts.parquet")
    assert (tmp_path / "run.parquet").read_bytes() == (tmp_path / "parts.parquet").read_bytes()


def test_a_state_is_an_arrow_ipc_stream(states):
    reader = pa.ipc.open_stream(states[1])
    facts = {key.decode(): value.decode() for key, value in reader.schema.metadata.items()}
    assert (facts["month"], facts["parts"], facts["have"]) == ("2025-11", "4", "1")
    assert reader.read_all().num_rows > 0


def test_each_part_counts_once(month, states):
    with pytest.raises(costream.ConfigError, match="part 1 is given twice"):
        costream.merge([states[0], states[1], states[1]])
    with pytest.raises(costream.ConfigError, match="part 3 of 4 is missing"):
        costream.finalize(states[:3], reference=month / "reference.json")
    other = costream.partial(month, part=3, parts=4, start="2025-11-02", reference=month / "reference.json")
    with pytest.raises(costream.ConfigError, match="different runs"):
        costream.merge([states[0], other])
    with pytest.raises(costream.ConfigError, match="no partial state"):
        costream.merge([])
    with pytest.raises(costream.ConfigError, match="counted from 0"):
        costream.partial(month, part=4, parts=4, reference=month / "reference.json")


def test_bytes_that_are_no_state(states):
    for damaged in (b"", b"PAR1", states[0][:-400], states[0][:200]):
        with pytest.raises(costream.InputError, match="no partial state|partial state .* damaged"):
            costream.finalize([damaged])
    table = pa.table({"a": [1]})
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    with pytest.raises(costream.InputError, match="no version"):
        costream.merge([sink.getvalue().to_pybytes()])
