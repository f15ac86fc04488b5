// Usage by namespace, node or label.
import { useMemo, useState } from "preact/hooks";
import { PartsChart, UsageChart } from "./charts.jsx";
import { NO_NAME, RESOURCES, percent, slicesOf, sumText } from "./data.js";
import { DataTable, Search, matches } from "./table.jsx";
import { Choice, ResourceChoice, Section, Share } from "./widgets.jsx";

const usageColumns = (key, unit, all) => [
  { id: "name", title: "Name", text: true, value: (s) => s.name, cell: (s) => s.name, csv: (s) => s.name },
  ...[["used", "Used"], ["requested", "Requested"]].map(([id, title]) => ({
    id, title, hint: unit, value: (s) => s.value(`${key}_${id}`), cell: (s) => s.text(`${key}_${id}`), csv: (s) => s.exact(`${key}_${id}`), sum: (rows) => sumText(rows, `${key}_${id}`),
  })),
  { id: "limit", title: "Limit", hint: unit, wide: true, value: (s) => s.value(`${key}_limit`), cell: (s) => s.text(`${key}_limit`), csv: (s) => s.exact(`${key}_limit`), sum: (rows) => sumText(rows, `${key}_limit`) },
  { id: "efficiency", title: "Used of requested", wide: true, value: (s) => s.value(`${key}_used`) / (s.value(`${key}_requested`) || 1e-300), cell: (s) => percent(s.value(`${key}_used`), s.value(`${key}_requested`)), csv: (s) => percent(s.value(`${key}_used`), s.value(`${key}_requested`)) },
  { id: "share", title: "Share of use", wide: true, value: (s) => s.value(`${key}_used`), cell: (s) => <Share part={s.value(`${key}_used`)} whole={all} />, csv: (s) => percent(s.value(`${key}_used`), all) },
];

export function Explore({ data, cluster }) {
  const [resource, setResource] = useState("cpu");
  const [measure, setMeasure] = useState("used");
  const [by, setBy] = useState("namespaces");
  const [search, setSearch] = useState("");
  const [selected, setSelected] = useState(null);
  const { unit, key } = RESOURCES[resource];
  const label = cluster.labels.find((each) => `label:${each.key}` === by);
  const all = useMemo(() => slicesOf(label ? label.values : cluster[by], NO_NAME[by]), [cluster, by]);
  const found = useMemo(() => all.filter((slice) => matches(slice.name, search)), [all, search]);
  const [total] = slicesOf(cluster.total);
  const used = total.value(`${key}_used`);
  const columns = useMemo(() => usageColumns(key, unit, used), [key, used]);
  const what = label ? `values of label ${label.key}` : by;
  const change = (to) => {
    setBy(to);
    setSearch("");
    setSelected(null);
  };
  return (
    <Section id="explore" title="Where it goes"
      lead="Usage of pods by namespace, node or label. Choose a row to see it alone."
      tools={<><ResourceChoice value={resource} onChange={setResource} /><Choice label="Measure" value={measure} onChange={setMeasure} options={{ used: "Used", requested: "Requested" }} /></>}>
      <div class="card">
        <div class="controls">
          <label class="select">
            <span>Slice by</span>
            <select value={by} onChange={(event) => change(event.currentTarget.value)}>
              <option value="namespaces">Namespace</option>
              <option value="nodes">Node</option>
              {cluster.labels.length > 0 && (
                <optgroup label="Label">
                  {cluster.labels.map((each) => <option value={`label:${each.key}`}>{each.key}</option>)}
                </optgroup>
              )}
            </select>
          </label>
          <Search label={`Search ${what}`} value={search} onInput={setSearch} shown={found.length} all={all.length} />
        </div>
        {selected ? (
          <UsageChart key={`${by}/${selected.name}/${resource}`} data={data} slice={selected} resource={resource} title={selected.name} />
        ) : (
          <PartsChart data={data} slices={found} resource={resource} measure={measure} title={`${RESOURCES[resource].title} ${measure} by ${label ? label.key : by.slice(0, -1)}, ${unit} a day`} />
        )}
        <DataTable key={`${by}/${resource}`} caption={`Usage by ${what}, ${unit}`} columns={columns} rows={found} order={{ id: measure, down: true }} selected={selected} onSelect={setSelected} file={`${data.month}-${by.replace(":", "-")}-${key}.csv`} />
        {label && <p class="note">Pods without this label are in no row: {percent(used - all.reduce((sum, slice) => sum + slice.value(`${key}_used`), 0), used)} of the use.</p>}
      </div>
    </Section>
  );
}
