// Clusters side by side, where there are several.
import { useMemo, useState } from "preact/hooks";
import { ThreeBars } from "./charts.jsx";
import { RESOURCES, clusterName, percent, slicesOf, sumText } from "./data.js";
import { DataTable } from "./table.jsx";
import { ResourceChoice, Section, Share } from "./widgets.jsx";

export function Clusters({ data, onSelect }) {
  const [resource, setResource] = useState("cpu");
  const { unit, key, title } = RESOURCES[resource];
  const slices = useMemo(() => data.clusters.map((cluster) => Object.assign(slicesOf(cluster.total)[0], { name: clusterName(cluster), cluster })), [data]);
  const columns = useMemo(() => [
    { id: "name", title: "Cluster", text: true, value: (s) => s.name, cell: (s) => s.name, csv: (s) => s.name },
    ...[["capacity", "Capacity"], ["requested", "Requested"], ["used", "Used"], ["unallocated", "Unallocated"]].map(([id, heading]) => ({
      id, title: heading, hint: unit, value: (s) => s.value(`${key}_${id}`), cell: (s) => s.text(`${key}_${id}`), csv: (s) => s.exact(`${key}_${id}`), sum: (rows) => sumText(rows, `${key}_${id}`),
    })),
    { id: "share", title: "Used of capacity", value: (s) => s.value(`${key}_used`) / (s.value(`${key}_capacity`) || 1e300), cell: (s) => <Share part={s.value(`${key}_used`)} whole={s.value(`${key}_capacity`)} />, csv: (s) => percent(s.value(`${key}_used`), s.value(`${key}_capacity`)) },
  ], [key]);
  return (
    <Section id="clusters" title="Clusters side by side" lead="Choose one to see it below." tools={<ResourceChoice value={resource} onChange={setResource} />}>
      <div class="card">
        <ThreeBars slices={slices} prefix={`${key}_`} places={2} title={`${title}, ${unit}`} head="Cluster" />
        <DataTable key={resource} caption={`Clusters, ${unit}`} columns={columns} rows={slices} order={{ id: "capacity", down: true }} onSelect={(slice) => slice && onSelect(slice.cluster)} file={`${data.month}-clusters-${key}.csv`} />
      </div>
    </Section>
  );
}
