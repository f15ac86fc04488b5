"""From results.json to table.md (printed too) and one plot a label encoding and number of threads. `report.py DIRECTORY`"""
import collections
import json
import pathlib
import statistics
import sys

import matplotlib

matplotlib.use("svg")
matplotlib.rcParams["svg.hashsalt"] = "costream"  # the same picture gives the same file
matplotlib.rcParams["svg.fonttype"] = "none"  # text stays text
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


def table(results):
    machines = sorted({f"{r['date']} on {r['machine']}" for r in results})
    lines = [f"Measured {'; '.join(machines)}. Medians; what is measured and how to read it: "
             "[benchmarks/README.md](../../benchmarks/README.md).", ""]
    for (labels, threads), cells in medians(results).items():
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


def short(value, _):
    """2M, 500K."""
    for size, letter in ((1e6, "M"), (1e3, "K")):
        if value >= size:
            return f"{value / size:g}{letter}"
    return f"{value:g}"


def plot(variant, cells, path):
    works = sorted({work for work, _ in cells})
    scales = sorted({rows for _, rows in cells})
    figure, axes = plt.subplots(2, len(works), figsize=(5.5 * len(works), 8), sharey="row", squeeze=False, layout="constrained")
    drawn = {}
    for column, work in enumerate(works):
        for row, (measure, scale, label) in enumerate((("wall_s", 1, "seconds"), ("peak_memory_bytes", 2 ** 20, "peak MiB"))):
            axis = axes[row][column]
            axis.set(xscale="log", yscale="log", xlabel="hourly pod rows", ylabel="" if column else label,
                     title=WORKS[work] if row == 0 else "")
            for peer, name in NAMES.items():
                points = [(rows, peers[peer][measure] / scale) for (w, rows), peers in cells.items()
                          if w == work and peer in peers and peers[peer][measure]]
                if points:
                    drawn[name], = axis.plot(*zip(*sorted(points)), marker="o", color=COLORS[peer])
            axis.set_xticks(scales)
            axis.set_xticks([], minor=True)
            axis.xaxis.set_major_formatter(short)
            axis.yaxis.set_major_formatter("{x:g}")
            axis.grid(True, which="both", alpha=0.25)
    figure.legend(drawn.values(), drawn.keys(), loc="outside lower center", ncols=3)
    figure.suptitle(f"{variant[0]} labels, {variant[1]} thread{'s' * (variant[1] > 1)}")
    figure.savefig(path, metadata={"Date": None} if path.suffix == ".svg" else None)
    plt.close(figure)


def main():
    directory = pathlib.Path(sys.argv[1])
    results = json.loads((directory / "results.json").read_text())["results"]
    text = table(results)
    for variant, cells in medians(results).items():
        name = f"{variant[0]}-{variant[1]}-threads.svg"
        plot(variant, cells, directory / name)
        text += f"\n![Time and peak memory over rows]({name})\n"
    (directory / "table.md").write_text(text)
    print(text)


if __name__ == "__main__":
    main()
