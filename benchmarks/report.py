"""From results.json to table.md (printed too) and one plot a label encoding and number of threads. `report.py DIRECTORY`"""
import collections
import json
import pathlib
import statistics
import sys

import matplotlib

matplotlib.use("svg")
matplotlib.rcParams["svg.hashsalt"] = "costream"  # the same picture gives the same file
import matplotlib.pyplot as plt  # noqa: E402

NAMES = {"costream": "costream", "scan": "Arrow scan, thrown away", "duckdb": "DuckDB", "duckdb-by-day": "DuckDB, day by day",
         "polars": "Polars", "postgres": "PostgreSQL: load, index, SQL"}
COLORS = dict(zip(NAMES, ["#c1272d", "#888888", "#0000a7", "#5fa0e0", "#008176", "#b37b00"]))
WORKS = {"A": "A: Pod + Unallocated from hourly tables", "B": "B: full summary, usage from daily tables"}


def medians(results):
    """{(labels, threads): {(work, rows): {peer: result with the medians over the runs}}}"""
    runs = collections.defaultdict(list)
    for r in results:
        runs[(r["labels"], r["threads"]), (r["work"], r["rows"]), r["peer"]].append(r)
    found = collections.defaultdict(lambda: collections.defaultdict(dict))
    for (variant, cell, peer), several in sorted(runs.items(), key=lambda item: (item[0][:2], list(NAMES).index(item[0][2]))):
        median = {name: statistics.median(r[name] for r in several) if several[0][name] is not None else None
                  for name in ("wall_s", "cpu_s", "peak_memory_bytes", "rows_per_s")}
        walls = [r["wall_s"] for r in several]
        found[variant][cell][peer] = {**several[0], **median, "least": min(walls), "most": max(walls), "runs": len(several)}
    return found


def ratio(peers, of, to):
    return f"{of['wall_s'] / peers[to]['wall_s']:.2f}" if to in peers else "–"


def table(document):
    machine = document["machine"]
    lines = [f"Measured on {document['date']}: {machine['cpus']} × {machine['cpu']}, {machine['memory_bytes'] / 2 ** 30:.0f} GiB, "
             f"{machine['system']}. Medians; time and memory as [benchmarks/README.md](../../benchmarks/README.md) says.", ""]
    for (labels, threads), cells in medians(document["results"]).items():
        for (work, rows), peers in cells.items():
            first = next(iter(peers.values()))
            lines += [f"**{WORKS[work]}** — {rows:,} hourly pod rows, {labels} labels, {threads} thread{'s' * (threads > 1)}; "
                      f"{first['rows_in']:,} rows in, {max(r['rows_out'] for r in peers.values()):,} out, {first['runs']} runs", "",
                      "| | version | wall s | least–most | CPU s | peak MiB | rows/s | time / scan | time / DuckDB |",
                      "|---|---|--:|--:|--:|--:|--:|--:|--:|"]
            for peer, r in peers.items():
                memory = f"{r['peak_memory_bytes'] / 2 ** 20:,.0f}" if r["peak_memory_bytes"] else "–"
                lines.append(f"| {NAMES[peer]} | {r['version']} | {r['wall_s']:.3f} | {r['least']:.3f}–{r['most']:.3f} | "
                             f"{r['cpu_s']:.2f} | {memory} | {r['rows_per_s']:,.0f} | {ratio(peers, r, 'scan')} | "
                             f"{ratio(peers, r, 'duckdb')} |")
            lines.append("")
    return "\n".join(lines)


def plot(variant, cells, path):
    works = sorted({work for work, _ in cells})
    figure, axes = plt.subplots(2, len(works), figsize=(5.5 * len(works), 8), squeeze=False, layout="constrained")
    for column, work in enumerate(works):
        for row, (measure, scale, label) in enumerate((("wall_s", 1, "seconds"), ("peak_memory_bytes", 2 ** 20, "peak MiB"))):
            axis = axes[row][column]
            for peer, name in NAMES.items():
                points = [(rows, peers[peer][measure] / scale) for (w, rows), peers in cells.items()
                          if w == work and peer in peers and peers[peer][measure]]
                if points:
                    axis.plot(*zip(*sorted(points)), marker="o", label=name, color=COLORS[peer])
            axis.set(xscale="log", yscale="log", xlabel="hourly pod rows", ylabel=label, title=WORKS[work] if row == 0 else "")
            axis.grid(True, which="both", alpha=0.25)
    axes[0][0].legend(fontsize="small")
    figure.suptitle(f"{variant[0]} labels, {variant[1]} thread{'s' * (variant[1] > 1)}")
    figure.savefig(path, metadata={"Date": None})
    plt.close(figure)


def main():
    directory = pathlib.Path(sys.argv[1])
    document = json.loads((directory / "results.json").read_text())
    text = table(document)
    for variant, cells in medians(document["results"]).items():
        name = f"{variant[0]}-{variant[1]}-threads.svg"
        plot(variant, cells, directory / name)
        text += f"\n![Time and peak memory over rows]({name})\n"
    (directory / "table.md").write_text(text)
    print(text)


if __name__ == "__main__":
    main()
