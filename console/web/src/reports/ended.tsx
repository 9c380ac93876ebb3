// The calls that ended in one way: also those to which nobody was sent.
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { PriorityMark } from "../parts";
import { reasonText } from "../names";
import type { Priority } from "../views";
import { count, instant, length } from "./figures";
import { Nothing, Panel, Problem } from "./parts";
import type { EndedCall } from "./shapes";
import { href, place, query, useAsked, zone } from "./state";
import { rt, rtCode } from "./texts";

const PAGE = 100;
const MOST = 1000;

export function EndedView(): JSX.Element {
  const how = place.value.argument;
  const [limit, setLimit] = useState(PAGE);
  const { value, problem, loading } = useAsked<{ total: number; rows: EndedCall[] }>(`ended?${query({ how, limit: String(limit) })}`);
  const rows = value?.rows ?? [];
  return (
    <Panel
      wide
      title={`${rt("ended")}: ${rtCode("", how)}`}
      testid="report-ended"
      aside={
        <b class="num" data-testid="ended-total">
          {value ? rt("totalRows", { n: count(value.total) }) : ""}
        </b>
      }
    >
      <Problem text={problem} />
      {value && rows.length === 0 && <Nothing />}
      {rows.length > 0 && (
        <div class="scrolls" tabIndex={0} role="group" aria-label={rt("ended")} aria-busy={loading}>
          <table class="grid calls">
            <thead>
              <tr>
                <th scope="col">{rt("number")}</th>
                <th scope="col">
                  <span class="unseen">{rt("d_priority")}</span>
                </th>
                <th scope="col">{rt("called")}</th>
                <th scope="col">{rt("reason")}</th>
                <th scope="col">{rt("d_district")}</th>
                <th scope="col" class="right">
                  {rt("waited")}
                </th>
                <th scope="col">{rt("endedAt")}</th>
              </tr>
            </thead>
            <tbody>
              {rows.map((row) => (
                <tr key={row.incident} data-testid={`ended-row-${row.incident}`}>
                  <th scope="row">
                    <a href={href({ view: "call", argument: row.incident })}>{row.number ?? row.incident}</a>
                  </th>
                  <td>{row.priority !== null && row.priority >= 1 && row.priority <= 3 ? <PriorityMark priority={row.priority as Priority} /> : (row.priority ?? "")}</td>
                  <td class="num when">{instant(row.called_ms, zone())}</td>
                  <td>{row.reason === null ? "—" : reasonText(row.reason)}</td>
                  <td>{row.district ?? "—"}</td>
                  <td class="num right">{length(row.waited_s)}</td>
                  <td class="num when">{row.ended_ms === null ? "" : instant(row.ended_ms, zone())}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      {value && rows.length < value.total && limit < MOST && (
        <button type="button" onClick={() => setLimit(Math.min(MOST, limit * 4))}>
          {rt("more")} <span class="dim num">{rt("shownRows", { n: count(rows.length) })}</span>
        </button>
      )}
    </Panel>
  );
}
