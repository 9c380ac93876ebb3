// Honesty: what the figures leave out, and why; each count opens its rows.
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { INTERVALS } from "./address";
import { count, instant, intervalName } from "./figures";
import { Panel, ToCalls } from "./parts";
import { signOf } from "../store";
import { substationName } from "../names";
import { tCode } from "../texts";
import type { LeftOut, Overview } from "./shapes";
import { href, place, query, useAsked, zone } from "./state";
import { rt, rtCode } from "./texts";

const WHYS = ["missing", "times_out_of_order", "overlapping", "entered_late"] as const;

function Running({ rows }: { rows: LeftOut["not_finished"] }): JSX.Element {
  return (
    <table class="grid" data-testid="report-running">
      <tbody>
        {rows.map((row) => (
          <tr key={row.assignment}>
            <th scope="row">
              <a href={href({ view: "call", argument: row.incident })}>{row.incident}</a>
            </th>
            <td>{signOf(row.unit)}</td>
            <td>{substationName(row.substation)}</td>
            <td>{tCode(row.status)}</td>
            <td class="num">{instant(row.since_ms, zone())}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

export function Doubts({ shown }: { shown: Overview }): JSX.Element {
  const [running, setRunning] = useState(false);
  const left = useAsked<LeftOut>(place.value.source === "" ? `left-out?${query()}` : null, true).value;
  const all = shown.left_out.responses ?? 0;
  const negative = INTERVALS.filter((name) => (shown.intervals[name]?.negative ?? 0) > 0);
  return (
    <Panel wide title={rt("honesty")} hint={rt("honestyHint")} testid="report-left-out">
      <ul class="doubts">
        {WHYS.map((why) => (
          <li key={why}>
            <ToCalls to={{ why, order: "called" }} testid={`doubt-${why}`}>
              <b class="num">{count(shown.left_out[why] ?? 0)}</b>
            </ToCalls>
            <span>{rtCode("w_", why)}</span>
          </li>
        ))}
        {left && (
          <li>
            <button type="button" class="link" aria-expanded={running} data-testid="doubt-not_finished" onClick={() => setRunning(!running)}>
              <b class="num">{count(left.not_finished.length)}</b>
            </button>
            <span>{rt("w_not_finished")}</span>
          </li>
        )}
      </ul>
      <p class="legend">
        {rt("outOf", { n: count(all) })}
        {negative.length > 0 && ` · ${negative.map((name) => `${rt("negativeIn", { interval: intervalName(name) })}: ${shown.intervals[name]?.negative ?? 0}`).join(" · ")}`}
      </p>
      {running && left && <Running rows={left.not_finished} />}
    </Panel>
  );
}
