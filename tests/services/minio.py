"""A MinIO server on loopback with a data directory of its own. tools/bootstrap.sh installs the server."""
import concurrent.futures
import os
import pathlib
import shutil
import ssl
import subprocess
import time
import urllib.request

import boto3

from services.postgres import free_port

CACHE = pathlib.Path(os.environ.get("COSTREAM_CACHE") or
                     pathlib.Path(os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache") / "costream")
USER, PASSWORD = "costream-test", "costream-test-secret"


BUCKET = "inputs"  # the one that the certificate below is for as part of the host: OpenSSL takes no *.localhost


def make_certificates(folder):
    """An authority of our own (ca.crt), and a certificate of it (public.crt, private.key) for localhost and BUCKET there."""
    folder.mkdir()

    def openssl(*args):
        subprocess.run(["openssl", *args], check=True, capture_output=True, cwd=folder)
    openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=costream test authority", "-keyout",
            "ca.key", "-out", "ca.crt")
    openssl("req", "-new", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=localhost", "-keyout", "private.key", "-out", "request")
    (folder / "names").write_text(f"subjectAltName=DNS:localhost,DNS:{BUCKET}.localhost,IP:127.0.0.1\n")
    openssl("x509", "-req", "-in", "request", "-CA", "ca.crt", "-CAkey", "ca.key", "-CAcreateserial", "-days", "2", "-extfile",
            "names", "-out", "public.crt")
    return folder / "ca.crt"


class Minio:
    """Running from construction until `stop`. With `tls` it speaks https, and takes the bucket as part of the host, too."""

    def __init__(self, folder, tls=False):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True)
        program = shutil.which("minio") or str(CACHE / "bin/minio")
        address = f"127.0.0.1:{free_port()}"
        self.endpoint = f"https://localhost:{address.split(':')[1]}" if tls else f"http://{address}"
        self.ca = make_certificates(self.folder / "certificates") if tls else None
        trusted = ssl.create_default_context(cafile=self.ca) if tls else None
        self.log = open(self.folder / "log", "wb")
        self.process = subprocess.Popen(
            [program, "server", str(self.folder / "data"), "--address", address, "--console-address",
             f"127.0.0.1:{free_port()}", *(["--certs-dir", str(self.ca.parent)] if tls else [])], stdout=self.log,
            stderr=subprocess.STDOUT,
            env={**os.environ, "MINIO_ROOT_USER": USER, "MINIO_ROOT_PASSWORD": PASSWORD, **({"MINIO_DOMAIN": "localhost"} if tls else {})})
        deadline = time.monotonic() + 60
        while True:
            try:
                urllib.request.urlopen(self.endpoint + "/minio/health/ready", timeout=2, context=trusted).close()
                break
            except OSError:
                if self.process.poll() is not None or time.monotonic() > deadline:
                    raise RuntimeError((self.folder / "log").read_text())
                time.sleep(0.05)
        self.client = boto3.client("s3", endpoint_url=self.endpoint, aws_access_key_id=USER,
                                   aws_secret_access_key=PASSWORD, region_name="us-east-1",
                                   verify=str(self.ca) if tls else None)

    def environment(self):
        """What points the command here."""
        return {"S3_ENDPOINT": self.endpoint, "S3_ACCESS_KEY": USER, "S3_SECRET_KEY": PASSWORD}

    def upload(self, folder, bucket, metadata=None):
        """All files below the folder, under their relative paths; `metadata` gives the user metadata of a path."""
        self.client.create_bucket(Bucket=bucket)

        def put(path):
            self.client.put_object(Bucket=bucket, Key=str(path.relative_to(folder)), Body=path.read_bytes(),
                                   Metadata=metadata(path) if metadata else {})
        with concurrent.futures.ThreadPoolExecutor(8) as threads:
            list(threads.map(put, [p for p in pathlib.Path(folder).rglob("*") if p.is_file()]))

    def stop(self):
        self.process.terminate()
        self.process.wait(timeout=20)
        self.log.close()
