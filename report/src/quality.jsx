// Whether the numbers can be trusted: what the rows tell by themselves, and what the run told of its input.
import { NO_NAME, percent, slicesOf, sumText } from "./data.js";
import { Section } from "./widgets.jsx";

const count = (number, one, many = `${one}s`) => `${number.toLocaleString("en")} ${number === 1 ? one : many}`;

function reconciled({ reconciliation: sums }) {
  if (sums.checked === 0) return { state: "unknown", title: "Sums", text: "No Unallocated rows, so nothing to add up to the capacity." };
  const text = `Capacity = used + unallocated for ${count(sums.checked, "node and day", "nodes and days")}, to within ${sums.greatest.toExponential(1)} hours.`;
  if (sums.differing === 0) return { state: "good", title: "The sums add up", text };
  return { state: "bad", title: "The sums do not add up", text: `${count(sums.differing, "node and day", "nodes and days")} of ${sums.checked.toLocaleString("en")} differ, by up to ${sums.greatest.toLocaleString("en")} hours.` };
}

function input(run) {
  if (!run) return [];
  const sums = run.reconciliation;
  const out = [{
    state: sums.input_exact ? "good" : "bad", title: "Input and rows",
    text: `Input ${sums.input_cpu_core_hours.toFixed(4)} = rows ${sums.pod_rows_cpu_core_hours.toFixed(4)} + left out ${sums.left_out_cpu_core_hours.toFixed(4)} core-hours (${count(sums.left_out_rows_without_node, "row")} without a node): ${sums.input_exact ? "exact" : "DIFFERS"}.`,
  }];
  const bad = run.input.rows_anomalous;
  const repaired = run.input.rows_with_replaced_text;
  out.push({ state: bad > 0 ? "bad" : "good", title: "Anomalies", text: `${count(bad, "row")} with impossible measures dropped, ${count(repaired, "row")} with broken text repaired, of ${count(run.input.rows, "row")} read.` });
  const gone = run.superseded;
  out.push({ state: "good", title: "Superseded deliveries", text: gone.count === 0 ? "None." : `${count(gone.items.reduce((all, each) => all + each.rows, 0), "row")} of ${count(gone.count, "file")} left out, since newer ones hold the same days.`, list: gone.items.map((each) => `${each.file}: ${count(each.rows, "row")}`) });
  for (const text of run.warnings.items) out.push({ state: "warn", title: "Warning of the run", text });
  return out;
}

function gaps(data, cluster) {
  const out = [];
  const missing = data.dates.filter((_, day) => !(day in cluster.hours));
  out.push({ state: missing.length > 0 ? "warn" : "good", title: "Days", text: missing.length > 0 ? `${count(missing.length, "day")} between the first and the last without a row.` : `${count(cluster.dayCount, "day")} from ${data.dates[0]} to ${data.dates.at(-1)}, none missing.`, list: missing });
  const short = data.dates.filter((_, day) => cluster.hours[day] > 0 && cluster.hours[day] < 23.99);
  const run = cluster.run?.missing_hours;
  if (run?.count > 0) {
    out.push({ state: "warn", title: "Gaps in hours", text: `${count(run.count, "hour")} without any input.`, list: run.items });
  } else {
    out.push({ state: short.length > 0 ? "warn" : "good", title: "Gaps in hours", text: short.length > 0 ? `No node reports all 24 hours on ${count(short.length, "day")}.` : "On each day there is a node that reports all 24 hours.", list: short.map((date) => `${date}: ${cluster.hours[data.dates.indexOf(date)]} hours`) });
  }
  return out;
}

function unlabelled(cluster) {
  const [total] = slicesOf(cluster.total);
  const slices = slicesOf(cluster.unlabelled, NO_NAME.namespaces).sort((a, b) => b.value("cpu_used") - a.value("cpu_used"));
  const used = slices.reduce((all, slice) => all + slice.value("cpu_used"), 0);
  if (slices.length === 0) return { state: "good", title: "Unlabelled usage", text: "None: every pod has a label." };
  return { state: "warn", title: "Unlabelled usage", text: `${sumText(slices, "cpu_used")} core-hours and ${sumText(slices, "memory_used")} GiB-hours (${percent(used, total.value("cpu_used"))} of CPU) carry no label.`, list: slices.map((slice) => `${slice.name}: ${slice.text("cpu_used")} core-hours`) };
}

function folded(cluster) {
  const tables = [["namespaces", cluster.namespaces], ["nodes", cluster.nodes], ["claims", cluster.claims], ...cluster.labels.map((label) => [`values of label ${label.key}`, label.values])];
  const names = tables.filter(([, table]) => table.others !== null).map(([name]) => name);
  if (cluster.label_keys_left_out > 0) names.push("label keys");
  if (names.length === 0) return [];
  return [{ state: "info", title: "Names shown together", text: `More ${names.join(", ")} than a page holds: the first ones are shown, the rest is one line, “(all others)”. Totals are complete.` }];
}

export function checks(data, cluster) {
  return [reconciled(cluster), ...input(cluster.run), ...gaps(data, cluster), unlabelled(cluster), ...folded(cluster)];
}

export function verdictOf(found) {
  const bad = found.filter((check) => check.state === "bad").length;
  const warn = found.filter((check) => check.state === "warn").length;
  if (bad > 0) return { state: "bad", text: `${count(bad, "problem")} in the data` };
  return warn > 0 ? { state: "warn", text: `Sums add up, ${count(warn, "remark")}` } : { state: "good", text: "Sums add up" };
}

const SIGNS = { good: "✓", warn: "!", bad: "✕", unknown: "–", info: "i" };
const WORDS = { good: "Good", warn: "Look", bad: "Problem", unknown: "Not known", info: "Note" };

export function Quality({ cluster, found }) {
  return (
    <Section id="quality" title="Data quality">
      <div class="card">
        <ul class="checks">
          {found.map(({ state, title, text, list = [] }) => (
            <li class={state}>
              <span class="sign" aria-hidden="true">{SIGNS[state]}</span>
              <div>
                <strong><span class="visually-hidden">{WORDS[state]}: </span>{title}</strong>
                <p>{text}</p>
                {list.length > 0 && <details><summary>Show {list.length}<span class="visually-hidden">: {title}</span></summary><ul>{list.map((line) => <li>{line}</li>)}</ul></details>}
              </div>
            </li>
          ))}
        </ul>
        {!cluster.run && <p class="note">What was dropped, repaired or superseded is known to the run only: add it with <code>--run FILE</code>, the output of <code>costream run --output json</code>.</p>}
      </div>
    </Section>
  );
}
