// How many responses took how long, with the norm drawn in; the last bar holds all that took longer.
import type { JSX } from "preact";
import { count, intervalName, length, NORMED, ticks } from "./figures";
import { Behind, Panel } from "./parts";
import type { Cell } from "./shapes";
import { rt } from "./texts";

const W = 620;
const H = 250;
const LEFT = 40;
const BOTTOM = 26;
const TOP = 26;
/** Beyond so many times the p95 there is a tail that would press the rest together. */
const TAIL = 1.35;

interface Bar {
  from_s: number;
  n: number;
  tail: boolean;
}

/** Bars of equal width; what lies beyond is one bar of its own. */
export function barsOf(steps: readonly (readonly [number, number])[], step_s: number, until_s: number): Bar[] {
  const bars: Bar[] = Array.from({ length: Math.max(1, Math.ceil(until_s / step_s)) }, (_, i) => ({ from_s: i * step_s, n: 0, tail: false }));
  let beyond = 0;
  for (const [begin, n] of steps) {
    const bar = bars[Math.floor(begin / step_s)];
    if (bar) bar.n += n;
    else beyond += n;
  }
  return beyond > 0 ? [...bars, { from_s: bars.length * step_s, n: beyond, tail: true }] : bars;
}

export function Distribution({ interval, cell, steps, norm_s }: { interval: string; cell: Cell | undefined; steps: [number, number][]; norm_s: number }): JSX.Element | null {
  if (!cell || cell.n === 0) return null;
  const normed = NORMED.has(interval);
  const until_s = Math.max((cell.p95 ?? 60) * TAIL, normed ? norm_s * 1.2 : 0, 120);
  const step_s = until_s > 5400 ? 300 : until_s > 2700 ? 120 : 60;
  const bars = barsOf(steps, step_s, until_s);
  const most = Math.max(...bars.map((bar) => bar.n));
  const width = (W - LEFT) / bars.length;
  const y = (n: number): number => TOP + (H - TOP - BOTTOM) * (1 - n / most);
  const end_s = bars.length * step_s;
  const x = (seconds: number): number => LEFT + ((W - LEFT) * Math.min(seconds, end_s)) / end_s;
  const every = [1, 2, 5, 10, 15, 20, 30, 60].find((each) => end_s / 60 / each <= 12) ?? 120;
  const marks: [string, number | null][] = [
    ["p50", cell.p50],
    ["p90", cell.p90],
  ];
  return (
    <Panel title={`${rt("distribution")}: ${intervalName(interval)}`} hint={rt("distributionHint")} testid="report-distribution">
      <svg class="chart" viewBox={`0 0 ${W} ${H}`} role="img" aria-label={`${rt("distribution")}: ${intervalName(interval)}, p50 ${length(cell.p50)}, p90 ${length(cell.p90)}`}>
        {ticks(most, 4).map((n) => (
          <g key={n}>
            <line class="gridline" x1={LEFT} x2={W} y1={y(n)} y2={y(n)} />
            <text class="tick" x={LEFT - 6} y={y(n) + 4} text-anchor="end">
              {count(n)}
            </text>
          </g>
        ))}
        {bars.map((bar, i) => (
          <rect key={i} class={`col${normed && bar.from_s >= norm_s ? " late" : ""}${bar.tail ? " tail" : ""}`} x={LEFT + i * width + 0.5} y={y(bar.n)} width={Math.max(0.5, width - 1)} height={H - BOTTOM - y(bar.n)} rx="1">
            <title>
              {bar.tail ? rt("beyond", { n: bar.from_s / 60 }) : `${bar.from_s / 60}–${(bar.from_s + step_s) / 60} ${rt("min")}`}: {count(bar.n)}
            </title>
          </rect>
        ))}
        {Array.from({ length: Math.floor(end_s / 60 / every) + 1 }, (_, i) => i * every)
          .filter((minute) => x(minute * 60) < W - (bars.at(-1)?.tail ? width + 26 : 14))
          .map((minute) => (
            <text key={minute} class="tick" x={x(minute * 60)} y={H - 8} text-anchor="middle">
              {minute}
            </text>
          ))}
        {bars.at(-1)?.tail && (
          <text class="tick" x={W} y={H - 8} text-anchor="end">
            {`> ${(bars.length - 1) * (step_s / 60)}`}
          </text>
        )}
        <text class="tick" x={LEFT - 10} y={H - 8} text-anchor="end">
          {rt("min")}
        </text>
        {marks.map(
          ([name, seconds]) =>
            seconds !== null && (
              <g key={name}>
                <line class="qline" x1={x(seconds)} x2={x(seconds)} y1={TOP - 4} y2={H - BOTTOM} />
                <text class="marktext" x={x(seconds)} y={TOP - 9} text-anchor="middle">
                  {name}
                </text>
              </g>
            ),
        )}
        {normed && (
          <g>
            <line class="normline" x1={x(norm_s)} x2={x(norm_s)} y1={TOP - 4} y2={H - BOTTOM} />
            <text class="normtext" x={x(norm_s) + 6} y={TOP + 10}>
              {rt("normLine", { n: Math.round(norm_s / 60) })}
            </text>
          </g>
        )}
      </svg>
      <Behind>
        <table class="grid">
          <thead>
            <tr>
              <th scope="col">{rt("minutesColumn")}</th>
              <th scope="col" class="right">
                {rt("n")}
              </th>
            </tr>
          </thead>
          <tbody>
            {bars
              .filter((bar) => bar.n > 0)
              .map((bar) => (
                <tr key={bar.from_s}>
                  <th scope="row" class="num">
                    {bar.tail ? rt("beyond", { n: bar.from_s / 60 }) : `${bar.from_s / 60}–${(bar.from_s + step_s) / 60}`}
                  </th>
                  <td class="num right">{count(bar.n)}</td>
                </tr>
              ))}
          </tbody>
        </table>
      </Behind>
    </Panel>
  );
}
