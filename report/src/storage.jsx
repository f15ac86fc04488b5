// Volume claims, by class and alone.
import { useMemo, useState } from "preact/hooks";
import { ThreeBars } from "./charts.jsx";
import { NO_NAME, percent, slicesOf, sumText } from "./data.js";
import { DataTable, Search, matches } from "./table.jsx";
import { Section, Share } from "./widgets.jsx";

const storageColumns = (first) => [
  ...first,
  ...[["capacity", "Capacity"], ["requested", "Requested"], ["used", "Used"]].map(([id, title]) => ({
    id, title, hint: "GiB-months", wide: id === "requested", value: (s) => s.value(id), cell: (s) => s.text(id), csv: (s) => s.exact(id), sum: (rows) => sumText(rows, id),
  })),
  { id: "share", title: "Used of capacity", wide: true, value: (s) => s.value("used") / (s.value("capacity") || 1e300), cell: (s) => <Share part={s.value("used")} whole={s.value("capacity")} />, csv: (s) => percent(s.value("used"), s.value("capacity")) },
];

export function Storage({ data, cluster }) {
  const [search, setSearch] = useState("");
  const classes = useMemo(() => slicesOf(cluster.classes, NO_NAME.classes), [cluster]);
  const claims = useMemo(() => slicesOf(cluster.claims).map((slice) => {
    const [namespace, claim = ""] = slice.name.split("\n");
    return Object.assign(slice, { namespace, claim, storageClass: cluster.claim_classes[slice.index] ?? NO_NAME.classes, name: `${namespace} / ${claim}` });
  }), [cluster]);
  const found = useMemo(() => claims.filter((slice) => matches(`${slice.name} ${slice.storageClass}`, search)), [claims, search]);
  const classColumns = useMemo(() => storageColumns([{ id: "name", title: "Storage class", text: true, value: (s) => s.name, cell: (s) => s.name, csv: (s) => s.name }]), []);
  const claimColumns = useMemo(() => storageColumns([
    { id: "claim", title: "Claim", text: true, value: (s) => s.claim, cell: (s) => s.claim, csv: (s) => s.claim },
    { id: "namespace", title: "Namespace", text: true, wide: true, value: (s) => s.namespace, cell: (s) => s.namespace, csv: (s) => s.namespace },
    { id: "class", title: "Class", text: true, wide: true, value: (s) => s.storageClass, cell: (s) => s.storageClass, csv: (s) => s.storageClass },
  ]), []);
  if (claims.length === 0) return null;
  return (
    <Section id="storage" title="Storage" lead="Volume claims by class: what was asked for, what they hold, what is on them. Claims on several nodes count on each with their part.">
      <div class="pair">
        <div class="card">
          <ThreeBars slices={classes} places={4} title="By storage class, GiB-months" head="Class" />
        </div>
        <div class="card">
          <DataTable caption="Storage by class, GiB-months" columns={classColumns} rows={classes} order={{ id: "capacity", down: true }} file={`${data.month}-storage-classes.csv`} />
        </div>
      </div>
      <div class="card">
        <div class="controls"><Search label="Search claims" value={search} onInput={setSearch} shown={found.length} all={claims.length} /></div>
        <DataTable caption="Storage by claim, GiB-months" columns={claimColumns} rows={found} order={{ id: "capacity", down: true }} file={`${data.month}-storage-claims.csv`} />
      </div>
    </Section>
  );
}
