"""Every command that the documentation shows works, and prints what the page says (the rules: pages.py)."""
import functools
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys

import boto3
import psycopg
import pytest

import support
from docs import pages
from services.postgres import PASSWORD, free_port

AT_MOST_NOT_RUN = 12
WITH_COMMANDS = [page for page in pages.PAGES if pages.runnable(page, *pages.RUN)]
FROM_THE_TREE = ["config", "deploy", "examples"]


def name_of(page):
    return str(page.relative_to(support.ROOT)).removesuffix(".md")


@pytest.fixture
def shell(command, server, minio, tmp_path):
    """The environment and directory of a reader who has PostgreSQL and an S3 store, both empty, and the tree's examples."""
    with psycopg.connect(server.uri, autocommit=True) as connection:
        connection.execute("DROP DATABASE IF EXISTS reader WITH (FORCE)")
        connection.execute("CREATE DATABASE reader")
    work = tmp_path / "reader"
    work.mkdir()
    for name in FROM_THE_TREE:
        shutil.copytree(support.ROOT / name, work / name)
    binaries = tmp_path / "bin"
    binaries.mkdir()
    (binaries / "costream").symlink_to(support.BINARY)
    keep = {name: os.environ[name] for name in ("LANG", "TZ", "USER") if name in os.environ}
    keys = minio.environment()
    yield work, {
        **keep, "PATH": f"{binaries}:{pathlib.Path(sys.executable).parent}:{os.environ['PATH']}", "HOME": str(tmp_path), "TMPDIR": str(tmp_path),
        "PGHOST": "127.0.0.1", "PGPORT": str(server.port), "PGUSER": "costream", "PGPASSWORD": PASSWORD, "PGDATABASE": "reader",
        "AWS_ENDPOINT_URL": minio.endpoint, "AWS_ACCESS_KEY_ID": keys["S3_ACCESS_KEY"], "AWS_SECRET_ACCESS_KEY": keys["S3_SECRET_KEY"],
        "AWS_DEFAULT_REGION": "us-east-1", "AWS_EC2_METADATA_DISABLED": "true"}
    store = boto3.resource("s3", endpoint_url=minio.endpoint, aws_access_key_id=keys["S3_ACCESS_KEY"],
                           aws_secret_access_key=keys["S3_SECRET_KEY"], region_name="us-east-1")
    for bucket in store.buckets.all():
        if not bucket.name.startswith("test-"):
            bucket.objects.delete()
            bucket.delete()


def script_of(page, port):
    """A bash script of all blocks, which prints a mark before each command; line and expected output of each."""
    text, commands = "set -eo pipefail\n", [command for block in pages.runnable(page, *pages.RUN) for command in block.commands()]
    for number, (_, code, _) in enumerate(commands):
        text += f"printf '\\036%s\\n' {number}\n{code}\n"
    return re.sub(r"\b8080\b", str(port), text), [(line, expected) for line, _, expected in commands]


@pytest.mark.parametrize("page", WITH_COMMANDS, ids=name_of)
def test_the_commands_of(page, shell):
    work, environment = shell
    port = free_port()
    script, commands = script_of(page, port)
    (work.parent / "page.sh").write_text(script, encoding="utf-8")
    errors = work.parent / "errors"
    with open(work.parent / "output", "wb") as out, open(errors, "wb") as err:
        process = subprocess.Popen(["bash", "../page.sh"], cwd=work, env=environment, stdin=subprocess.DEVNULL, stdout=out, stderr=err,
                                   start_new_session=True)
        try:
            code = process.wait(timeout=120)
        finally:
            try:
                os.killpg(process.pid, signal.SIGKILL)  # servers that a page starts, too
            except ProcessLookupError:
                pass
    said, log = (work.parent / "output").read_text(encoding="utf-8"), errors.read_text(encoding="utf-8")
    outputs = [output.partition("\n")[2].replace(f":{port}", ":8080") for output in said.split("\036")[1:]]
    if code != 0:
        pytest.fail(f"{name_of(page)}.md:{commands[len(outputs) - 1][0]}: exit code {code}\n{outputs[-1][-2000:]}\n{log[-3000:]}")
    for (line, expected), output in zip(commands, outputs, strict=True):
        if expected is not None and not re.fullmatch(pages.pattern(expected), output):
            pytest.fail(f"{name_of(page)}.md:{line}: prints\n{output}")
    for secret in support.SECRETS:
        assert secret not in said and secret not in log


def test_what_is_not_run_says_why_and_is_little():
    marked = [(page, block) for page in pages.PAGES for block in pages.blocks(page) if block.reason]
    assert len(marked) <= AT_MOST_NOT_RUN, [f"{name_of(page)}: {block.code}" for page, block in marked]


def test_no_command_hides_from_being_run():
    """Blocks have a language, and commands stand in those that are run; no block is indented instead of fenced."""
    program = re.compile(r"^(\$ )?(costream|make|pip|podman|docker|helm|kubectl|apt|psql|curl|aws|python|cmake|sudo)\b", re.M)
    for page in pages.PAGES:
        for block in pages.blocks(page):
            assert block.language, f"{page}:{block.line} has no language"
            assert block.language in (*pages.RUN, "python") or not program.search(block.code), f"{page}:{block.line}"
        plain = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.S)
        assert not re.search(r"\n\n    \S", plain), f"{page} has an indented block"


def test_inline_commands_have_the_flags_that_are_named(command):
    @functools.cache
    def flags(*name):
        return set(re.findall(r"--[a-z0-9-]+", command(*name, "--help").stdout.decode()))
    for page in pages.PAGES:
        for code in re.findall(r"`costream ([a-z][^`]*)`", page.read_text(encoding="utf-8")):
            name = ("config", "show") if code.startswith("config show") else (code.split()[0],)
            assert set(re.findall(r"(?<!\S)--[a-z0-9-]+", code)) <= flags(*name), f"{page}: costream {code}"
