"""The n-th open, read, write, sync, rename, connect, send, receive fails, for every n: the exit code says whose fault it
is, and nothing has changed, or all of it."""
import collections
import subprocess

from faults import calls, seed
from faults.trial import TRANSIENT, UNREADABLE, UNUSABLE

ERRORS = ["EIO", "ENOSPC", "ECONNRESET"]
ACTIONS = {"read": ["EINTR", "short"], "write": ["EINTR", "short"], "send": ["EINTR", "short"], "recv": ["EINTR", "short"],
           "open": ["EMFILE", "EACCES"]}
HARMLESS = {"EINTR", "short"}  # a call is to be made again for them, or for the rest
TIMEOUT = 45  # seconds; the patience with servers is 30 at most
SOCKET_CALLS = ("connect", "send", "recv")


def points(trial, tmp_path):
    """[(class, n, action, path)] of the calls of one run of its own; of those to the machine the first."""
    made, found, machine = collections.Counter(), [], set()
    for call in made_calls(trial, tmp_path):
        made[call.kind] += 1
        if calls.machine(call.path) and call.kind in machine:
            continue
        if calls.machine(call.path):
            machine.add(call.kind)
        found += [(call.kind, made[call.kind], action, call.path) for action in ERRORS + ACTIONS.get(call.kind, [])]
    return found


def chosen(every, name):
    """A few of each class: most calls of a run are writes."""
    by_kind = collections.defaultdict(list)
    for point in every:
        by_kind[point[0]].append(point)
    return [point for kind, of_kind in by_kind.items() for point in seed.sample(of_kind, 4, name, kind)]


def expected(trial, call):
    """The exit codes that tell whose fault it is."""
    if str(trial.folder / "in2") in call.path:
        return {UNREADABLE}
    if trial.local and str(trial.folder / "live") in call.path:
        return {UNUSABLE}
    return {TRANSIENT} if call.kind in SOCKET_CALLS else {UNUSABLE, UNREADABLE, TRANSIENT}


def harm(trial, tmp_path, faults, allowed):
    """What is wrong after a run of version 2 with these faults, or None; and whether the faults came to pass."""
    log = tmp_path / "harmed"
    log.unlink(missing_ok=True)
    try:
        code, said = trial.run(environment=calls.environment(*faults, log=log), code=None, timeout=TIMEOUT)
        assert code in allowed, f"exit {code}: {said}"
        trial.check(code, said, leftovers=any(fault.startswith("remove:") or "+:" in fault for fault in faults))
        wrong = None
    except (AssertionError, subprocess.TimeoutExpired) as error:
        wrong = f"FAULTS={','.join(faults)}: {error}"
    harmed = calls.logged(log)[1]
    trial.restore()
    return wrong and f"{wrong} {harmed[:1]}", len(harmed)


def test_the_call_that_fails(trial, tmp_path, tally):
    wrong, kinds = [], set()
    for kind, number, action, path in chosen(points(trial, tmp_path), trial.target.name):
        allowed = {0} if action in HARMLESS else {0} | expected(trial, calls.Call(kind, path))
        failure, harmed = harm(trial, tmp_path, [calls.fault(kind, number, action)], allowed)
        wrong += [failure] if failure else []
        kinds |= {kind} if harmed else set()
        tally(harmed)
    assert not wrong, "\n".join(wrong)
    assert kinds >= {"open", "read"} and len(kinds) > 3, kinds


def test_all_calls_from_one_on_fail(trial, tmp_path, tally):
    """A disk that is full stays full, a connection that is gone stays gone; what is to be undone may fail, too."""
    wrong, made = [], made_calls(trial, tmp_path)
    for kind, action in (("write", "ENOSPC"), (calls.CHANGES, "EIO"), ("read", "EIO"), ("send|recv|connect", "ECONNRESET")):
        total = sum(call.kind in kind.split("|") for call in made)
        for number in seed.sample(range(1, total + 1), 3, trial.target.name, kind):
            failure, harmed = harm(trial, tmp_path, [calls.fault(kind, number, action, onward=True)],
                                   {0, TRANSIENT, UNREADABLE, UNUSABLE})
            wrong += [failure] if failure else []
            tally(bool(harmed))
    assert not wrong, "\n".join(wrong)


def made_calls(trial, tmp_path):
    log = tmp_path / "made"
    log.unlink(missing_ok=True)
    trial.run(environment=calls.environment(log=log))
    trial.restore()
    return calls.logged(log)[0]
