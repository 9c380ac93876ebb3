// How long crews stood at each hospital.
import type { JSX } from "preact";
import { hospitalName } from "../../names";
import { count, length } from "../figures";
import { Panel, Problem, ToCalls } from "../parts";
import type { Group } from "../shapes";
import { place, query, useAsked } from "../state";
import { rt } from "../texts";

export function Hospitals(): JSX.Element {
  const { value, problem } = useAsked<{ rows: Group[] }>(`table?${query({ by: "hospital", interval: "turnaround" })}`);
  const rows = (value?.rows ?? []).filter((row) => row.key[0] !== null && (row.cells.turnaround?.n ?? 0) > 0).sort((a, b) => (b.cells.turnaround?.p90 ?? 0) - (a.cells.turnaround?.p90 ?? 0));
  const most = Math.max(1, ...rows.map((row) => row.cells.turnaround?.p90 ?? 0));
  return (
    <Panel title={rt("turnaroundHospital")} hint={rt("turnaroundHint")} testid="work-hospitals">
      <Problem text={problem} />
      <table class="grid">
        <thead>
          <tr>
            <th scope="col">{rt("d_hospital")}</th>
            <th scope="col" class="right">
              {rt("n")}
            </th>
            <th scope="col" class="right">
              {rt("p50s")}
            </th>
            <th scope="col" class="right" colSpan={2}>
              {rt("p90s")}
            </th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => {
            const id = String(row.key[0]);
            const cell = row.cells.turnaround;
            return (
              <tr key={id}>
                <th scope="row">{hospitalName(id)}</th>
                <td class="num right">
                  <ToCalls to={{ only: { ...place.value.only, hospital: [id] }, interval: "turnaround", with_interval: "turnaround" }}>{count(cell?.n ?? 0)}</ToCalls>
                </td>
                <td class="num right">{length(cell?.p50)}</td>
                <td class="num right strong">{length(cell?.p90)}</td>
                <td class="barcell">
                  <span class="minibars">
                    <span class="minibar soft" style={{ inlineSize: `${(100 * (cell?.p90 ?? 0)) / most}%` }} />
                    <span class="minibar" style={{ inlineSize: `${(100 * (cell?.p50 ?? 0)) / most}%` }} />
                  </span>
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </Panel>
  );
}
