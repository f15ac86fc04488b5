// Bundles the page into one HTML file, with nothing left to fetch: build.mjs NODE_MODULES OUT.
// The only scripts that the page's policy allows are the bundle and its data.
import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const [modules, out] = process.argv.slice(2);
const here = dirname(fileURLToPath(import.meta.url));
const esbuild = createRequire(join(modules, "x"))("esbuild");

async function bundle(entry) {
  const result = await esbuild.build({
    entryPoints: [join(here, "src", entry)],
    bundle: true,
    minify: true,
    write: false,
    format: "iife",
    target: "es2022",
    charset: "utf8",
    jsx: "automatic",
    jsxImportSource: "preact",
    nodePaths: [modules],
    define: { "process.env.NODE_ENV": '"production"' },
    legalComments: "none",
    logLevel: "warning",
  });
  return result.outputFiles[0].text.trim();
}

const script = (await bundle("main.jsx")).replaceAll("</script", "<\\/script");
const style = await bundle("page.css");
const hash = createHash("sha256").update(script).digest("base64");
const policy = [
  "default-src 'none'",
  `script-src 'sha256-${hash}'`,
  "style-src 'unsafe-inline'",
  "img-src data:",
  "base-uri 'none'",
  "form-action 'none'",
].join("; ");
const page = readFileSync(join(here, "src", "page.html"), "utf8")
  .replace("%POLICY%", () => policy)
  .replace("%STYLE%", () => style)
  .replace("%SCRIPT%", () => script);
// Who has the page has them: their licences ask for that. ECharts' own is the Apache License 2.0, as this program's.
const notices = [
  "preact/LICENSE",
  "echarts/NOTICE",
  "echarts/licenses/LICENSE-d3",
  "zrender/LICENSE",
  "tslib/LICENSE.txt",
].map((name) => `${name}\n\n${readFileSync(join(modules, name), "utf8").trim()}`);
writeFileSync(out, `${page.trimEnd()}\n<!--\n${notices.join("\n\n")}\n-->\n`);
