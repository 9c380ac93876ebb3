// How many calls waited at once, by the hour of the day.
import type { JSX } from "preact";
import { count, decimal, length, ticks } from "../figures";
import { Behind, Panel, Problem, ToCalls } from "../parts";
import type { QueueHour } from "../shapes";
import { place, query, useAsked } from "../state";
import { rt } from "../texts";

const W = 620;
const H = 220;
const LEFT = 36;
const BOTTOM = 24;
const TOP = 10;

export function Queue(): JSX.Element {
  const { value, problem } = useAsked<{ hours: QueueHour[] }>(`queue?${query()}`);
  const hours = value?.hours ?? [];
  const most = Math.max(1, ...hours.map((hour) => hour.most));
  const y = (n: number): number => TOP + (H - TOP - BOTTOM) * (1 - n / most);
  const width = (W - LEFT) / 24;
  return (
    <Panel title={rt("queue")} hint={`${rt("queueHint")}. ${rt("filtersOfCalls")}.`} testid="work-queue">
      <Problem text={problem} />
      <svg class="chart" viewBox={`0 0 ${W} ${H}`} role="img" aria-label={rt("queue")}>
        {ticks(most, 4).map((n) => (
          <g key={n}>
            <line class="gridline" x1={LEFT} x2={W} y1={y(n)} y2={y(n)} />
            <text class="tick" x={LEFT - 6} y={y(n) + 4} text-anchor="end">
              {decimal(n, Number.isInteger(n) ? 0 : 1)}
            </text>
          </g>
        ))}
        {hours.map((hour) => {
          const x = LEFT + hour.hour * width;
          return (
            <g key={hour.hour}>
              <rect class="col" x={x + 2} width={width - 4} y={y(hour.mean)} height={Math.max(0, H - BOTTOM - y(hour.mean))} rx="1">
                <title>
                  {hour.hour}:00 — {rt("queueMean")} {decimal(hour.mean, 2)}, {rt("queueMost")} {hour.most}
                </title>
              </rect>
              <line class="peak" x1={x + 3} x2={x + width - 3} y1={y(hour.most)} y2={y(hour.most)} />
              {hour.hour % 3 === 0 && (
                <text class="tick" x={x + width / 2} y={H - 8} text-anchor="middle">
                  {hour.hour}
                </text>
              )}
            </g>
          );
        })}
      </svg>
      <Behind>
        <table class="grid">
          <thead>
            <tr>
              <th scope="col">{rt("d_hour")}</th>
              {(["came", "queueMean", "queueMost", "waitP90"] as const).map((key) => (
                <th key={key} scope="col" class="right">
                  {rt(key)}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {hours.map((hour) => (
              <tr key={hour.hour}>
                <th scope="row" class="num">
                  {hour.hour}:00
                </th>
                <td class="num right">
                  <ToCalls to={{ only: { ...place.value.only, hour: [String(hour.hour)] } }}>{count(hour.calls)}</ToCalls>
                </td>
                <td class="num right">{decimal(hour.mean, 2)}</td>
                <td class="num right">{hour.most}</td>
                <td class="num right">{length(hour.wait_p90_s)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </Behind>
    </Panel>
  );
}
