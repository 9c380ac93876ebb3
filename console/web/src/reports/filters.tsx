// Which responses: the period, who, where, why, when. Every choice goes into the address.
import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import type { Dimension } from "./address";
import { valueName } from "./figures";
import { Choice, Segments } from "./parts";
import { isDay, KINDS, periodOf, stepped } from "./period";
import { count } from "./figures";
import type { Group, ImportedLog } from "./shapes";
import { goTo, place, query, seesAll, today, useAsked } from "./state";
import { rt, rtCode } from "./texts";

const OFFERED: readonly Dimension[] = ["substation", "district", "crew_kind", "priority", "reason", "hospital", "hour", "weekday"];

function PeriodChoice(): JSX.Element {
  const period = place.value.period;
  return (
    <div class="periodline">
      <Segments
        label={rt("period")}
        testid="report-period"
        value={period.kind}
        values={KINDS.map((kind) => [kind, rtCode("p_", kind)] as const)}
        onChange={(kind) => goTo({ period: kind === "own" ? { ...period, kind } : periodOf(kind, kind === "day" || kind === "weeks" ? today() : period.to < today() ? period.to : today()) })}
      />
      <button type="button" class="step" aria-label={rt("earlier")} data-testid="report-earlier" onClick={() => goTo({ period: stepped(period, -1) })}>
        ‹
      </button>
      {(["from", "to"] as const).map((end) => (
        <label key={end} class="day">
          <span>{rt(end)}</span>
          <input
            type="date"
            class="num"
            data-testid={`report-${end}`}
            value={period[end]}
            onChange={(event) => {
              const day = event.currentTarget.value;
              if (!isDay(day)) return;
              const own = { ...period, kind: "own" as const, [end]: day };
              goTo({ period: own.from <= own.to ? own : { kind: "own", from: day, to: day } });
            }}
          />
        </label>
      ))}
      <button type="button" class="step" aria-label={rt("later")} data-testid="report-later" disabled={period.to >= today()} onClick={() => goTo({ period: stepped(period, 1) })}>
        ›
      </button>
    </div>
  );
}

/** The values of a dimension that there are, with how many responses each has; several may be chosen. */
function Values({ dimension }: { dimension: Dimension }): JSX.Element {
  const only = { ...place.value.only };
  delete only[dimension];
  const found = useAsked<{ rows: Group[] }>(`table?${query({ by: dimension }, { only, view: "overview" })}`);
  const chosen = place.value.only[dimension] ?? [];
  const rows = (found.value?.rows ?? []).map((row) => ({ key: String(row.key[0] ?? ""), n: row.cells.response?.responses ?? 0 }));
  for (const key of chosen) if (!rows.some((row) => row.key === key)) rows.push({ key, n: 0 });
  const change = (key: string, on: boolean): void => {
    const next = on ? [...chosen, key] : chosen.filter((each) => each !== key);
    goTo({ only: next.length > 0 ? { ...only, [dimension]: next } : only });
  };
  return (
    <fieldset class={`values values-${dimension}`}>
      <legend class="unseen">{rtCode("d_", dimension)}</legend>
      {rows.map(({ key, n }) => (
        <label key={key}>
          <input type="checkbox" checked={chosen.includes(key)} data-testid={`value-${dimension}-${key}`} onChange={(event) => change(key, event.currentTarget.checked)} />
          <span>{valueName(dimension, key)}</span>
          <span class="num dim">{count(n)}</span>
        </label>
      ))}
      {rows.length === 0 && <p class="dim">{found.problem ?? rt(found.loading ? "loading" : "noData")}</p>}
    </fieldset>
  );
}

