"""A MinIO server on loopback with a data directory of its own. tools/bootstrap.sh installs the server."""
import os
import pathlib
import shutil
import socket
import subprocess
import time
import urllib.request

import boto3

CACHE = pathlib.Path(os.environ.get("COSTREAM_CACHE") or
                     pathlib.Path(os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache") / "costream")
USER, PASSWORD = "costream-test", "costream-test-secret"


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Minio:
    """Running from construction until `stop`."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True)
        program = shutil.which("minio") or str(CACHE / "bin/minio")
        self.endpoint = f"http://127.0.0.1:{free_port()}"
        self.log = open(self.folder / "log", "wb")
        self.process = subprocess.Popen(
            [program, "server", str(self.folder / "data"), "--address", self.endpoint.removeprefix("http://"),
             "--console-address", f"127.0.0.1:{free_port()}"], stdout=self.log, stderr=subprocess.STDOUT,
            env={**os.environ, "MINIO_ROOT_USER": USER, "MINIO_ROOT_PASSWORD": PASSWORD})
        deadline = time.monotonic() + 60
        while True:
            try:
                urllib.request.urlopen(self.endpoint + "/minio/health/ready", timeout=2).close()
                break
            except OSError:
                if self.process.poll() is not None or time.monotonic() > deadline:
                    raise RuntimeError((self.folder / "log").read_text())
                time.sleep(0.05)
        self.client = boto3.client("s3", endpoint_url=self.endpoint, aws_access_key_id=USER,
                                   aws_secret_access_key=PASSWORD, region_name="us-east-1")

    def environment(self):
        """What points the command here."""
        return {"S3_ENDPOINT": self.endpoint, "S3_ACCESS_KEY": USER, "S3_SECRET_KEY": PASSWORD}

    def upload(self, folder, bucket, metadata=None):
        """All files below the folder, under their relative paths; `metadata` gives the user metadata of a path."""
        self.client.create_bucket(Bucket=bucket)
        for path in sorted(p for p in pathlib.Path(folder).rglob("*") if p.is_file()):
            self.client.upload_file(str(path), bucket, str(path.relative_to(folder)),
                                    ExtraArgs={"Metadata": metadata(path) if metadata else {}})

    def stop(self):
        self.process.terminate()
        self.process.wait(timeout=20)
        self.log.close()
