// The charts of the page.
import { useMemo } from "preact/hooks";
import { Chart, axis } from "./chart.jsx";
import { RESOURCES, compact } from "./data.js";
import { grouped } from "./decimal.js";

const dayAxis = (data, colour) => axis(colour, { type: "category", data: data.dates.map((date) => +date.slice(8)), splitLine: { show: false } });
const longDate = new Intl.DateTimeFormat("en", { weekday: "short", day: "numeric", month: "short", timeZone: "UTC" });

// A tooltip of a day: its date, and a line for each series.
const dayTooltip = (data, unit, places) => ({
  trigger: "axis",
  formatter: (items) =>
    `<b>${longDate.format(new Date(data.dates[items[0].dataIndex]))}</b><table class="tip">` +
    items.map(({ marker, seriesName, data: value }) => `<tr><td>${marker}${escapeHtml(seriesName)}</td><td>${grouped(Math.round(value * 10 ** places), places)}</td></tr>`).join("") +
    `</table><small>${unit}</small>`,
});
const escapeHtml = (text) => text.replace(/[&<>"]/g, (c) => `&#${c.charCodeAt(0)};`);
const dayRows = (data, series, places) => data.dates.map((date, day) => [date, ...series.map((values) => grouped(values[day], places))]);
const scaled = (values, places) => values.map((value) => value / 10 ** places);

// Used and requested by day, against capacity where there is one.
export function UsageChart({ data, slice, resource, title, capacity }) {
  const { unit, key } = RESOURCES[resource];
  const option = useMemo(() => (colour) => {
    const line = (name, measure, color, more) => ({
      name, type: "line", data: scaled(slice.days(`${key}_${measure}`, data.dates.length), 2), color, symbol: "circle", symbolSize: 4, showSymbol: data.dates.length === 1, lineStyle: { width: 2 }, ...more,
    });
    return {
      tooltip: dayTooltip(data, unit, 2),
      xAxis: dayAxis(data, colour),
      yAxis: axis(colour, { type: "value", axisLabel: { color: colour.soft, fontSize: 11, formatter: compact } }),
      series: [
        { name: "Used", type: "bar", data: scaled(slice.days(`${key}_used`, data.dates.length), 2), color: colour.used, itemStyle: { borderRadius: [2, 2, 0, 0] }, barMaxWidth: 26, barCategoryGap: "30%" },
        line("Requested", "requested", colour.requested),
        ...(capacity ? [line("Capacity", "capacity", colour.capacity, { lineStyle: { width: 2, type: "dashed" } })] : []),
      ],
    };
  }, [data, slice, resource, capacity]);
  const measures = ["used", "requested", ...(capacity ? ["capacity"] : [])];
  return (
    <Chart title={`${title}, ${unit} a day`} option={option}
      head={["Day", "Used", "Requested", ...(capacity ? ["Capacity"] : [])]}
      rows={() => dayRows(data, measures.map((measure) => slice.days(`${key}_${measure}`, data.dates.length)), 2)} />
  );
}

const MOST_PARTS = 8;

// The largest slices of each day, stacked, and the rest of them as one.
export function PartsChart({ data, slices, resource, measure, title }) {
  const { unit, key } = RESOURCES[resource];
  const name = `${key}_${measure}`;
  const parts = useMemo(() => {
    const ordered = [...slices].sort((a, b) => b.value(name) - a.value(name));
    const days = (some) => data.dates.map((_, day) => some.reduce((all, slice) => all + (slice.table.by_day[name][slice.index][day] ?? 0), 0));
    const series = ordered.slice(0, MOST_PARTS).map((slice) => ({ title: slice.name, days: days([slice]) }));
    const rest = ordered.slice(MOST_PARTS);
    if (rest.length > 0) series.push({ title: `${rest.length.toLocaleString("en")} more`, days: days(rest), rest: true });
    return series;
  }, [data, slices, name]);
  const option = useMemo(() => (colour) => ({
    legend: { type: "scroll", formatter: (text) => (text.length > 28 ? text.slice(0, 27) + "…" : text), pageIconColor: colour.text, pageIconInactiveColor: colour.line, pageTextStyle: { color: colour.soft } },
    tooltip: dayTooltip(data, unit, 2),
    xAxis: dayAxis(data, colour),
    yAxis: axis(colour, { type: "value", axisLabel: { color: colour.soft, fontSize: 11, formatter: compact } }),
    series: parts.map((part, i) => ({
      name: part.title, type: "bar", stack: "all", data: scaled(part.days, 2), color: part.rest ? colour.idle : colour.parts[i], barMaxWidth: 26, barCategoryGap: "30%",
    })),
  }), [data, parts]);
  return (
    <Chart title={title} option={option} height={300} head={["Day", ...parts.map((part) => part.title)]}
      rows={() => dayRows(data, parts.map((part) => part.days), 2)} />
  );
}

const MOST_RANKED = 12;
export const largest = (slices, value) => [...slices].sort((a, b) => value(b) - value(a)).slice(0, MOST_RANKED);

// Largest first, one horizontal bar a name.
export function RankChart({ slices, value, text, title, head, series }) {
  const option = useMemo(() => (colour) => ({
    grid: { top: 4, right: 28 },
    legend: { show: false },
    tooltip: { trigger: "axis", formatter: ([{ dataIndex, marker }]) => `${marker}${escapeHtml(slices[dataIndex].name)}<br><b>${text(slices[dataIndex])}</b>` },
    xAxis: axis(colour, { type: "value", axisLabel: { color: colour.soft, fontSize: 11, formatter: compact } }),
    yAxis: axis(colour, { type: "category", inverse: true, data: slices.map((slice) => slice.name), axisLabel: { color: colour.text, fontSize: 11, width: 150, overflow: "truncate" } }),
    series: [{ name: head[1], type: "bar", data: slices.map(value), color: colour[series], barMaxWidth: 16, itemStyle: { borderRadius: [0, 3, 3, 0] } }],
  }), [slices]);
  return <Chart title={title} option={option} height={40 + 24 * slices.length} head={head} rows={() => slices.map((slice) => [slice.name, text(slice)])} />;
}

// Capacity, requested and used of each slice, side by side.
export function ThreeBars({ slices, prefix = "", places, title, head }) {
  const measures = ["capacity", "requested", "used"].map((name) => prefix + name);
  const option = useMemo(() => (colour) => ({
    tooltip: { trigger: "axis", valueFormatter: (value) => value.toLocaleString("en", { minimumFractionDigits: places, maximumFractionDigits: places }) },
    xAxis: axis(colour, { type: "category", data: slices.map((slice) => slice.name), splitLine: { show: false } }),
    yAxis: axis(colour, { type: "value", axisLabel: { color: colour.soft, fontSize: 11, formatter: compact } }),
    series: [["Capacity", colour.idle], ["Requested", colour.requested], ["Used", colour.used]].map(([name, color], i) => ({
      name, type: "bar", color, barMaxWidth: 36, data: slices.map((slice) => slice.value(measures[i])), itemStyle: { borderRadius: [3, 3, 0, 0] },
    })),
  }), [slices, prefix]);
  return (
    <Chart title={title} option={option} head={[head, "Capacity", "Requested", "Used"]}
      rows={() => slices.map((slice) => [slice.name, ...measures.map((measure) => slice.text(measure))])} />
  );
}
