"""Two faults in one run, of random kinds; and runs one after the other, with and without faults, each onto what the last left."""
import signal
import time

from faults import calls, seed
from faults import trial as trials

KINDS = ["open", "read", "write", "sync", "rename", "remove", "mkdir", "connect", "send", "recv"]
ACTIONS = ["EIO", "ENOSPC", "ECONNRESET", "EINTR", "short"]
PAIRS = 8
SOAK_SECONDS = 600 if seed.TORTURE else 2


def numbers(trial, log):
    """How many calls of each kind a run makes."""
    log.unlink(missing_ok=True)
    trial.run(environment=calls.environment(log=log))
    trial.restore()
    made = [call.kind for call in calls.logged(log)[0]]
    return {kind: made.count(kind) for kind in KINDS if kind in made}


def random_fault(chance, made, *actions):
    kind = chance.choice(sorted(made))
    action = chance.choice(actions or ACTIONS)
    onward = action != "EINTR" and chance.random() < 0.2  # interrupted for ever, a run would try for ever
    return calls.fault(kind, chance.randint(1, made[kind]), action, onward)


def test_pairs(trial, tmp_path, tally):
    chance, made = seed.dice(trial.target.name), numbers(trial, tmp_path / "log")
    for _ in range(300 if seed.TORTURE else PAIRS):
        faults = [random_fault(chance, made), random_fault(chance, made, *ACTIONS, "kill")]
        print("FAULTS=" + ",".join(faults))
        code, said = trial.run(environment=calls.environment(*faults), code=None)
        assert code in (0, trials.UNUSABLE, trials.UNREADABLE, trials.TRANSIENT, -signal.SIGKILL), said
        # The second may hit what tidies up after the first.
        trial.check_killed() if code else trial.check(code, said, leftovers=True)
        trial.restore()
        tally(2)


def test_soak(trial, tmp_path, tally):
    """The days have the rows of the last run that has changed any of them, whatever befell those between."""
    chance, made = seed.dice(trial.target.name), numbers(trial, tmp_path / "log")
    until, stands = time.monotonic() + SOAK_SECONDS, {1}
    while time.monotonic() < until:
        version = chance.choice([1, 2])
        faults = [random_fault(chance, made, *ACTIONS, "kill") for _ in range(chance.choice([0, 1, 1, 2]))]
        print(f"version {version} FAULTS=" + ",".join(faults))
        code, said = trial.run(version, environment=calls.environment(*faults), code=None)
        assert code in (0, trials.UNUSABLE, trials.UNREADABLE, trials.TRANSIENT, -signal.SIGKILL), said
        found = trial.versions()
        assert found <= stands | {version} if code else found == {version}, (code, said)
        stands = found
        tally(len(faults))
    trial.run(2)
    assert trial.versions() == {2}
