// What the parts of the page are made of.
import { percent } from "./data.js";

export function Section({ id, title, lead, tools, children }) {
  return (
    <section id={id} aria-labelledby={`${id}-title`}>
      <header>
        <h2 id={`${id}-title`}>{title}</h2>
        {tools && <div class="tools">{tools}</div>}
        {lead && <p class="lead">{lead}</p>}
      </header>
      {children}
    </section>
  );
}

// One of a few words.
export function Choice({ label, value, options, onChange }) {
  return (
    <div class="choice" role="group" aria-label={label}>
      {Object.entries(options).map(([key, title]) => (
        <button type="button" aria-pressed={key === value} onClick={() => onChange(key)}>{title}</button>
      ))}
    </div>
  );
}

export const ResourceChoice = ({ value, onChange }) => (
  <Choice label="Resource" value={value} onChange={onChange} options={{ cpu: "CPU", memory: "Memory" }} />
);

export const Share = ({ part, whole }) => (
  <span class="share"><span><i style={{ width: `${Math.max(0, Math.min(100, (100 * part) / whole))}%` }} /></span><b>{percent(part, whole)}</b></span>
);
