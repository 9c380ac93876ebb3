// Groups side by side, each with the interval in which its true share may lie, and whether it differs at all.
import type { JSX } from "preact";
import type { Dimension } from "./address";
import { count, decimal, length, NORMED, share, valueName } from "./figures";
import { Choice, goTo, Panel, ToCalls } from "./parts";
import type { LeagueRow } from "./shapes";
import { place, query, seesAll, useAsked } from "./state";
import { rt, rtCode } from "./texts";

const BY = ["substation", "district", "crew_kind", "hospital", "unit", "region"] as const satisfies readonly Dimension[];

/** The part of the scale that is worth drawing: from a round share below everything to 100%. */
function lowest(rows: readonly LeagueRow[]): number {
  const low = Math.min(...rows.map((row) => row.cell.within_ci?.[0] ?? 1));
  return Math.max(0, Math.floor(low * 10 - 0.2) / 10);
}

function Bar({ row, from, all }: { row: LeagueRow; from: number; all: number }): JSX.Element {
  const x = (value: number): number => (100 * (Math.max(from, value) - from)) / (1 - from);
  const [low, high] = row.cell.within_ci ?? [0, 1];
  const look = row.noise ? "noise" : (row.difference ?? 0) > 0 ? "better" : "worse";
  return (
    <svg class={`whisker ${look}`} viewBox="0 0 100 16" preserveAspectRatio="none" aria-hidden="true">
      <line class="scale" x1="0" x2="100" y1="8" y2="8" />
      <line class="all" x1={x(all)} x2={x(all)} y1="0" y2="16" />
      <line class="range" x1={x(low)} x2={x(high)} y1="8" y2="8" />
      <line class="middle" x1={x(row.cell.within_norm ?? 0)} x2={x(row.cell.within_norm ?? 0)} y1="3" y2="13" />
    </svg>
  );
}

export function League({ rows: given, interval }: { rows: readonly LeagueRow[]; interval: string }): JSX.Element | null {
  const by = place.value.league;
  const offered = BY.filter((each) => each !== "region" || seesAll());
  const dimension = offered.find((each) => each === by) ?? "substation";
  const other = useAsked<{ rows: LeagueRow[] }>(dimension === "substation" ? null : `league?${query({ by: dimension, interval })}`);
  const rows = dimension === "substation" ? given : (other.value?.rows ?? []);
  const n = rows.reduce((sum, row) => sum + row.cell.n, 0);
  const all = n === 0 ? 0 : rows.reduce((sum, row) => sum + row.cell.within, 0) / n;
  const from = rows.length > 0 ? lowest(rows) : 0;
  return (
    <Panel
      title={rt("league")}
      hint={rt("leagueHint")}
      testid="report-league"
      aside={<Choice label={rt("leagueBy")} testid="league-by" value={dimension} values={offered.map((each) => [each, rtCode("d_", each)] as const)} onChange={(league) => goTo({ league })} />}
    >
      <div class="scrolls tall" tabIndex={0} role="group" aria-label={rt("league")}>
        <table class="grid league">
          <thead>
            <tr>
              <th scope="col">{rtCode("d_", dimension)}</th>
              <th scope="col" class="right">
                {rt("n")}
              </th>
              {NORMED.has(interval) && (
                <>
                  <th scope="col" class="right">
                    {rt("within")}
                  </th>
                  <th scope="col" class="num scalehead">
                    <span class="unseen">{rt("within")}: 95 %</span>
                    <span aria-hidden="true">
                      {Math.round(from * 100)} <span>100 %</span>
                    </span>
                  </th>
                </>
              )}
              <th scope="col" class="right">
                {rt("p90s")}
              </th>
              {NORMED.has(interval) && <th scope="col">{rt("difference")}</th>}
            </tr>
          </thead>
          <tbody>
            {rows.map((row) => (
              <tr key={String(row.key)} data-testid={`league-${row.key ?? ""}`} data-noise={row.noise}>
                <th scope="row">{valueName(dimension, row.key)}</th>
                <td class="num right">
                  <ToCalls to={{ only: { ...place.value.only, [dimension]: [String(row.key ?? "")] }, with_interval: interval }}>{count(row.cell.n)}</ToCalls>
                </td>
                {NORMED.has(interval) && (
                  <>
                    <td class="num right">{share(row.cell.within_norm)}</td>
                    <td class="whiskercell">
                      <Bar row={row} from={from} all={all} />
                    </td>
                  </>
                )}
                <td class="num right">{length(row.cell.p90)}</td>
                {NORMED.has(interval) && (
                  <td class={`verdict ${row.noise ? "noise" : (row.difference ?? 0) > 0 ? "better" : "worse"}`}>
                    {row.noise ? `≈ ${rt("asOthers")}` : `${(row.difference ?? 0) > 0 ? "▲ +" : "▼ −"}${decimal(Math.abs(row.difference ?? 0) * 100)} ${rt((row.difference ?? 0) > 0 ? "better" : "worse")}`}
                  </td>
                )}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Panel>
  );
}
