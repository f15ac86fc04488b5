"""How much is tried, and by which dice. `make test` takes a sample, `make torture` all.

FAULT_SEED=7            other dice; each test prints its seed, pytest shows it where the test fails
COSTREAM_TORTURE=1      all points instead of a sample
FAULT_COUNTS=FILE       gets a JSON line for each suite: the faults injected, the seconds they took
"""
import os
import random

SEED = int(os.environ.get("FAULT_SEED") or 1)
TORTURE = int(os.environ.get("COSTREAM_TORTURE") or 0)


def dice(*what):
    """A generator of its own for each test: one can be run alone, and does the same."""
    print(f"FAULT_SEED={SEED}")
    return random.Random(f"{SEED} {what}")


def sample(points, count, *what):
    """That many of the points, in their order; all of them in a torture run."""
    points = list(points)
    if TORTURE or count >= len(points):
        return points
    return [points[i] for i in sorted(dice(*what).sample(range(len(points)), count))]
