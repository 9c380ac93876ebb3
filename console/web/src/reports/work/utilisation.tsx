// Which share of their hours in service crews were committed, by substation.
import type { JSX } from "preact";
import { substationName } from "../../names";
import { count, share } from "../figures";
import { Panel, Problem } from "../parts";
import type { Use } from "../shapes";
import { query, useAsked } from "../state";
import { rt } from "../texts";

export function Utilisation(): JSX.Element {
  const { value, problem } = useAsked<{ rows: Use[] }>(`utilisation?${query({ by: "substation" })}`);
  const rows = [...(value?.rows ?? [])].sort((a, b) => (b.share ?? 0) - (a.share ?? 0));
  const most = Math.max(0.01, ...rows.map((row) => row.share ?? 0));
  return (
    <Panel title={rt("use")} hint={`${rt("useHint")}. ${rt("filtersOfHours")}.`} testid="work-use">
      <Problem text={problem} />
      <table class="grid">
        <thead>
          <tr>
            <th scope="col">{rt("d_substation")}</th>
            <th scope="col" class="right">
              {rt("inService")}
            </th>
            <th scope="col" class="right">
              {rt("committed")}
            </th>
            <th scope="col" class="right" colSpan={2}>
              {rt("use")}
            </th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={String(row.key)}>
              <th scope="row">{substationName(row.key === null ? null : String(row.key))}</th>
              <td class="num right">{count(Math.round(row.in_service_h))}</td>
              <td class="num right">{count(Math.round(row.committed_h))}</td>
              <td class="num right">{share(row.share)}</td>
              <td class="barcell">
                <span class="minibars">
                  <span class="minibar" style={{ inlineSize: `${(100 * (row.share ?? 0)) / most}%` }} />
                </span>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </Panel>
  );
}
