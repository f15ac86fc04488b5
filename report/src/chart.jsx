// A chart of ECharts in the colours of the page, with its numbers as a table beside it.
import { BarChart, LineChart } from "echarts/charts";
import { AriaComponent, GridComponent, LegendComponent, TooltipComponent } from "echarts/components";
import * as echarts from "echarts/core";
import { SVGRenderer } from "echarts/renderers";
import { useEffect, useRef, useState } from "preact/hooks";

echarts.use([BarChart, LineChart, AriaComponent, GridComponent, LegendComponent, TooltipComponent, SVGRenderer]);

const PAPER_WIDTH = 760;  // drawn so wide, then scaled to the paper
const THEME_CHANGE = "costream-theme";
export const themeChanged = () => dispatchEvent(new Event(THEME_CHANGE));

const css = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

export function colours() {
  return {
    used: css("--used"),
    requested: css("--requested"),
    capacity: css("--capacity"),
    idle: css("--idle"),
    text: css("--text"),
    soft: css("--soft"),
    line: css("--line"),
    panel: css("--panel"),
    parts: css("--parts").split(" "),
  };
}

function common(colour) {
  const reduced = matchMedia("(prefers-reduced-motion: reduce)").matches;
  const { fontFamily } = getComputedStyle(document.body);  // by which ECharts measures
  return {
    animation: !reduced,
    animationDuration: 300,
    textStyle: { fontFamily, color: colour.text },
    aria: { enabled: true },
    grid: { left: 4, right: 12, top: 40, bottom: 4, containLabel: true },
    legend: {
      top: 0, left: 0, type: "plain", itemWidth: 14, itemHeight: 8, itemGap: 14, icon: "roundRect",
      textStyle: { color: colour.text, fontSize: 12 }, inactiveColor: colour.soft,
    },
    tooltip: {
      confine: true, backgroundColor: colour.panel, borderColor: colour.line, padding: [8, 12],
      textStyle: { color: colour.text, fontSize: 12, fontFamily: "inherit" }, axisPointer: { type: "shadow", shadowStyle: { opacity: 0.06, color: colour.text } },
    },
  };
}

export const axis = (colour, more = {}) => ({
  axisLine: { lineStyle: { color: colour.line } },
  axisTick: { show: false },
  axisLabel: { color: colour.soft, fontSize: 11, hideOverlap: true },
  splitLine: { lineStyle: { color: colour.line, type: [2, 3] } },
  ...more,
});

// `option(colours)`: what ECharts draws. `head`, `rows`: the same as texts, for the table.
export function Chart({ title, option, height = 280, head, rows }) {
  const box = useRef();
  const [open, setOpen] = useState(false);
  const latest = useRef();
  latest.current = option;
  const draw = useRef();

  useEffect(() => {
    const chart = echarts.init(box.current, null, { renderer: "svg" });
    draw.current = () => {
      const colour = colours();
      const own = latest.current(colour);
      const shared = common(colour);
      for (const part of ["grid", "legend", "tooltip"]) own[part] = { ...shared[part], ...own[part] };
      chart.setOption({ ...shared, ...own }, { notMerge: true });
    };
    draw.current();
    const resized = new ResizeObserver(() => chart.resize());
    resized.observe(box.current);
    const toPaper = () => {
      chart.resize({ width: PAPER_WIDTH });
      box.current.querySelector("svg").setAttribute("viewBox", `0 0 ${PAPER_WIDTH} ${height}`);
    };
    const toScreen = () => {
      box.current.querySelector("svg").removeAttribute("viewBox");
      chart.resize();
    };
    addEventListener("beforeprint", toPaper);
    addEventListener("afterprint", toScreen);
    addEventListener(THEME_CHANGE, draw.current);
    return () => {
      resized.disconnect();
      removeEventListener("beforeprint", toPaper);
      removeEventListener("afterprint", toScreen);
      removeEventListener(THEME_CHANGE, draw.current);
      chart.dispose();
    };
  }, []);
  const drawn = useRef(option);
  useEffect(() => {
    if (drawn.current !== option) draw.current();
    drawn.current = option;
  }, [option]);

  return (
    <figure class="chart">
      <figcaption>{title}</figcaption>
      <div ref={box} role="img" aria-label={`Chart: ${title}. The table below it has the numbers.`} style={{ height: `${height}px` }} />
      <details onToggle={(event) => setOpen(event.currentTarget.open)}>
        <summary>Show as a table<span class="visually-hidden">: {title}</span></summary>
        {open && (
          <div class="scroll" tabIndex={0} role="region" aria-label={title}>
            <table class="plain">
              <thead>
                <tr>{head.map((text, i) => <th scope="col" class={i > 0 ? "num" : ""}>{text}</th>)}</tr>
              </thead>
              <tbody>
                {rows().map((row) => (
                  <tr>{row.map((text, i) => (i > 0 ? <td class="num">{text}</td> : <th scope="row">{text}</th>))}</tr>
                ))}
              </tbody>
            </table>
          </div>
        )}
      </details>
    </figure>
  );
}
