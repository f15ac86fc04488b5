"""The code blocks of README.md and docs/, as a reader would run them.

    ```sh        run, in order
    ```console   run; lines after one that starts with `$ ` are what it prints to standard output. In them … stands for any text of
                 a line, and alone for any lines
    ```python    run, in order, by tests/python
    <!-- not run: REASON -->     on the line before a block: what cannot run here

Blocks of one page share a shell and a directory. Of what a page names, 8080 stands for a free port.
"""
import dataclasses
import re

import support

RUN = ("sh", "console")
PAGES = [support.ROOT / "README.md", support.ROOT / "CONTRIBUTING.md", support.ROOT / "benchmarks/README.md",
         *sorted((support.ROOT / "docs").rglob("*.md"))]
NOT_RUN = re.compile(r"<!-- not run: (.+) -->")


@dataclasses.dataclass
class Block:
    language: str
    line: int  # of its first line of code
    code: str
    reason: str | None  # why it is not run

    def commands(self):
        """(line, command, lines that it must print or None) of a sh or console block."""
        if self.language == "sh":
            return [(self.line, self.code, None)]
        made = []
        for number, text in enumerate(self.code.split("\n"), self.line):
            if text.startswith("$ "):
                made.append((number, text[2:], []))
            elif text.startswith("> ") and not made[-1][2]:  # the command goes on
                made[-1] = (made[-1][0], made[-1][1] + "\n" + text[2:], [])
            else:
                made[-1][2].append(text)
        return made


def blocks(page):
    found, lines, at = [], page.read_text(encoding="utf-8").splitlines(), 0
    while at < len(lines):
        fence = re.fullmatch(r"\s*```\s*(\S*)", lines[at])
        if fence:
            end = next(i for i in range(at + 1, len(lines)) if lines[i].strip() == "```")
            before = NOT_RUN.fullmatch(lines[at - 1].strip()) if at else None
            found.append(Block(fence[1], at + 2, "\n".join(lines[at + 1:end]), before and before[1]))
            at = end
        at += 1
    return found


def runnable(page, *languages):
    return [block for block in blocks(page) if block.language in languages and not block.reason]


def pattern(lines):
    """What the lines of a page stand for, as an expression for the whole output."""
    return "".join(r"(?:.*\n)*?" if line.strip() == "…" else r"[^\n]*?".join(map(re.escape, line.rstrip().split("…"))) + r"[ ]*\n"
                   for line in lines)
