// Hour × weekday: each cell says a figure, is coloured by how far it lies from the norm, and opens its calls.
import type { JSX } from "preact";
import { useRef, useState } from "preact/hooks";
import type { Filters } from "./address";
import { count, hourName, intervalName, length, NORMED, share, weekdayName } from "./figures";
import { Panel, Segments, ToCalls } from "./parts";
import type { Cell, Group } from "./shapes";
import { href, place } from "./state";
import { rt } from "./texts";

const only = (): Filters => place.value.only;

type Metric = "p90" | "within_norm" | "n";
/** Fewer say little: they are hatched, and are never the worst. */
export const FEW = 8;

export interface HeatCell {
  weekday: number;
  hour: number;
  cell: Cell;
}

export function heatCells(rows: readonly Group[], interval: string): HeatCell[] {
  return rows.flatMap(({ key, cells }): HeatCell[] => {
    const cell = cells[interval];
    return cell && key[0] !== null && key[1] !== null && cell.n > 0 ? [{ weekday: Number(key[0]), hour: Number(key[1]), cell }] : [];
  });
}

/** The hour with the longest p90 among those with enough responses. */
export function worstOf(cells: readonly HeatCell[]): HeatCell | null {
  const enough = cells.filter(({ cell }) => cell.n >= FEW);
  return enough.reduce<HeatCell | null>((worst, each) => (worst === null || (each.cell.p90 ?? 0) > (worst.cell.p90 ?? 0) ? each : worst), null);
}

/** A cell's colour: below the norm the calm one, above it the accent, the stronger the farther. */
function paint(metric: Metric, cell: Cell, norm_s: number, most: number, normed: boolean): string {
  const mix = (token: string, part: number): string => `color-mix(in srgb, var(--${token}) ${Math.round(Math.min(52, Math.max(4, part * 52)))}%, var(--panel))`;
  if (metric === "n") return mix("unit-driving", cell.n / most);
  if (metric === "within_norm") {
    const late = 1 - (cell.within_norm ?? 1);
    return late > 0.1 ? mix("accent", 0.15 + (late - 0.1) * 2.2) : mix("unit-driving", 0.35 - late * 2.5);
  }
  const ratio = (cell.p90 ?? 0) / (normed ? norm_s : most);
  if (!normed) return mix("unit-driving", ratio);
  return ratio > 1 ? mix("accent", 0.18 + (ratio - 1) * 1.1) : mix("unit-driving", ratio * 0.4);
}

const text = (metric: Metric, cell: Cell): string => (metric === "n" ? count(cell.n) : metric === "within_norm" ? String(Math.round((cell.within_norm ?? 0) * 100)) : String(Math.round((cell.p90 ?? 0) / 60)));

export function HeatMap({ rows, interval, norm_s }: { rows: readonly Group[]; interval: string; norm_s: number }): JSX.Element {
  const normed = NORMED.has(interval);
  const [wanted, setMetric] = useState<Metric>("p90");
  const metric = wanted === "within_norm" && !normed ? "p90" : wanted;
  const grid = useRef<HTMLTableElement>(null);
  const cells = heatCells(rows, interval);
  const at = new Map(cells.map((each) => [`${each.weekday}:${each.hour}`, each.cell]));
  const most = Math.max(1, ...cells.map(({ cell }) => (metric === "n" ? cell.n : (cell.p90 ?? 0))));
  const worst = worstOf(cells);
  const move = (event: KeyboardEvent): void => {
    const step = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] }[event.key];
    const here = event.target instanceof HTMLElement ? event.target.dataset.at : undefined;
    if (!step || !here) return;
    event.preventDefault();
    let [weekday = 0, hour = 0] = here.split(":").map(Number);
    for (let tries = 0; tries < 24; tries += 1) {
      weekday = (weekday + (step[0] ?? 0) + 7) % 7;
      hour = (hour + (step[1] ?? 0) + 24) % 24;
      const next = grid.current?.querySelector<HTMLElement>(`[data-at="${weekday}:${hour}"]`);
      if (next) return next.focus();
    }
  };
  const first = cells[0] ? (worst ?? cells[0]) : null;
  return (
    <Panel
      wide
      title={`${rt("heat")}: ${intervalName(interval)}`}
      hint={rt("heatHint")}
      testid="report-heat"
      aside={
        <Segments
          label={rt("heatMetric")}
          value={metric}
          values={[["p90", `p90, ${rt("min")}`] as const, ...(normed ? [["within_norm", `${rt("within")}, %`] as const] : []), ["n", rt("responses")] as const]}
          onChange={setMetric}
        />
      }
    >
      <table class="heat" ref={grid} onKeyDown={move}>
        <thead>
          <tr>
            <td />
            {Array.from({ length: 24 }, (_, hour) => (
              <th key={hour} scope="col" class="num">
                {hour}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {Array.from({ length: 7 }, (_, weekday) => (
            <tr key={weekday}>
              <th scope="row">{weekdayName(weekday)}</th>
              {Array.from({ length: 24 }, (__, hour) => {
                const cell = at.get(`${weekday}:${hour}`);
                if (!cell) return <td key={hour} />;
                const isWorst = worst?.weekday === weekday && worst.hour === hour;
                const says = `${weekdayName(weekday)} ${hourName(hour)}: p90 ${length(cell.p90)}, ${normed ? `${rt("within")} ${share(cell.within_norm)}, ` : ""}n ${cell.n}`;
                return (
                  <td key={hour} class={`${cell.n < FEW ? "few" : ""}${isWorst ? " worst" : ""}`} style={{ backgroundColor: paint(metric, cell, norm_s, most, normed) }}>
                    <a
                      href={href({ view: "calls", argument: "", only: { ...only(), weekday: [String(weekday)], hour: [String(hour)] }, with_interval: interval, order: "longest", why: "", late_by: "" })}
                      data-at={`${weekday}:${hour}`}
                      data-testid={`heat-${weekday}-${hour}`}
                      tabIndex={first?.weekday === weekday && first.hour === hour ? 0 : -1}
                      aria-label={`${text(metric, cell)}; ${says}`}
                      title={says}
                    >
                      {text(metric, cell)}
                    </a>
                  </td>
                );
              })}
            </tr>
          ))}
        </tbody>
      </table>
      <p class="legend">
        {worst && (
          <>
            <ToCalls testid="heat-worst" to={{ only: { ...only(), weekday: [String(worst.weekday)], hour: [String(worst.hour)] }, with_interval: interval }}>
              {rt("worst", { when: `${weekdayName(worst.weekday)} ${hourName(worst.hour)}` })}
            </ToCalls>
            , p90 <b class="num">{length(worst.cell.p90)}</b>, n {worst.cell.n} ·{" "}
          </>
        )}
        {rt("few", { n: FEW })}
      </p>
    </Panel>
  );
}
