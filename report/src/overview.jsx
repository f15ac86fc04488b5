// The month at a glance, and its days.
import { UsageChart } from "./charts.jsx";
import { RESOURCES, percent, rate, slicesOf } from "./data.js";
import { Section } from "./widgets.jsx";

function Glance({ resource, total, dayCount }) {
  const { title, unit, rate: rateUnit, key } = RESOURCES[resource];
  const of = (name) => total.value(`${key}_${name}`);
  const capacity = of("capacity");
  const used = of("used");
  const reserved = of("effective") - used;
  const lines = [
    ["capacity", "Capacity", "What the nodes could have given"],
    ["requested", "Requested", "What pods reserved"],
    ["used", "Used", "What pods used"],
    ["unallocated", "Unallocated", "Capacity less use, of nodes that ran pods"],
  ];
  return (
    <article class="card glance" data-resource={resource}>
      <h3>{title}</h3>
      <p class="big"><strong>{percent(used, capacity)}</strong> of capacity used</p>
      <div class="bar" role="img" aria-label={`${percent(used, capacity)} used, ${percent(reserved, capacity)} requested but unused, the rest free`}>
        <span class="used" style={{ width: `${(100 * used) / capacity}%` }} />
        <span class="requested" style={{ width: `${(100 * reserved) / capacity}%` }} />
      </div>
      <ul class="key">
        <li><i class="used" />Used</li>
        <li><i class="requested" />Requested, unused {percent(reserved, capacity)}</li>
        <li><i class="idle" />Free {percent(capacity - used - reserved, capacity)}</li>
      </ul>
      <table class="numbers">
        <thead><tr><th scope="col"><span class="visually-hidden">Quantity</span></th><th scope="col" class="num">{unit}</th><th scope="col" class="num">≈ {rateUnit}</th><th scope="col" class="num">share</th></tr></thead>
        <tbody>
          {lines.map(([name, label, hint]) => (
            <tr>
              <th scope="row" title={hint}>{label}</th>
              <td class="num" data-total={`${key}_${name}`}>{total.text(`${key}_${name}`)}</td>
              <td class="num soft">{rate(of(name) / (24 * dayCount))}</td>
              <td class="num soft">{percent(of(name), capacity)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </article>
  );
}

export function Overview({ cluster, verdict }) {
  const [total] = slicesOf(cluster.total);
  const [storage] = slicesOf(cluster.storage);
  const counts = [
    [cluster.nodes.names.length, "nodes"], [cluster.namespaces.names.length, "namespaces"], [cluster.claims.names.length, "volume claims"],
    [cluster.rows.pod + cluster.rows.storage + cluster.rows.unallocated, "rows"],
  ];
  return (
    <Section id="glance" title="The month at a glance">
      <div class="cards">
        {Object.keys(RESOURCES).map((resource) => <Glance resource={resource} total={total} dayCount={cluster.dayCount} />)}
        <article class="card glance" data-resource="storage">
          <h3>Storage</h3>
          {storage ? (
            <>
              <p class="big"><strong>{percent(storage.value("used"), storage.value("capacity"))}</strong> of volumes used</p>
              <div class="bar" role="img" aria-label={`${percent(storage.value("used"), storage.value("capacity"))} used`}>
                <span class="used" style={{ width: `${(100 * storage.value("used")) / storage.value("capacity")}%` }} />
              </div>
              <ul class="key"><li><i class="used" />Used</li><li><i class="idle" />Free</li></ul>
              <table class="numbers">
                <thead><tr><th scope="col"><span class="visually-hidden">Quantity</span></th><th scope="col" class="num">GiB-months</th></tr></thead>
                <tbody>
                  {[["capacity", "Capacity"], ["requested", "Requested"], ["used", "Used"]].map(([name, label]) => (
                    <tr><th scope="row">{label}</th><td class="num" data-total={`storage_${name}`}>{storage.text(name)}</td></tr>
                  ))}
                </tbody>
              </table>
            </>
          ) : <p class="soft">No volume claims.</p>}
        </article>
      </div>
      <p class="counts">
        {counts.map(([count, name]) => <span><strong>{count.toLocaleString("en")}</strong> {name}</span>)}
        <a href="#quality" class={`verdict ${verdict.state}`}>{verdict.text}</a>
      </p>
    </Section>
  );
}

export function Daily({ data, cluster }) {
  const [total] = slicesOf(cluster.total);
  return (
    <Section id="daily" title="Daily use against capacity">
      <div class="pair">
        {Object.entries(RESOURCES).map(([resource, { title }]) => (
          <div class="card"><UsageChart data={data} slice={total} resource={resource} title={title} capacity /></div>
        ))}
      </div>
    </Section>
  );
}
