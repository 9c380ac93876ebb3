// Small things that several parts of the reports share.
import type { ComponentChildren, JSX } from "preact";
import type { Address } from "./address";
import { changeText, isBetter } from "./figures";
import type { Change } from "./shapes";
import { goTo, href } from "./state";
import { rt } from "./texts";

/** Leads to the calls behind a figure. */
export function ToCalls({ to = {}, children, label, testid }: { to?: Partial<Address>; children: ComponentChildren; label?: string; testid?: string }): JSX.Element {
  return (
    <a class="tocalls" href={href({ view: "calls", argument: "", why: "", late_by: "", with_interval: "", order: "longest", ...to })} {...(label ? { "aria-label": label } : {})} {...(testid ? { "data-testid": testid } : {})}>
      {children}
    </a>
  );
}

/** A change with its verdict; what may be chance is quiet. */
export function Delta({ figure, change }: { figure: string; change: Change | undefined }): JSX.Element {
  if (!change) return <span class="delta none">—</span>;
  const better = isBetter(figure, change);
  const judged = change.noise === false && better !== null;
  const look = judged ? (better ? "better" : "worse") : "noise";
  const mark = change.noise === false ? (change.by > 0 ? "▲" : "▼") : change.noise === true ? "≈" : "";
  return (
    <span class={`delta num ${look}`}>
      {mark !== "" && <span aria-hidden="true">{mark} </span>}
      {changeText(figure, change)}
      {change.noise !== null && <span class="unseen">, {rt(change.noise ? "noise" : "sureChange")}</span>}
    </span>
  );
}

export function Panel({ title, hint, children, wide = false, aside, testid }: { title: string; hint?: string; children: ComponentChildren; wide?: boolean; aside?: ComponentChildren; testid: string }): JSX.Element {
  return (
    <section class={`panel${wide ? " wide" : ""}`} aria-label={title} data-testid={testid}>
      <header>
        <h2>{title}</h2>
        {hint && <p class="says">{hint}</p>}
        {aside && <div class="aside">{aside}</div>}
      </header>
      {children}
    </section>
  );
}

/** The numbers behind a picture. */
export function Behind({ children }: { children: ComponentChildren }): JSX.Element {
  return (
    <details class="behind">
      <summary>{rt("behind")}</summary>
      <div class="scrolls" tabIndex={0} role="group" aria-label={rt("behind")}>
        {children}
      </div>
    </details>
  );
}

export function Choice<T extends string>({ label, value, values, onChange, testid }: { label: string; value: T; values: readonly (readonly [T, string])[]; onChange: (value: T) => void; testid?: string }): JSX.Element {
  return (
    <label class="choice">
      <span>{label}</span>
      <select value={value} onChange={(event) => onChange(event.currentTarget.value as T)} {...(testid ? { "data-testid": testid } : {})}>
        {values.map(([id, name]) => (
          <option key={id} value={id}>
            {name}
          </option>
        ))}
      </select>
    </label>
  );
}

export function Segments<T extends string>({ label, value, values, onChange, testid }: { label: string; value: T; values: readonly (readonly [T, string])[]; onChange: (value: T) => void; testid?: string }): JSX.Element {
  return (
    <div class="segments" role="group" aria-label={label} {...(testid ? { "data-testid": testid } : {})}>
      {values.map(([id, name]) => (
        <button key={id} type="button" aria-pressed={value === id} data-value={id} onClick={() => onChange(id)}>
          {name}
        </button>
      ))}
    </div>
  );
}

export function Problem({ text }: { text: string | null }): JSX.Element | null {
  return text === null ? null : (
    <p class="problem" role="alert">
      {text}
    </p>
  );
}

export function Nothing(): JSX.Element {
  return (
    <p class="nothing" data-testid="report-empty">
      {rt("noData")} <span class="dim">{rt("noDataHint")}</span>
    </p>
  );
}

export { goTo };
