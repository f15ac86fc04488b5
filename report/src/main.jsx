// The page: its parts in order. Where its numbers come from: docs/report.md.
import { render } from "preact";
import { useEffect, useMemo, useState } from "preact/hooks";
import { themeChanged } from "./chart.jsx";
import { Clusters } from "./clusters.jsx";
import { clusterName, readData } from "./data.js";
import { Explore } from "./explore.jsx";
import { Idle } from "./idle.jsx";
import { Daily, Overview } from "./overview.jsx";
import { Quality, checks, verdictOf } from "./quality.jsx";
import { Storage } from "./storage.jsx";
import { Waste } from "./waste.jsx";
import { Choice } from "./widgets.jsx";

const THEMES = { auto: "Auto", light: "Light", dark: "Dark" };
const setTheme = (theme) => {
  document.documentElement.dataset.theme = theme;
  themeChanged();
};

// Paper is white, whatever the screen is.
function usePrintInLight(theme) {
  useEffect(() => {
    const before = () => setTheme("light");
    const after = () => setTheme(theme);
    addEventListener("beforeprint", before);
    addEventListener("afterprint", after);
    return () => {
      removeEventListener("beforeprint", before);
      removeEventListener("afterprint", after);
    };
  }, [theme]);
}

const LINKS = { glance: "At a glance", daily: "Daily", explore: "Where it goes", idle: "Idle", waste: "Unused requests", storage: "Storage", quality: "Data quality" };
const monthName = new Intl.DateTimeFormat("en", { month: "long", year: "numeric", timeZone: "UTC" });

function App({ data }) {
  const [theme, chooseTheme] = useState("auto");
  const [cluster, setCluster] = useState(data.clusters[0]);
  const found = useMemo(() => checks(data, cluster), [cluster]);
  useEffect(() => setTheme(theme), [theme]);
  useEffect(() => {
    const media = matchMedia("(prefers-color-scheme: dark)");
    media.addEventListener("change", themeChanged);
    return () => media.removeEventListener("change", themeChanged);
  }, []);
  usePrintInLight(theme);
  const live = location.protocol.startsWith("http");  // a server has the other months
  const several = data.clusters.length > 1;
  const title = monthName.format(new Date(data.first_day));
  useEffect(() => {
    document.title = `${clusterName(cluster)}, ${title} · costream`;
  }, [cluster]);
  return (
    <>
      <a class="skip" href="#content">Skip to the content</a>
      <header class="top">
        <div class="inner">
          <p class="brand">
            <svg viewBox="0 0 16 16" width="26" height="26" aria-hidden="true"><rect width="16" height="16" rx="4" /><path d="M3 11l3-4 3 2 4-5" /></svg>
            costream
          </p>
          <div class="heading">
            <h1>{clusterName(cluster)}</h1>
            <p>{title} · {data.dates[0]} to {data.dates.at(-1)}</p>
          </div>
          <div class="tools">
            {live && data.months.length > 1 && (
              <label class="select"><span>Month</span>
                <select value={data.month} onChange={(event) => { location.search = `?month=${event.currentTarget.value}`; }}>
                  {data.months.map((each) => <option value={each}>{monthName.format(new Date(each))}</option>)}
                </select>
              </label>
            )}
            {several && (
              <label class="select"><span>Cluster</span>
                <select value={data.clusters.indexOf(cluster)} onChange={(event) => setCluster(data.clusters[event.currentTarget.value])}>
                  {data.clusters.map((each, i) => <option value={i}>{clusterName(each)}</option>)}
                </select>
              </label>
            )}
            <Choice label="Colours" value={theme} options={THEMES} onChange={chooseTheme} />
            <button type="button" class="quiet" onClick={() => print()}>Print</button>
          </div>
        </div>
        <nav aria-label="Parts of the report"><div class="inner">{several && <a href="#clusters">Clusters</a>}{Object.entries(LINKS).map(([id, text]) => (id !== "storage" || cluster.claims.names.length > 0) && <a href={`#${id}`}>{text}</a>)}</div></nav>
      </header>
      <main id="content" tabIndex={-1}>
        {several && <Clusters data={data} onSelect={setCluster} />}
        <div key={cluster.source}>
          <Overview cluster={cluster} verdict={verdictOf(found)} />
          <Daily data={data} cluster={cluster} />
          <Explore data={data} cluster={cluster} />
          <Idle data={data} cluster={cluster} />
          <Waste data={data} cluster={cluster} />
          <Storage data={data} cluster={cluster} />
          <Quality cluster={cluster} found={found} />
        </div>
      </main>
      <footer>
        <p>Made from {data.summaries.join(", ")}. Sums are exact: they equal those of the table to the last digit shown. GiB = 2³⁰ bytes; days are UTC.</p>
      </footer>
    </>
  );
}

render(<App data={readData()} />, Object.assign(document.getElementById("app"), { textContent: "" }));
