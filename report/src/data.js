// The data of the page, as docs/report.md describes it, with names and numbers within reach.
import { shown, toUnits } from "./decimal.js";

export const NO_NAME = { namespaces: "(no namespace)", classes: "(no class)" };

// A slice of a table: a namespace, a node, a value of a label, a claim.
class Slice {
  constructor(table, index, name) {
    this.table = table;
    this.index = index;
    this.name = name;
  }
  // For order and charts.
  value(measure) {
    return Number(this.table.total[measure][this.index]);
  }
  units(measure) {
    return toUnits(this.table.total[measure][this.index]);
  }
  text(measure) {
    return shown(this.units(measure), this.table.places);
  }
  exact(measure) {
    return this.table.total[measure][this.index];
  }
  // By day, in 10^-places.
  days(measure, count) {
    const days = this.table.by_day[measure][this.index];
    return Array.from({ length: count }, (_, day) => days[day] ?? 0);
  }
}

// The slices of a table; `unnamed` is shown for a name that is null.
export function slicesOf(table, unnamed = "(none)") {
  return table.names.map(
    (name, index) =>
      new Slice(table, index, index === table.others ? "(all others)" : (name ?? unnamed) || "(empty)"),
  );
}

export const sum = (slices, measure) => slices.reduce((all, slice) => all + slice.units(measure), 0n);
export const sumText = (slices, measure) => shown(sum(slices, measure), slices[0]?.table.places ?? 2);

export const clusterName = (cluster) => cluster.cluster_alias ?? cluster.cluster_id ?? cluster.source;

export const RESOURCES = {
  cpu: { title: "CPU", unit: "core-hours", rate: "cores", key: "cpu" },
  memory: { title: "Memory", unit: "GiB-hours", rate: "GiB", key: "memory" },
};

export function readData() {
  const data = JSON.parse(document.getElementById("data").textContent);
  const [first, last] = [data.first_day, data.last_day].map((day) => Date.parse(`${day}T00:00:00Z`) / 86400000);
  data.dates = Array.from({ length: last - first + 1 }, (_, day) => new Date((first + day) * 86400000).toISOString().slice(0, 10));
  for (const cluster of data.clusters) cluster.dayCount = Object.keys(cluster.hours).length;
  return data;
}

export const percent = (part, whole) => (whole > 0 ? `${((100 * part) / whole).toFixed(1)} %` : "–");

// 12345.6 is "12.3k": of axes only.
const COMPACT = new Intl.NumberFormat("en", { notation: "compact", maximumFractionDigits: 1 });
export const compact = (value) => COMPACT.format(value);

const RATE = new Intl.NumberFormat("en", { maximumSignificantDigits: 3 });
export const rate = (value) => RATE.format(value);
