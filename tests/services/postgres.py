"""A PostgreSQL server of our own for tests: own data directory, free port, loopback only; gone at the end.

    python tests/services/postgres.py      starts one, prints its URI, waits for the end of input
"""
import glob
import os
import pathlib
import pwd
import shutil
import socket
import subprocess
import sys
import tempfile

PASSWORD = "Pg-Pa55w0rd"  # in support.SECRETS


def binaries():
    """The folder of initdb and pg_ctl: COSTREAM_POSTGRES_BIN, else of the newest version installed; None without any."""
    if named := os.environ.get("COSTREAM_POSTGRES_BIN"):
        return pathlib.Path(named)
    found = sorted(glob.glob("/usr/lib/postgresql/*/bin/initdb"), key=lambda path: float(path.split("/")[4]))
    on_path = shutil.which("initdb")
    return pathlib.Path(found[-1]).parent if found else pathlib.Path(on_path).parent if on_path else None


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Server:
    """Superuser `costream`, password PASSWORD, database `costream`."""

    def __init__(self, settings=(), tls=False):
        self.bin = binaries()
        self.root = pathlib.Path(tempfile.mkdtemp(prefix="costream-postgres-"))
        self.data, self.port = self.root / "data", free_port()
        self.uri = f"postgresql://costream:{PASSWORD}@127.0.0.1:{self.port}/costream"
        if os.geteuid() == 0:  # which initdb refuses
            self.owner = pwd.getpwnam("postgres")
            os.chown(self.root, self.owner.pw_uid, self.owner.pw_gid)
        else:
            self.owner = None
        password = self.root / "password"
        password.write_text(PASSWORD + "\n")
        if self.owner:
            os.chown(password, self.owner.pw_uid, self.owner.pw_gid)
        self.run("initdb", "-D", self.data, "-U", "costream", "--pwfile", password, "-A", "scram-sha-256", "-E", "UTF8",
                 "--locale=C", "--no-sync")
        lines = [f"port = {self.port}", "listen_addresses = '127.0.0.1'", f"unix_socket_directories = '{self.root}'",
                 "max_connections = 30", "timezone = 'America/New_York'", "datestyle = 'German'", *settings]
        if tls:
            lines += ["ssl = on", *self.certificate()]
        with open(self.data / "postgresql.conf", "a", encoding="utf-8") as f:
            f.write("\n".join(lines) + "\n")
        self.start()
        self.run("createdb", "-h", "127.0.0.1", "-p", str(self.port), "-U", "costream", "costream",
                 env={**os.environ, "PGPASSWORD": PASSWORD})

    def run(self, program, *args, **options):
        as_owner = {"user": self.owner.pw_uid, "group": self.owner.pw_gid, "extra_groups": []} if self.owner else {}
        done = subprocess.run([self.bin / program, *args], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                              cwd=self.root, timeout=120, **as_owner, **options)
        assert done.returncode == 0, f"{program}: {done.stdout}"

    def certificate(self):
        """Makes one for 127.0.0.1, signed by itself; returns the settings for it."""
        self.certificate_file, key = self.root / "certificate", self.root / "key"
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1",
                        "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", self.certificate_file],
                       check=True, capture_output=True)
        key.chmod(0o600)
        if self.owner:
            os.chown(key, self.owner.pw_uid, self.owner.pw_gid)
        return [f"ssl_cert_file = '{self.certificate_file}'", f"ssl_key_file = '{key}'"]

    def start(self):
        self.run("pg_ctl", "-D", self.data, "-l", self.root / "log", "-w", "-t", "60", "start")

    def stop(self, mode="fast"):
        self.run("pg_ctl", "-D", self.data, "-m", mode, "-w", "-t", "60", "stop")

    def close(self):
        if (self.data / "postmaster.pid").exists():
            self.stop("immediate")
        shutil.rmtree(self.root, ignore_errors=True)


if __name__ == "__main__":
    server = Server()
    try:
        print(server.uri, flush=True)
        sys.stdin.read()
    finally:
        server.close()
