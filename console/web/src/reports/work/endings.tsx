// How calls ended: treated, lost, cancelled before or after a crew was sent.
import type { JSX } from "preact";
import { percent } from "../../format";
import { count, valueName } from "../figures";
import { Panel, Problem } from "../parts";
import type { Ending } from "../shapes";
import { href, place, query, useAsked } from "../state";
import { rt } from "../texts";

const ENDS = ["treated", "lost", "cancelled_waiting", "cancelled_sent"] as const;

export function Endings(): JSX.Element {
  const { value, problem } = useAsked<{ rows: Ending[] }>(`endings?${query({ by: "priority" })}`);
  const rows = value?.rows ?? [];
  const all = rows.reduce((sum, row) => sum + row.calls, 0);
  return (
    <Panel title={rt("endings")} hint={`${rt("filtersOfCalls")}.`} testid="work-endings">
      <Problem text={problem} />
      <table class="grid">
        <thead>
          <tr>
            <th scope="col">{rt("d_priority")}</th>
            <th scope="col" class="right">
              {rt("calls")}
            </th>
            {ENDS.map((end) => (
              <th key={end} scope="col" class="right wraps">
                {rt(end)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={String(row.key)}>
              <th scope="row">{valueName("priority", row.key)}</th>
              <td class="num right">{count(row.calls)}</td>
              {ENDS.map((end) => (
                <td key={end} class="num right">
                  {row[end] === 0 ? (
                    "0"
                  ) : (
                    <a href={href({ view: "ended", argument: end, only: { ...place.value.only, priority: [String(row.key ?? "")] } })} data-testid={`ended-${end}-${row.key ?? ""}`}>
                      {count(row[end])}
                    </a>
                  )}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
        <tfoot>
          <tr>
            <th scope="row">{rt("all")}</th>
            <td class="num right">{count(all)}</td>
            {ENDS.map((end) => {
              const sum = rows.reduce((total, row) => total + row[end], 0);
              return (
                <td key={end} class="num right">
                  {sum === 0 ? (
                    "0"
                  ) : (
                    <a href={href({ view: "ended", argument: end })} data-testid={`ended-${end}`}>
                      {count(sum)}
                    </a>
                  )}
                  <br />
                  <span class="dim">{all > 0 ? percent(sum / all) : ""}</span>
                </td>
              );
            })}
          </tr>
        </tfoot>
      </table>
    </Panel>
  );
}
