"""Two lists of summary rows as multisets: texts equal, labels equal as JSON, measures within the tolerance."""
import json

from support import JSON_COLUMNS, OUT_KEYS, OUT_MEASURES, near


def exact(row):
    key = []
    for column in OUT_KEYS:
        value = row[column]
        if column in JSON_COLUMNS and value is not None:
            value = json.dumps(json.loads(value) if isinstance(value, str) else value, sort_keys=True)
        key.append((column, value))
    return tuple(key)


def scale_of(row, column):
    """A difference carries the rounding of what it was made from."""
    if row["data_source"] == "Pod" and row["pod_labels"] is None and column.startswith("pod_"):
        unit = "cpu_core" if "cpu" in column else "memory_gigabyte"
        whole, rest = float(row[f"node_capacity_{unit}_hours"] or 0), float(row[column] or 0)
        return max(abs(whole), abs(whole - rest))
    return 0.0


def off(want, have):
    return [c for c in OUT_MEASURES if not near(want[c], have[c], scale_of(want, c))]


def assert_same_rows(want, have):
    """`want` from the oracle (fractions), `have` from an output."""
    left, right = {}, {}
    for rows, into in ((want, left), (have, right)):
        for row in rows:
            into.setdefault(exact(row), []).append(row)
    problems = [f"missing {dict(k)}" for k in left if k not in right]
    problems += [f"not expected {dict(k)}" for k in right if k not in left]
    for key in left.keys() & right.keys():
        rest = list(right[key])
        for row in left[key]:
            match = next((r for r in rest if not off(row, r)), None)
            if match is not None:
                rest.remove(match)
            else:
                values = {c: (float(row[c]) if row[c] is not None else None, [r[c] for r in rest])
                          for c in (off(row, rest[0]) if rest else [])}
                problems.append(f"values of {dict(key)}: {values}")
        problems += [f"one row too many of {dict(key)}"] * max(0, len(right[key]) - len(left[key]))
    assert not problems, f"{len(problems)} differences:\n" + "\n".join(problems[:8])
