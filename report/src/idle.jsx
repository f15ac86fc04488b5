// What nodes could have given and did not.
import { useMemo, useState } from "preact/hooks";
import { RankChart, largest } from "./charts.jsx";
import { RESOURCES, percent, slicesOf, sumText } from "./data.js";
import { DataTable, Search, matches } from "./table.jsx";
import { ResourceChoice, Section, Share } from "./widgets.jsx";

export function Idle({ data, cluster }) {
  const [resource, setResource] = useState("cpu");
  const [search, setSearch] = useState("");
  const { unit, key, title } = RESOURCES[resource];
  const all = useMemo(() => slicesOf(cluster.nodes), [cluster]);
  const found = useMemo(() => all.filter((slice) => matches(slice.name, search)), [all, search]);
  const idle = (slice) => slice.value(`${key}_unallocated`);
  const capacity = (slice) => slice.value(`${key}_capacity`);
  const shareOf = (slice) => (capacity(slice) > 0 ? (100 * idle(slice)) / capacity(slice) : 0);
  const ranked = useMemo(() => largest(found, idle), [found, key]);
  const columns = useMemo(() => [
    { id: "name", title: "Node", text: true, value: (s) => s.name, cell: (s) => s.name, csv: (s) => s.name },
    ...[["capacity", "Capacity", true], ["used", "Used"], ["unallocated", "Unallocated"]].map(([id, heading, wide]) => ({
      id, title: heading, hint: unit, wide, value: (s) => s.value(`${key}_${id}`), cell: (s) => s.text(`${key}_${id}`), csv: (s) => s.exact(`${key}_${id}`), sum: (rows) => sumText(rows, `${key}_${id}`),
    })),
    { id: "share", title: "Idle", hint: "Unallocated of capacity", value: shareOf, cell: (s) => <Share part={idle(s)} whole={capacity(s)} />, csv: (s) => percent(idle(s), capacity(s)) },
    { id: "unrequested", title: "Not even requested", wide: true, hint: "Capacity less the greater of used and requested, of capacity", value: (s) => s.value(`${key}_unallocated_effective`) / (capacity(s) || 1), cell: (s) => percent(s.value(`${key}_unallocated_effective`), capacity(s)), csv: (s) => percent(s.value(`${key}_unallocated_effective`), capacity(s)) },
  ], [key]);
  return (
    <Section id="idle" title="Idle capacity by node" lead="What each node could have given and no pod used." tools={<ResourceChoice value={resource} onChange={setResource} />}>
      <div class="card">
        <div class="controls"><Search label="Search nodes" value={search} onInput={setSearch} shown={found.length} all={all.length} /></div>
        <RankChart slices={ranked} value={idle} text={(s) => `${s.text(`${key}_unallocated`)} (${percent(idle(s), capacity(s))} of its capacity)`} title={`Most idle ${title}, ${unit}`} head={["Node", "Unallocated"]} series="idle" />
        <DataTable key={resource} caption={`Idle capacity by node, ${unit}`} columns={columns} rows={found} order={{ id: "unallocated", down: true }} file={`${data.month}-idle-${key}.csv`} />
      </div>
    </Section>
  );
}
