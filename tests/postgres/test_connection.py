"""How a database is named, what is shown of it, and what it means when it cannot be reached."""
import json
import os
import subprocess
import time

import psycopg
import pytest

import support
from services import postgres
from test_replace import arguments, pod

BASE = {k: v for k, v in os.environ.items() if not k.startswith(("PG", "POSTGRES_", "DATABASE_"))}


@pytest.fixture
def folder(tmp_path):
    return support.write_csvs(tmp_path / "in", {"pod": [pod("2025-11-01 00:00:00")]})


def run(folder, target, schema, code, env=None, **options):
    done = subprocess.run([support.BINARY, "run", folder, *map(str, arguments()), "--to", target, "--schema", schema.name,
                           *options.get("flags", [])], capture_output=True, text=True, env={**BASE, **(env or {})}, timeout=60)
    assert done.returncode == code, done.stderr
    assert "Pg-Pa55" not in done.stdout + done.stderr
    return done


def parts(server, prefix, database="DB"):
    return {f"{prefix}HOST": "127.0.0.1", f"{prefix}PORT": str(server.port), f"{prefix}{database}": "costream",
            f"{prefix}USER": "costream", f"{prefix}PASSWORD": "Pg-Pa55w0rd"}


@pytest.mark.parametrize("prefix, database", [("PG", "DATABASE"), ("POSTGRES_", "DB"), ("DATABASE_", "NAME")])
@pytest.mark.parametrize("target", ["postgresql:", "postgres://", "postgresql://costream@/"])
def test_environment_names_what_the_target_does_not(folder, schema, prefix, database, target):
    run(folder, target, schema.init(), 0, parts(schema.server, prefix, database))
    assert len(schema.snapshot()) == 2


def test_the_target_beats_pg_variables_and_these_the_aliases(folder, schema):
    wrong = {"POSTGRES_PORT": "1", "POSTGRES_PASSWORD": "wrong", "DATABASE_HOST": "nowhere.invalid"}
    run(folder, "postgresql:", schema.init(), 0, {**wrong, **parts(schema.server, "PG", "DATABASE")})
    run(folder, schema.uri, schema, 0, {"PGPORT": "1", "PGPASSWORD": "wrong", "PGHOST": "nowhere.invalid", **wrong})


def test_parameters_of_libpq_pass_through(folder, schema, tmp_path):
    schema.init()
    passwords = tmp_path / "pgpass"
    passwords.write_text(f"127.0.0.1:{schema.server.port}:*:costream:Pg-Pa55w0rd\n")
    passwords.chmod(0o600)
    bare = schema.uri.replace(":Pg-Pa55w0rd", "")
    run(folder, f"{bare}?passfile={passwords}", schema, 0)
    done = run(folder, f"{schema.uri}?sslmode=require", schema, 2)
    assert "SSL" in done.stderr
    run(folder, f"{schema.uri}?options=-c%20default_transaction_read_only%3Don", schema, 0)  # a run says what it needs
    done = run(folder, f"{schema.uri}?options=-c%20role%3Dnobody", schema, 2)
    assert "nobody" in done.stderr


def test_tls(folder, command, tmp_path):
    server = postgres.Server(["ssl_min_protocol_version = 'TLSv1.3'"], tls=True)
    try:
        strict = f"{server.uri}?sslmode=verify-full&sslrootcert={server.certificate_file}"
        command("init-db", strict)
        month = tmp_path / "month"  # more than one record of TLS
        command("generate", "--rows", 20000, "--out", month)
        done = command("run", month, "--reference", month / "reference.json", "--to", strict, "--output", "json")
        with psycopg.connect(strict) as connection:
            rows, = connection.execute("SELECT count(*) FROM reporting_ocpusagelineitem_daily_summary").fetchone()
        assert rows == sum(json.loads(done.stdout)["rows"].values())
        other = server.uri.replace("127.0.0.1", "localhost") + f"?sslmode=verify-full&sslrootcert={server.certificate_file}"
        for wrong in (other, f"{server.uri}?sslmode=verify-full&sslrootcert=/nowhere"):
            assert "certificate" in command("run", folder, *arguments(), "--to", wrong, code=2).err
    finally:
        server.close()


