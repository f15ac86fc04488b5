"""Containers by runc, without an image registry: the root of tools/image_root.sh, run as the Job of deploy/kubernetes says."""
import json
import os
import pathlib
import shutil
import subprocess
import tempfile
import uuid

import yaml

import support

USER = 1000650000  # as OpenShift gives one: of no user, in group 0
MIB = 2 ** 20


def job():
    """The Job of the manifests."""
    documents = yaml.safe_load_all((support.ROOT / "deploy/kubernetes/costream.yaml").read_text())
    return next(d for d in documents if d["kind"] == "Job")


def assemble(root):
    subprocess.run([support.ROOT / "tools/image_root.sh", support.BINARY, root], check=True)


class Container:
    """One run of the command with the Job's limits and rights; half a core. Its /tmp is `tmp`, gone at the end."""

    def __init__(self, root, *args, config=None, env=()):
        self.name = f"costream-{uuid.uuid4()}"
        self.bundle = pathlib.Path(tempfile.mkdtemp(prefix="costream-bundle-"))
        self.tmp = self.bundle / "tmp"
        self.tmp.mkdir()
        self.tmp.chmod(0o1777)
        (self.bundle / "config.yaml").write_text(config or "")
        pod = job()["spec"]["template"]["spec"]
        container, = pod["containers"]
        rights = container["securityContext"]
        assert pod["securityContext"]["runAsNonRoot"] and rights["capabilities"] == {"drop": ["ALL"]}
        memory = int(container["resources"]["limits"]["memory"].removesuffix("Mi")) * MIB
        cores = int(container["resources"]["requests"]["cpu"].removesuffix("m")) / 1000
        (self.bundle / "config.json").write_text(json.dumps({
            "ociVersion": "1.0.2",
            "root": {"path": str(root), "readonly": rights["readOnlyRootFilesystem"]},
            "process": {
                "user": {"uid": USER, "gid": 0}, "cwd": "/tmp", "args": ["/usr/local/bin/costream", *map(str, args)],
                "env": ["TMPDIR=/tmp", "HOME=/tmp", *(f"{name}={value}" for name, value in dict(env).items())],
                "noNewPrivileges": not rights["allowPrivilegeEscalation"], "capabilities": {}},
            "mounts": [
                {"destination": "/proc", "type": "proc", "source": "proc"},
                {"destination": "/sys/fs/cgroup", "type": "cgroup", "source": "cgroup",
                 "options": ["ro", "nosuid", "noexec", "nodev"]},
                {"destination": "/tmp", "type": "bind", "source": str(self.tmp), "options": ["bind", "rw", "nosuid", "nodev"]},
                {"destination": "/etc/costream/config.yaml", "type": "bind", "source": str(self.bundle / "config.yaml"),
                 "options": ["bind", "ro"]}],
            # No network namespace: the servers of the tests are on loopback.
            "linux": {"namespaces": [{"type": kind} for kind in ("pid", "mount", "ipc", "uts")],
                      "cgroupsPath": f"/{self.name}",
                      "resources": {"memory": {"limit": memory, "swap": memory},
                                    "cpu": {"quota": int(cores * 100_000), "period": 100_000}}}}))

    def __enter__(self):
        self.process = subprocess.Popen(["runc", "run", "--bundle", self.bundle, self.name], stdin=subprocess.DEVNULL,
                                        stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.kill("KILL")
        self.process.communicate(timeout=30)
        shutil.rmtree(self.bundle)

    def kill(self, signal):
        subprocess.run(["runc", "kill", self.name, signal], check=True, timeout=10)

    def finish(self, timeout=120):
        """Waits for its end; exit code, stdout and the lines of the log."""
        out, err = self.process.communicate(timeout=timeout)
        return self.process.returncode, out, support.log_lines(err)


def obstacle(root):
    """Why containers cannot be run here; None where they can."""
    if not shutil.which("runc"):
        return "runc is not installed (tools/bootstrap.sh)"
    if os.geteuid() != 0:
        return "runc needs root"
    with Container(root, "--version") as container:
        out, err = container.process.communicate(timeout=60)
    return None if out.startswith(b"costream") else err.decode()
