// How often another crew than the first was sent, and why.
import type { JSX } from "preact";
import { percent } from "../../format";
import { overrideText } from "../../timeline";
import { count, decimal } from "../figures";
import { Panel, Problem } from "../parts";
import type { Overrides } from "../shapes";
import { query, useAsked } from "../state";
import { rt } from "../texts";

export function OverriddenAdvice(): JSX.Element {
  const { value, problem } = useAsked<Overrides>(`overrides?${query()}`);
  const parts: [string, number][] = value
    ? [
        [rt("firstSent"), value.first_sent],
        [rt("otherSent"), value.other_sent],
        [rt("notListed"), value.not_recommended],
      ]
    : [];
  const all = value?.responses ?? 0;
  return (
    <Panel title={rt("overrides")} hint={rt("overridesHint")} testid="work-overrides">
      <Problem text={problem} />
      <p class="stages">
        {parts.map(([name, n]) => (
          <span key={name}>
            {name} <b class="num">{count(n)}</b> <span class="dim">{all > 0 ? percent(n / all) : ""}</span>
          </span>
        ))}
      </p>
      <table class="grid">
        <thead>
          <tr>
            <th scope="col">{rt("whyOverride")}</th>
            <th scope="col" class="right">
              {rt("count")}
            </th>
            <th scope="col" class="right">
              {rt("meanRank")}
            </th>
          </tr>
        </thead>
        <tbody>
          {(value?.reasons ?? []).map((row) => (
            <tr key={row.reason ?? ""}>
              <th scope="row">{row.reason === null ? rt("noReason") : overrideText(row.reason)}</th>
              <td class="num right">{count(row.n)}</td>
              <td class="num right">{row.mean_rank === null ? "—" : decimal(row.mean_rank)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Panel>
  );
}
