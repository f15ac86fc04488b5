"""Random clusters through every path: see differential/equivalence.py. COSTREAM_SEEDS=200 or 17-17: other seeds."""
import collections
import os

import pytest

from differential import equivalence


def seeds():
    first, dash, last = os.environ.get("COSTREAM_SEEDS", "10").partition("-")
    return range(int(first), int(last) + 1) if dash else range(int(first))


@pytest.mark.parametrize("seed", seeds())
def test_all_paths_agree(command, seed, tmp_path):
    print(f"seed {seed} (COSTREAM_SEEDS={seed}-{seed} runs it alone)")
    paths = collections.Counter()
    equivalence.check(seed, tmp_path, paths)
    assert sum(paths.values()) >= 15, paths
