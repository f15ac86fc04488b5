# %% [markdown]
# # From usage reports to a plot of use against capacity
# Run it as a script (`python docs/tutorial.py`), or cell by cell in an editor that knows `# %%`. It needs the package with
# pandas, and matplotlib; it makes up its data below the folder OUT (default: `tutorial`).

# %% A cluster month, made up: hourly and daily tables of pods, storage and labels, and reference data.
import os
import pathlib

import matplotlib

matplotlib.use("Agg")  # files, no window
import matplotlib.pyplot as plt
import pandas as pd

import costream

out = pathlib.Path(os.environ.get("OUT", "tutorial"))
if not (out / "month").exists():
    print(costream.generate(out / "month", rows=200_000, seed=7))

# %% What a run would read, before it reads.
plan = costream.plan(out / "month", reference=out / "month/reference.json")
for table in plan["read"]:
    print(f"{table['granularity']:>8} {table['report']:<18}{table['files']:>4} files {table['rows']:>8} rows")

# %% The run. Without `to` the result holds the rows; the totals of the input and of the rows are the same, exactly.
result = costream.run(out / "month", reference=out / "month/reference.json")
print(result.rows, result.seconds["total"], "s")
assert result.reconciliation["input_exact"] and result.reconciliation["capacity_ok"]
rows = result.to_pandas()
rows["usage_start"] = pd.to_datetime(rows["usage_start"])

# %% Three kinds of rows: Pod and Storage rows say so; Unallocated rows are Pod rows without pod labels.
unallocated = rows[(rows["data_source"] == "Pod") & rows["pod_labels"].isna()]
pods = rows[(rows["data_source"] == "Pod") & rows["pod_labels"].notna()]
print(pods.groupby("namespace")["pod_usage_cpu_core_hours"].sum().nlargest(5))

# %% Use, request and capacity of the cluster by day; the idle share is what no pod used.
days = pods.groupby("usage_start").agg(used=("pod_usage_cpu_core_hours", "sum"), requested=("pod_request_cpu_core_hours", "sum"),
                                       capacity=("cluster_capacity_cpu_core_hours", "max"))
days["idle share"] = 1 - days["used"] / days["capacity"]
print(days.describe().loc[["min", "mean", "max"]])

# %% The same idle core-hours from the other side: the Unallocated rows, node by node.
idle = unallocated.groupby("usage_start")["pod_usage_cpu_core_hours"].sum()
nodes_in_use = unallocated.groupby("usage_start")["node_capacity_cpu_core_hours"].sum()
assert ((nodes_in_use - idle) - days["used"]).abs().max() < 1e-6 * days["used"].max()

# %% The plot.
figure, (above, below) = plt.subplots(2, 1, figsize=(9, 6), sharex=True, height_ratios=[2, 1])
above.fill_between(days.index, days["capacity"], color="0.9", label="capacity")
above.plot(days.index, days["requested"], color="tab:orange", label="requested")
above.plot(days.index, days["used"], color="tab:blue", label="used")
above.set_ylabel("core-hours a day")
above.set_ylim(bottom=0)
above.legend(loc="lower right")
below.bar(days.index, 100 * days["idle share"], color="0.6")
below.set_ylabel("idle, %")
below.set_ylim(0, 100)
figure.autofmt_xdate()
figure.tight_layout()
figure.savefig(out / "use-and-capacity.png", dpi=120)
print("see", out / "use-and-capacity.png")
