// A table to search, sort, page through and save.
import { useMemo, useState } from "preact/hooks";

const PAGE_ROWS = 20;

function csvText(columns, rows) {
  const cell = (text) => (/[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
  const line = (texts) => texts.map((text) => cell(String(text))).join(",") + "\n";
  // Text that a spreadsheet would take for a formula is kept text.
  const safe = (text) => (/^[=+\-@\t]/.test(text) && Number.isNaN(Number(text)) ? `'${text}` : text);
  return line(columns.map((column) => column.title)) + rows.map((row) => line(columns.map((column) => safe(column.csv(row))))).join("");
}

function save(name, text) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type: "text/csv" }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}

// Whether every word of the search is in the name, in any case.
export function matches(name, search) {
  const text = name.toLowerCase();
  return search.toLowerCase().split(/\s+/).every((word) => text.includes(word));
}

export function Search({ label, value, onInput, shown, all }) {
  return (
    <div class="search">
      <input type="search" aria-label={label} placeholder={label} value={value} onInput={(event) => onInput(event.currentTarget.value)} />
      <output aria-live="polite">{shown === all ? `${all.toLocaleString("en")}` : `${shown.toLocaleString("en")} of ${all.toLocaleString("en")}`}</output>
    </div>
  );
}

// Columns: {id, title, hint, value(row) to sort by, cell(row), csv(row), sum(rows), text: it is one, wide: not on a phone}.
export function DataTable({ caption, columns, rows, order, selected, onSelect, file }) {
  const [sort, setSort] = useState(order);
  const [page, setPage] = useState(0);
  const sorted = useMemo(() => {
    const { value, text } = columns.find((column) => column.id === sort.id) ?? columns[0];
    const sign = sort.down ? -1 : 1;
    const keyed = rows.map((row) => [value(row), row]);
    keyed.sort(([a], [b]) => sign * (text ? a.localeCompare(b, "en", { numeric: true }) : a - b));
    return keyed.map(([, row]) => row);
  }, [rows, columns, sort]);
  const pages = Math.max(1, Math.ceil(sorted.length / PAGE_ROWS));
  const at = Math.min(page, pages - 1);
  const sums = columns.some((column) => column.sum);

  const sortBy = (column) => {
    setSort((now) => (now.id === column.id ? { id: column.id, down: !now.down } : { id: column.id, down: !column.text }));
    setPage(0);
  };
  const classOf = (column) => [column.text ? "" : "num", column.wide ? "wide" : ""].join(" ");

  return (
    <div class="data">
      <div class="scroll" tabIndex={0} role="region" aria-label={caption}>
        <table>
          <caption class="visually-hidden">{caption}</caption>
          <thead>
            <tr>
              {columns.map((column) => (
                <th scope="col" class={classOf(column)} aria-sort={sort.id === column.id ? (sort.down ? "descending" : "ascending") : "none"}>
                  <button type="button" title={column.hint} onClick={() => sortBy(column)}>
                    {column.title}
                    <span class="arrow" aria-hidden="true">{sort.id === column.id ? (sort.down ? "▾" : "▴") : "↕"}</span>
                  </button>
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {sorted.slice(at * PAGE_ROWS, (at + 1) * PAGE_ROWS).map((row) => (
              <tr key={row.name} class={row === selected ? "selected" : ""}>
                {columns.map((column, i) =>
                  i > 0 ? (
                    <td class={classOf(column)}>{column.cell(row)}</td>
                  ) : (
                    <th scope="row" title={row.name}>
                      {onSelect ? (
                        <button type="button" class="link" aria-pressed={row === selected} onClick={() => onSelect(row === selected ? null : row)}>
                          {column.cell(row)}
                        </button>
                      ) : (
                        column.cell(row)
                      )}
                    </th>
                  ),
                )}
              </tr>
            ))}
            {sorted.length === 0 && <tr><td colSpan={columns.length} class="empty">Nothing matches.</td></tr>}
          </tbody>
          {sums && sorted.length > 0 && (
            <tfoot>
              <tr>
                {columns.map((column, i) =>
                  i > 0 ? <td class={classOf(column)}>{column.sum?.(sorted)}</td> : <th scope="row">Total{sorted.length > 1 && ` of ${sorted.length.toLocaleString("en")}`}</th>,
                )}
              </tr>
            </tfoot>
          )}
        </table>
      </div>
      <div class="pager">
        <button type="button" class="quiet" onClick={() => save(file, csvText(columns, sorted))}>Save as CSV</button>
        {pages > 1 && (
          <span class="pages">
            <button type="button" aria-label="Previous page" disabled={at === 0} onClick={() => setPage(at - 1)}>‹</button>
            <span>Page {at + 1} of {pages}</span>
            <button type="button" aria-label="Next page" disabled={at === pages - 1} onClick={() => setPage(at + 1)}>›</button>
          </span>
        )}
      </div>
    </div>
  );
}
