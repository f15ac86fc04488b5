"""A process whose memory and time are watched."""
import subprocess
import time


def watched(arguments, place, tmp_path, most_seconds):
    """Exit code, stderr, seconds and peak memory, looked at while it runs: rusage would count the memory of this process."""
    memory, began = 0, time.monotonic()
    with open(tmp_path / "stderr", "wb") as err:
        child = subprocess.Popen(arguments, cwd=place, stdout=subprocess.DEVNULL, stderr=err)
        while child.poll() is None:
            assert time.monotonic() - began < most_seconds or child.kill(), f"{arguments} hangs"
            with open(f"/proc/{child.pid}/status", encoding="ascii", errors="replace") as status:
                peak = [line.split()[1] for line in status if line.startswith("VmHWM")]
            memory = max(memory, *(int(kib) << 10 for kib in peak), 0)
            time.sleep(0.002)
    return child.returncode, (tmp_path / "stderr").read_text(errors="replace"), time.monotonic() - began, memory
