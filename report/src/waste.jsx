// What namespaces requested and did not use, and what would do.
import { useMemo, useState } from "preact/hooks";
import { RankChart, largest } from "./charts.jsx";
import { NO_NAME, RESOURCES, percent, rate, slicesOf, sum } from "./data.js";
import { shown } from "./decimal.js";
import { DataTable, Search, matches } from "./table.jsx";
import { ResourceChoice, Section, Share } from "./widgets.jsx";

// Above the day on which the most of the requests was used, so that it fits, with room.
const HEADROOM = 1.2;

// What a namespace requests and would need, in cores or GiB on average; `tightest`: the largest share of its requests
// that it used on a day.
function sizing(slice, key, { dates, dayCount }) {
  const used = slice.days(`${key}_used`, dates.length);
  const asked = slice.days(`${key}_requested`, dates.length);
  const tightest = Math.max(...used.map((hours, day) => (asked[day] > 0 ? hours / asked[day] : 0)));
  const requested = slice.value(`${key}_requested`) / (24 * dayCount);
  const needed = requested > 0 ? HEADROOM * tightest * requested : (HEADROOM * slice.value(`${key}_used`)) / (24 * dayCount);
  return { requested, needed, tightest };
}

function hint({ requested, needed, tightest }, unit) {
  if (requested === 0) return needed > 0 ? [`Request ${rate(needed)} ${unit}`, "raise"] : ["–", ""];
  if (needed < 0.95 * requested) return [`Lower by ${rate(requested - needed)} ${unit}`, "lower"];
  return tightest > 1.05 ? [`Raise by ${rate(needed - requested)} ${unit}`, "raise"] : ["Fits", "fits"];
}

export function Waste({ data, cluster }) {
  const [resource, setResource] = useState("cpu");
  const [search, setSearch] = useState("");
  const { unit, key, title, rate: rateUnit } = RESOURCES[resource];
  const all = useMemo(() => slicesOf(cluster.namespaces, NO_NAME.namespaces).filter((slice) => slice.table.others !== slice.index), [cluster]);
  const found = useMemo(() => all.filter((slice) => matches(slice.name, search)), [all, search]);
  const units = (slice) => slice.units(`${key}_effective`) - slice.units(`${key}_used`);
  const unused = (slice) => slice.value(`${key}_effective`) - slice.value(`${key}_used`);
  const ranked = useMemo(() => largest(found, unused), [found, key]);
  const columns = useMemo(() => {
    const sizes = new Map(all.map((slice) => [slice, sizing(slice, key, { dates: data.dates, dayCount: cluster.dayCount })]));
    return [
      { id: "name", title: "Namespace", text: true, value: (s) => s.name, cell: (s) => s.name, csv: (s) => s.name },
      { id: "unused", title: "Unused", hint: `Requested but unused, ${unit}`, value: unused, cell: (s) => shown(units(s), 2), csv: (s) => shown(units(s), 2).replaceAll(",", "").replace("−", "-"), sum: (rows) => shown(sum(rows, `${key}_effective`) - sum(rows, `${key}_used`), 2) },
      { id: "share", title: "Of its requests", wide: true, value: (s) => unused(s) / (s.value(`${key}_requested`) || 1e300), cell: (s) => <Share part={unused(s)} whole={s.value(`${key}_requested`)} />, csv: (s) => percent(unused(s), s.value(`${key}_requested`)) },
      { id: "requested", title: "Requests", wide: true, hint: `On average, ${rateUnit}`, value: (s) => sizes.get(s).requested, cell: (s) => `${rate(sizes.get(s).requested)} ${rateUnit}`, csv: (s) => rate(sizes.get(s).requested) },
      { id: "needed", title: "Would do", wide: true, hint: `Its tightest day and 20 %, ${rateUnit}`, value: (s) => sizes.get(s).needed, cell: (s) => `${rate(sizes.get(s).needed)} ${rateUnit}`, csv: (s) => rate(sizes.get(s).needed) },
      { id: "hint", title: "Right-sizing", value: (s) => sizes.get(s).requested - sizes.get(s).needed, cell: (s) => { const [text, state] = hint(sizes.get(s), rateUnit); return <span class={`hint ${state}`}>{text}</span>; }, csv: (s) => hint(sizes.get(s), rateUnit)[0] },
    ];
  }, [all, key]);
  return (
    <Section id="waste" title="Requested but unused" tools={<ResourceChoice value={resource} onChange={setResource} />}
      lead="Hour by hour, what pods reserved beyond what they used. The hint takes the day on which the namespace used the most of its requests and adds 20 %; peaks within a day can be higher, so look before you cut.">
      <div class="card">
        <div class="controls"><Search label="Search namespaces with waste" value={search} onInput={setSearch} shown={found.length} all={all.length} /></div>
        <RankChart slices={ranked} value={unused} text={(s) => shown(units(s), 2)} title={`Most unused ${title}, ${unit}`} head={["Namespace", "Unused"]} series="requested" />
        <DataTable key={resource} caption={`Requested but unused by namespace, ${unit}`} columns={columns} rows={found} order={{ id: "unused", down: true }} file={`${data.month}-unused-${key}.csv`} />
      </div>
    </Section>
  );
}
