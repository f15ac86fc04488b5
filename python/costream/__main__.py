"""The command, as the wheel has it: `costream ...` or `python -m costream ...`."""
from __future__ import annotations

import os
import pathlib
import sys
from typing import NoReturn


def main() -> NoReturn:
    """Becomes the command; a run with an engine is this package's."""
    arguments = sys.argv[1:]
    spread = any(argument.split("=")[0] == "--engine" for argument in arguments)
    if arguments[:1] == ["run"] and spread and not {"--help", "-h"} & set(arguments):
        from .engine import command

        sys.exit(command.run(arguments[1:]))
    binary = pathlib.Path(__file__).with_name("bin") / "costream"
    os.execv(binary, ["costream", *arguments])


if __name__ == "__main__":
    main()
