"""The Python that the documentation shows runs, page by page (tests/docs/pages.py)."""
import ast
import subprocess
import sys

import pytest

from docs import pages

SHOWN = [page for page in pages.PAGES if pages.runnable(page, "python")]


@pytest.mark.parametrize("page", SHOWN, ids=lambda page: page.name)
def test_the_python_of(page, tmp_path):
    code = "\n".join(block.code for block in pages.runnable(page, "python"))
    ast.parse(code, str(page))
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