def test_what_is_shown_has_no_password(folder, schema):
    schema.init()
    for target in (schema.uri, schema.uri.replace("costream:Pg-Pa55w0rd@", "costream@") + "?password=Pg-Pa55w0rd"):
        table = run(folder, target, schema, 0)
        assert f"postgresql://costream@127.0.0.1:{schema.server.port}/costream" in table.stdout
        shown = json.loads(run(folder, target, schema, 0, flags=["--output", "json", "--log-level", "debug"]).stdout)["target"]
        assert shown == f"postgresql://costream@127.0.0.1:{schema.server.port}/costream"


@pytest.mark.parametrize("target", ["postgresql://u:Pg-Pa55w0rd%zz@h/d", "postgresql://u:Pg-Pa55w0rd@h:port/d",
                                    "postgresql://u:Pg-Pa55w0rd@[h/d", "postgresql://u:Pg-Pa55w0rd@h/d?no_such=1",
                                    "postgresql://u:Pg-Pa55w0rd@h/d?sslmode=sometimes"])
def test_target_that_is_no_uri(folder, schema, target):
    done = run(folder, target, schema, 2)
    assert "URI" in done.stderr or "sslmode" in done.stderr or "port" in done.stderr


@pytest.mark.parametrize("flag", [["--to", "{}"], ["--to={}"]], ids=["word", "equals"])
def test_the_list_of_processes_shows_no_password(schema, tmp_path, flag):
    pipe = tmp_path / "in.csv"
    os.mkfifo(pipe)
    target = schema.uri.replace("Pg-Pa55w0rd", "se:cr@et") + "?password=Pg-Pa55w0rd&sslmode=disable"
    process = subprocess.Popen([support.BINARY, "run", pipe, *map(str, arguments()), *(f.format(target) for f in flag)],
                               stderr=subprocess.DEVNULL)
    try:
        time.sleep(0.3)  # it waits for a writer of the pipe
        with open(f"/proc/{process.pid}/cmdline", "rb") as f:
            shown = f.read()
        assert b"postgresql://costream:xxx" in shown and b"se:cr" not in shown and b"Pg-Pa55" not in shown, shown
    finally:
        process.kill()
        process.wait()


def test_a_server_that_cannot_be_reached_is_worth_another_try(folder, schema):
    port = postgres.free_port()
    done = run(folder, f"postgresql://u:Pg-Pa55w0rd@127.0.0.1:{port}/d", schema, 75)
    assert "refused" in done.stderr
    run(folder, "postgresql://u:Pg-Pa55w0rd@nowhere.invalid/d", schema, 75)


@pytest.mark.parametrize("change", [("Pg-Pa55w0rd", "wrong"), ("costream:", "nobody:"), ("/costream", "/nothing")], ids=str)
def test_a_server_that_refuses_us_is_not(folder, schema, change):
    run(folder, change[1].join(schema.uri.rsplit(change[0], 1)) if change[0][0] == "/" else schema.uri.replace(*change, 1),
        schema, 2)


def test_too_many_clients(folder, schema):
    schema.init()
    open_ones = []
    try:
        with pytest.raises(psycopg.OperationalError):
            for _ in range(200):
                open_ones.append(psycopg.connect(schema.uri))
        assert "too many clients" in run(folder, schema.uri, schema, 75).stderr
    finally:
        for connection in open_ones:
            connection.close()


def test_a_server_that_shuts_down(folder, command):
    """Of its own: refused while it goes, gone after."""
    server = postgres.Server()
    try:
        assert command("init-db", server.uri).stdout
        held = psycopg.connect(server.uri)
        stopping = subprocess.Popen([server.bin / "pg_ctl", "-D", server.data, "-m", "smart", "-w", "-t", "60", "stop"],
                                    stdout=subprocess.DEVNULL, user=server.owner.pw_uid if server.owner else None,
                                    cwd=server.root)
        deadline = time.monotonic() + 20
        while command("init-db", server.uri, code=None).returncode == 0 and time.monotonic() < deadline:
            time.sleep(0.05)
        done = command("run", folder, *arguments(), "--to", server.uri, code=75)
        assert "shutting down" in done.err
        held.close()
        assert stopping.wait(60) == 0
        command("run", folder, *arguments(), "--to", server.uri, code=75)
    finally:
        server.close()
