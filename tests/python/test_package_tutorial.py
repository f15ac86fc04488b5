"""docs/tutorial.py runs."""
import os
import subprocess
import sys

import matplotlib.image

import support


def test_the_tutorial(tmp_path):
    done = subprocess.run([sys.executable, support.ROOT / "docs/tutorial.py"], cwd=tmp_path, capture_output=True, text=True,
                          env={**os.environ, "OUT": str(tmp_path)}, timeout=300)
    assert done.returncode == 0, done.stderr
    picture = matplotlib.image.imread(tmp_path / "use-and-capacity.png")
    assert picture.shape[0] > 500 and picture[..., :3].std() > 0.05
