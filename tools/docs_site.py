"""MkDocs hooks (mkdocs.yml): pages that lie outside docs/, pages made from the code, and links between all of them.

In the tree a link names a file, so that it works there; here it is made to name the page, or a copy of the file.
"""
import os
import pathlib
import posixpath
import re
import subprocess

from mkdocs.structure.files import File, Files

ROOT = pathlib.Path(__file__).resolve().parent.parent
COMMAND = pathlib.Path(os.environ.get("COSTREAM_BIN") or ROOT / "build/release/costream")
OUTSIDE = {"README.md": "index.md", "ARCHITECTURE.md": "architecture.md", "CONTRIBUTING.md": "contributing.md",
           "CHANGELOG.md": "changelog.md", "SECURITY.md": "security.md", "benchmarks/README.md": "benchmarks/how.md"}
PLACES = {page: path for path, page in OUTSIDE.items()}  # of a page in the tree, where that is not docs/
LINK = re.compile(r"(\]\()([^)\s]+)(\))")
LIST_IN_PARAGRAPH = re.compile(r"^(?!\s|- |\d+\. |\||#)(.+)\n(?=(- |\d+\. ))", re.M)


def in_section(nav, title):
    """The list of that section, wherever it is."""
    for entry in nav:
        for name, value in entry.items() if isinstance(entry, dict) else ():
            if name == title:
                return value
            if isinstance(value, list) and (found := in_section(value, title)) is not None:
                return found
    return None


def on_config(config):
    manual = ROOT / "build/manual"
    manual.mkdir(parents=True, exist_ok=True)
    subprocess.run([COMMAND, "manual", manual], check=True)
    commands = sorted(path.stem for path in manual.glob("*.1"))
    in_section(config.nav, "Manual").extend(f"manual/{name}.md" for name in commands)
    decisions = sorted((ROOT / "docs/decisions").glob("0*.md"))
    in_section(config.nav, "Decisions").extend(["decisions/index.md", *(f"decisions/{path.name}" for path in decisions)])
    return config


def manual_page(path):
    html = subprocess.run(["mandoc", "-T", "html", "-O", "fragment", path], check=True, capture_output=True, text=True).stdout
    body = re.search(r'<div class="manual-text">(.*)</div>\s*<table class="foot">', html, re.S)[1]
    body = re.sub(r"<h1 class=\"Sh\" id=\"[^\"]*\"><a[^>]*>(.*?)</a></h1>", lambda m: f"<h2>{m[1].capitalize()}</h2>", body)
    body = re.sub(r'<a class="permalink"[^>]*>(.*?)</a>', r"\1", body, flags=re.S)
    body = re.sub(r"<b>(costream[a-z-]*)</b>\(1\)", r'<a href="\1.html">\1</a>', body)
    return f"# {path.stem}\n\n{body}"


def decisions_page():
    lines = ["# Decisions", "", "Choices that someone may question, each with what else was thought of.", ""]
    for path in sorted((ROOT / "docs/decisions").glob("0*.md")):
        lines.append(f"- [{path.read_text(encoding='utf-8').splitlines()[0].removeprefix('# ')}]({path.name})")
    return "\n".join(lines)


def on_files(files, config):
    for path, page in OUTSIDE.items():
        files.append(File.generated(config, page, abs_src_path=str(ROOT / path)))
    made = {"decisions/index.md": decisions_page(),
            "api/cpp.md": "# The C++ header\n\n```cpp\n" + (ROOT / "include/costream/aggregate.h").read_text(encoding="utf-8") + "```\n",
            "api/python.md": "# Python reference\n\n::: costream\n\n::: costream.prototype\n"}
    for path in sorted((ROOT / "build/manual").glob("*.1")):
        made[f"manual/{path.stem}.md"] = manual_page(path)
    for page, content in made.items():
        files.append(File.generated(config, page, content=content))
    # Files of the tree that pages link to.
    for page in list(files.documentation_pages()):
        for target in LINK.findall(page.content_string):
            path, known = destination(page.src_uri, target[1])
            if path and not known and (ROOT / path).is_file() and files.get_file_from_path(f"files/{path}") is None:
                files.append(File.generated(config, f"files/{path}", abs_src_path=str(ROOT / path)))
    return files


def destination(page, link):
    """Path in the tree of what a page links to, and its place in the site; (None, None) of other links."""
    if re.match(r"[a-z]+:|#|/", link) or page.startswith(("manual/", "api/")):
        return None, None
    path = posixpath.normpath(posixpath.join(posixpath.dirname(PLACES.get(page, f"docs/{page}")), link.partition("#")[0]))
    if path == "docs/decisions":
        return path, "decisions/index.md"
    if path in OUTSIDE:
        return path, OUTSIDE[path]
    return path, path.removeprefix("docs/") if path.startswith("docs/") and not path.endswith((".py", ".json")) else None


def on_page_markdown(markdown, page, config, files: Files):
    def rewritten(match):
        path, place = destination(page.file.src_uri, match[2])
        if path is None:
            return match[0]
        place = place or f"files/{path}"  # where that does not exist, mkdocs says so
        anchor = match[2].partition("#")[2]
        relative = posixpath.relpath(place, posixpath.dirname(page.file.src_uri) or ".")
        return match[1] + relative + (f"#{anchor}" if anchor else "") + match[3]
    parts = re.split(r"(^```.*?^```)", LINK.sub(rewritten, markdown), flags=re.M | re.S)
    return "".join(part if part.startswith("```") else as_python_markdown(part) for part in parts)


def as_python_markdown(text):
    """An empty line before a list, and no backslash before | in the code of a table: other renderers do with and without."""
    text = LIST_IN_PARAGRAPH.sub(r"\1\n\n", text)
    return re.sub(r"`[^`\n]*`", lambda code: code[0].replace("\\|", "|"), text)