function Filter({ dimension }: { dimension: Dimension }): JSX.Element {
  const [open, setOpen] = useState(false);
  const box = useRef<HTMLDivElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  const chosen = place.value.only[dimension] ?? [];
  useEffect(() => {
    if (!open) return undefined;
    const outside = (event: Event): void => {
      if (event.target instanceof Node && !box.current?.contains(event.target)) setOpen(false);
    };
    const escape = (event: KeyboardEvent): void => {
      if (event.key !== "Escape") return;
      event.stopPropagation();
      setOpen(false);
      button.current?.focus();
    };
    document.addEventListener("pointerdown", outside);
    document.addEventListener("focusin", outside);
    document.addEventListener("keydown", escape, true);
    return () => {
      document.removeEventListener("pointerdown", outside);
      document.removeEventListener("focusin", outside);
      document.removeEventListener("keydown", escape, true);
    };
  }, [open]);
  const said = chosen.length === 0 ? rt("all") : chosen.length === 1 ? valueName(dimension, chosen[0] ?? "") : rt("chosen", { n: chosen.length });
  return (
    <div class="cutfilter" ref={box}>
      <button ref={button} type="button" class={chosen.length > 0 ? "set" : ""} aria-expanded={open} data-testid={`filter-${dimension}`} onClick={() => setOpen(!open)}>
        <span class="dim">{rtCode("d_", dimension)}</span> <b>{said}</b> <span aria-hidden="true">▾</span>
      </button>
      {open && (
        <div class="popover">
          <Values dimension={dimension} />
        </div>
      )}
    </div>
  );
}

export function Filters({ logs }: { logs: readonly ImportedLog[] }): JSX.Element {
  const now = place.value;
  const set = Object.keys(now.only).length > 0 || now.sure || now.norm !== null;
  // Dimensions that a figure led here by, such as a day, can be taken off like any other.
  const offered = [...OFFERED, ...(Object.keys(now.only) as Dimension[]).filter((each) => !OFFERED.includes(each))];
  const sources: (readonly [string, string])[] = [
    ...(seesAll() ? [["*", rt("sourceAll")] as const] : []),
    ["", rt("sourceOwn")] as const,
    ...logs.map((log) => [log.name, log.name] as const),
  ];
  return (
    <div class="filters" role="group" aria-label={rt("filters")} data-testid="report-filters">
      <PeriodChoice />
      <div class="filterline">
        {offered.map((dimension) => (
          <Filter key={dimension} dimension={dimension} />
        ))}
        <Segments
          label={rt("crews")}
          testid="report-crews"
          value={now.crews}
          values={[
            ["first", rt("crews_first")],
            ["each", rt("crews_each")],
          ]}
          onChange={(crews) => goTo({ crews })}
        />
        <label class="choice">
          <span>{rt("norm")}</span>
          <input
            class="num short"
            type="number"
            min={1}
            max={1440}
            placeholder={rt("normOwn")}
            data-testid="report-norm"
            value={now.norm ?? ""}
            onChange={(event) => {
              const wanted = Math.round(Number(event.currentTarget.value));
              goTo({ norm: wanted > 0 ? wanted : null });
            }}
          />
        </label>
        {(logs.length > 0 || seesAll()) && <Choice label={rt("source")} testid="report-source" value={now.source} values={sources} onChange={(source) => goTo({ source })} />}
        {logs.length > 0 && (
          <Choice
            label={rt("versus")}
            testid="report-versus"
            value={now.versus}
            values={[["", rt("versusNone")], ...logs.filter((log) => log.name !== now.source).map((log) => [log.name, log.name] as const)]}
            onChange={(versus) => goTo({ versus })}
          />
        )}
        <label class="tick">
          <input type="checkbox" checked={now.sure} data-testid="report-sure" onChange={(event) => goTo({ sure: event.currentTarget.checked })} />
          <span>{rt("sure")}</span>
        </label>
        {set && (
          <button type="button" class="quiet" data-testid="report-clear" onClick={() => goTo({ only: {}, sure: false, norm: null })}>
            {rt("clear")}
          </button>
        )}
      </div>
    </div>
  );
}
