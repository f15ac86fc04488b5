"""The n-th allocation fails: an error that says so, and at worst an end as if killed: nothing has changed, or all of it.

Of Arrow's buffers, which are what is large, it is always the error: test_fault_points.py, docs/decisions/0021-out-of-memory.md."""
import signal

import pytest

from faults import calls, seed

# An exception that is thrown takes memory of its own; new: of C++ code, malloc: of the C libraries, too.
CLASSES = ["new", "malloc"]


@pytest.mark.parametrize("kind", CLASSES)
def test_memory_that_is_not_there(trial, tmp_path, tally, kind):
    if trial.target.name == "store":
        pytest.skip("the S3 client waits for ever for a thread of its own that ended for want of memory")
    log = tmp_path / "log"
    trial.run(environment=calls.environment(calls.fault(kind, 0, "ENOMEM"), log=log))
    trial.restore()
    made, _ = calls.logged(log)
    before_main = next(i for i, call in enumerate(made) if call.kind != kind)  # there is nobody yet to say so
    total = sum(call.kind == kind for call in made)
    wrong = []
    for number in seed.sample(range(before_main + 1, total + 1, 1 + 7 * (seed.TORTURE > 0)), 8, trial.target.name, kind):
        code, said = trial.run(environment=calls.environment(calls.fault(kind, number, "ENOMEM")), code=None)
        try:
            assert code in (0, 1, 2, 3, 75, -signal.SIGABRT), f"exit {code}: {said}"
            assert code != 1 or "out of memory" in said, said
            assert code != -signal.SIGABRT or "terminate called" in said, said
            trial.check(code, said) if code == 0 else trial.check_killed()
        except AssertionError as error:
            wrong.append(f"FAULTS={kind}:{number}:ENOMEM {error}")
        trial.restore()
        tally()
    assert not wrong, "\n".join(wrong)
