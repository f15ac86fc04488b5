"""The command under test: where it is, how it is run, what its output may hold."""
import json
import os
import pathlib
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
BINARY = pathlib.Path(os.environ.get("COSTREAM_BIN") or ROOT / "build/release/costream")
SANITIZED = bool({"asan", "tsan"} & set(BINARY.parts))  # such a build reserves terabytes of address space
# What a sanitizer adds is not the run's memory; ThreadSanitizer is to see many threads.
WATCHED_FLAGS = [f"--memory-limit={8 << 30}"] if SANITIZED else []
WATCHED_FLAGS += ["--threads=8"] if "tsan" in BINARY.parts else []
SHARED = pathlib.Path(os.environ.get("COSTREAM_SHARED") or ROOT.parent / "shared")
GOLDEN = SHARED / "golden"
GOLDEN_NAMES = ["mixed_202502", "ocp_report_0_template", "ocp_report_1", "ocp_report_7", "ocp_report_advanced",
                "ocp_report_ros_0", "operator_202011", "today_ocp_report_tiers_0", "today_ocp_report_tiers_1"]

LOG_KEYS = ["ts", "level", "msg", "tracing_id", "schema", "source", "month", "phase", "rows", "ms"]
# What tests use as passwords and keys, and no output may hold.
SECRETS = ["costream-test-secret", "Pg-Pa55w0rd", "se:cr@et", "p%40ss", "trino-pw"]


class WatchedPopen(subprocess.Popen):
    """A process whose output is looked through for secrets where it is collected: communicate(), run()."""

    def communicate(self, *args, **options):
        outputs = super().communicate(*args, **options)
        for output in outputs:
            text = output.encode() if isinstance(output, str) else output or b""
            for secret in SECRETS:
                assert secret.encode() not in text, f"the output of {self.args} holds a secret"
        return outputs


def absent(message):
    """Skips a test for want of its data; in CI it fails."""
    (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(message)


def log_lines(stderr):
    """The lines of a JSON log; fails unless each is an object with the keys that docs/operating.md promises."""
    lines = [json.loads(line) for line in stderr.decode("utf-8").splitlines()]
    for line in lines:
        assert list(line) == LOG_KEYS, line
    return lines


def costream(*args, code=0, cwd=None):
    """Runs `costream ARGS`; fails unless the exit status is `code` (None: any).

    The result has the lines of its log as `log` and their messages as `err`; of a log that a config file or flag made text,
    `err` is the text.
    """
    if args[:1] == ("run",) and not {"--threads", "--memory-limit", "--config"} & {*map(str, args)}:
        args = *args, *WATCHED_FLAGS
    command = [str(BINARY), *(arg if isinstance(arg, bytes) else str(arg) for arg in args)]
    done = subprocess.run(command, capture_output=True, timeout=300, cwd=cwd)
    done.err = done.stderr.decode("utf-8", "replace")
    if done.stderr.startswith(b"{") and done.returncode >= 0:
        done.log = log_lines(done.stderr)
        done.err = "".join(line["msg"] + "\n" for line in done.log)
    if code is not None:
        assert done.returncode == code, (f"{' '.join(map(str, command))}\nexit {done.returncode}, expected {code}\n"
                                         f"stderr: {done.err[-4000:]}")
    return done
