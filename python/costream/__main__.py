"""The command, as the wheel has it: `costream ...` or `python -m costream ...`."""
from __future__ import annotations

import os
import pathlib
import sys
from typing import NoReturn


def main() -> NoReturn:
    """Becomes the command."""
    command = pathlib.Path(__file__).with_name("bin") / "costream"
    os.execv(command, ["costream", *sys.argv[1:]])


if __name__ == "__main__":
    main()
