// Day by day, or month by month: median and p90, with the band in which the true p90 may lie.
import type { JSX } from "preact";
import { count, dayText, intervalName, length, NORMED, share, ticks } from "./figures";
import { Behind, Panel, ToCalls } from "./parts";
import { dayOfNumber, monthOfNumber } from "./period";
import type { Cell, Group } from "./shapes";
import { place } from "./state";
import { rt } from "./texts";

const W = 620;
const H = 250;
const LEFT = 40;
const RIGHT = 34;
const BOTTOM = 26;
const TOP = 14;

interface Point {
  key: number;
  cell: Cell;
}

/** Runs of neighbours, so that a day without calls breaks the line and is not drawn over. */
export function runs(points: readonly Point[]): Point[][] {
  const found: Point[][] = [];
  for (const point of points) {
    const last = found.at(-1);
    const before = last?.at(-1);
    if (last && before && before.key === point.key - 1) last.push(point);
    else found.push([point]);
  }
  return found;
}

export function Trend({ rows, by, interval, norm_s }: { rows: readonly Group[]; by: "day" | "month"; interval: string; norm_s: number }): JSX.Element | null {
  const points = rows.flatMap((row): Point[] => {
    const cell = row.cells[interval];
    return cell && cell.n > 0 && row.key[0] !== null ? [{ key: Number(row.key[0]), cell }] : [];
  });
  const [first, last] = [points[0], points.at(-1)];
  if (!first || !last || first.key === last.key) return null;
  const name = (key: number, year = true): string => (by === "day" ? dayText(dayOfNumber(key), year) : monthOfNumber(key));
  const normed = NORMED.has(interval);
  // One day's far tail must not flatten the other days: the picture ends a little above the highest p90.
  const highest = Math.max(...points.map(({ cell }) => cell.p90 ?? 0), normed ? norm_s : 0) * 1.15;
  const x = (key: number): number => LEFT + ((W - LEFT - RIGHT) * (key - first.key)) / (last.key - first.key);
  const y = (seconds: number): number => TOP + (H - TOP - BOTTOM) * (1 - Math.min(seconds, highest) / highest);
  const line = (run: readonly Point[], figure: "p50" | "p90"): string => run.map(({ key, cell }, i) => `${i === 0 ? "M" : "L"}${x(key).toFixed(1)} ${y(cell[figure] ?? 0).toFixed(1)}`).join("");
  /** Where both days are large enough to say: of the median five calls are, of p90 some 36. */
  const band = (run: readonly Point[], figure: "p50" | "p90"): string => {
    const at = (key: number, seconds: number): string => `${x(key).toFixed(1)} ${y(seconds).toFixed(1)}`;
    return run
      .slice(1)
      .map(({ key, cell }, i) => {
        const [before, own] = [run[i]?.cell[`${figure}_ci`] ?? null, cell[`${figure}_ci`]];
        if (before === null || own === null) return "";
        return `M${at(key - 1, before[1])}L${at(key, own[1])}L${at(key, own[0])}L${at(key - 1, before[0])}Z`;
      })
      .join("");
  };
  const broken = runs(points);
  // The two names at the right edge keep a line's height apart.
  const named = { p50: y(last.cell.p50 ?? 0) + 4, p90: Math.min(y(last.cell.p90 ?? 0), y(last.cell.p50 ?? 0) - 13) + 4 };
  const step = Math.max(1, Math.ceil((last.key - first.key) / 6));
  const only = (key: number): { only: typeof place.value.only } => ({ only: { ...place.value.only, [by]: [String(key)] } });
  return (
    <Panel title={`${rt(by === "day" ? "trend" : "trendMonth")}: ${intervalName(interval)}`} hint={rt("trendHint")} testid="report-trend">
      <svg class="chart" viewBox={`0 0 ${W} ${H}`} role="img" aria-label={`${rt(by === "day" ? "trend" : "trendMonth")}: ${intervalName(interval)}`}>
        {ticks(highest / 60, 5).map((minute) => (
          <g key={minute}>
            <line class="gridline" x1={LEFT} x2={W - RIGHT} y1={y(minute * 60)} y2={y(minute * 60)} />
            <text class="tick" x={LEFT - 6} y={y(minute * 60) + 4} text-anchor="end">
              {minute}
            </text>
          </g>
        ))}
        {(["p90", "p50"] as const).map((figure) => broken.map((run, i) => <path key={`${figure}${i}`} class={`band ${figure}`} d={band(run, figure)} />))}
        {normed && <line class="normline" x1={LEFT} x2={W - RIGHT} y1={y(norm_s)} y2={y(norm_s)} />}
        {(["p50", "p90"] as const).map((figure) => (
          <g key={figure}>
            {broken.map((run, i) => (
              <path key={i} class={`curve ${figure}`} d={line(run, figure)} />
            ))}
            <text class="marktext" x={W - RIGHT + 6} y={named[figure]}>
              {figure}
            </text>
          </g>
        ))}
        {points.map(({ key, cell }) => (
          <circle key={key} class="dot" cx={x(key)} cy={y(cell.p90 ?? 0)} r="3">
            <title>
              {name(key)}: p50 {length(cell.p50)}, p90 {length(cell.p90)}, n {cell.n}
            </title>
          </circle>
        ))}
        {points
          .filter(({ key }) => (key - first.key) % step === 0)
          .map(({ key }) => (
            <text key={key} class="tick" x={x(key)} y={H - 8} text-anchor={key === first.key ? "start" : "middle"}>
              {name(key, false)}
            </text>
          ))}
      </svg>
      <Behind>
        <table class="grid">
          <thead>
            <tr>
              <th scope="col">{rt(by === "day" ? "d_day" : "d_month")}</th>
              {(["n", "p50s", "p90s", "within"] as const).map((key) => (
                <th key={key} scope="col" class="right">
                  {rt(key)}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {points.map(({ key, cell }) => (
              <tr key={key}>
                <th scope="row">{name(key)}</th>
                <td class="num right">
                  <ToCalls to={{ ...only(key), with_interval: interval }}>{count(cell.n)}</ToCalls>
                </td>
                <td class="num right">{length(cell.p50)}</td>
                <td class="num right">{length(cell.p90)}</td>
                <td class="num right">{normed ? share(cell.within_norm) : ""}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </Behind>
    </Panel>
  );
}
