// Where buttons and satellites disagree about when.
import type { JSX } from "preact";
import { signOf } from "../../store";
import { tCode } from "../../texts";
import { count, instant, length } from "../figures";
import { Panel, Problem } from "../parts";
import type { Disputes } from "../shapes";
import { href, query, useAsked, zone } from "../state";
import { rt } from "../texts";

export function DisputedButtons(): JSX.Element {
  const { value, problem } = useAsked<Disputes>(`disagreements?${query({ limit: "50" })}`);
  return (
    <Panel title={rt("disputes")} hint={rt("disputesHint")} testid="work-disputes">
      <Problem text={problem} />
      {value && value.rows.length === 0 && <p class="nothing">{rt("noDisputes")}</p>}
      {value && value.rows.length > 0 && (
        <>
          <p class="stages">
            {value.stages.map((stage) => (
              <span key={stage.stage}>
                {tCode(stage.stage)} <b class="num">{count(stage.n)}</b> <span class="dim num">p50 {length(stage.p50_s)}</span>
              </span>
            ))}
          </p>
          <div class="scrolls tall" tabIndex={0} role="group" aria-label={rt("disputes")}>
            <table class="grid">
              <thead>
                <tr>
                  <th scope="col">{rt("number")}</th>
                  <th scope="col">{rt("unit")}</th>
                  <th scope="col">{rt("stage")}</th>
                  <th scope="col">{rt("stated")}</th>
                  <th scope="col" class="right">
                    {rt("difference")}
                  </th>
                </tr>
              </thead>
              <tbody>
                {value.rows.map((row) => (
                  <tr key={row.assignment + row.stage}>
                    <th scope="row">
                      <a href={href({ view: "call", argument: row.incident })}>{row.incident}</a>
                    </th>
                    <td class="num">{signOf(row.unit)}</td>
                    <td>{tCode(row.stage)}</td>
                    <td class="num">{instant(row.at_ms, zone())}</td>
                    <td class="num right">
                      {row.disagreement_s > 0 ? "+" : "−"}
                      {length(Math.abs(row.disagreement_s))}
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        </>
      )}
    </Panel>
  );
}
