// The calls behind a figure: the same filters as the figure, the late ones first.
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { PriorityMark } from "../parts";
import { reasonText, substationName } from "../names";
import { signOf } from "../store";
import type { Priority } from "../views";
import { INTERVALS } from "./address";
import { count, instant, intervalName, length, NORMED } from "./figures";
import { Choice, goTo, Nothing, Panel, Problem } from "./parts";
import type { Calls, Row } from "./shapes";
import { href, place, query, useAsked, zone } from "./state";
import { rt, rtCode, type Text } from "./texts";

const PAGE = 100;

/** What is doubtful about a response, in words. */
export function doubtsOf(row: Row): string[] {
  const found: string[] = [];
  if (row.missing) found.push(`${rt("w_missing")}: ${row.missing.split(",").map((each) => rtCode("t_", each)).join(", ")}`);
  if (row.out_of_order) found.push(`${rt("w_times_out_of_order")}: ${row.out_of_order.split(" before ").map((each) => rtCode("t_", each)).join(" < ")}`);
  if (row.overlap_of) found.push(`${rt("w_overlapping")}: ${row.overlap_of}`);
  if (row.entered_late) found.push(`${rt("w_entered_late")}: ${row.entered_late.split(",").map((each) => rtCode("t_", each)).join(", ")}`);
  return found;
}

function Line({ row, interval, usual_s }: { row: Row; interval: string; usual_s: number }): JSX.Element {
  const took = row[`${interval}_s`] ?? null;
  const over = NORMED.has(interval) && took !== null ? took - (row.norm_s ?? usual_s) : 0;
  const doubts = doubtsOf(row);
  return (
    <tr data-testid={`report-row-${row.assignment}`} data-late={over > 0}>
      <th scope="row">
        <a href={href({ view: "call", argument: row.incident })} data-testid={`opencall-${row.incident}`}>
          {row.number ?? row.incident}
        </a>
      </th>
      <td>{row.priority !== null && row.priority >= 1 && row.priority <= 3 ? <PriorityMark priority={row.priority as Priority} /> : (row.priority ?? "")}</td>
      <td class="num when">{instant(row.called_ms, zone())}</td>
      <td>{row.reason === null ? "—" : reasonText(row.reason)}</td>
      <td class="num">{signOf(row.unit)}</td>
      <td>{substationName(row.substation)}</td>
      <td class="num right strong">{length(took)}</td>
      <td class="num right late">{over > 0 ? `+${length(over)}` : ""}</td>
      <td class="dim doubtcell">{doubts.join("; ")}</td>
    </tr>
  );
}

export function CallsView({ usual_s }: { usual_s: number }): JSX.Element {
  const { interval, order, with_interval, late_by, why } = place.value;
  const [pages, setPages] = useState(1);
  const [seen, setSeen] = useState("");
  const path = `calls?${query({ interval, order, limit: String(PAGE * pages) })}`;
  const base = query({ interval, order });
  if (seen !== base) {
    setSeen(base);
    if (pages !== 1) setPages(1);
  }
  const { value, problem, loading } = useAsked<Calls>(path);
  const what = [late_by !== "" ? rt("onlyLate") : "", why !== "" ? rtCode("w_", why) : ""].filter((each) => each !== "");
  return (
    <Panel
      wide
      title={rt("callsTitle")}
      hint={what.join(" · ")}
      testid="report-calls"
      aside={
        <>
          <b class="num" data-testid="report-total">
            {value ? rt("totalRows", { n: count(value.total) }) : ""}
          </b>
          <label class="tick">
            <input type="checkbox" data-testid="calls-late" checked={late_by !== ""} onChange={(event) => goTo({ late_by: event.currentTarget.checked ? interval : "" })} />
            <span>{rt("onlyLate")}</span>
          </label>
          <Choice
            label={rt("interval")}
            testid="calls-interval"
            value={interval}
            values={INTERVALS.map((each) => [each, intervalName(each)] as const)}
            onChange={(each) => goTo({ interval: each, with_interval: with_interval === "" ? "" : each, late_by: late_by === "" ? "" : each })}
          />
          <Choice
            label={rt("order")}
            testid="calls-order"
            value={order}
            values={(["longest", "shortest", "called"] as const).map((each) => [each, rt(`o_${each}` as Text)] as const)}
            onChange={(each) => goTo({ order: each })}
          />
        </>
      }
    >
      <Problem text={problem} />
      {value && value.total === 0 && <Nothing />}
      {value && value.total > 0 && (
        <div class="scrolls" tabIndex={0} role="group" aria-label={rt("callsTitle")} aria-busy={loading}>
          <table class="grid calls" data-testid="report-responses">
            <thead>
              <tr>
                <th scope="col">{rt("number")}</th>
                <th scope="col">
                  <span class="unseen">{rt("d_priority")}</span>
                </th>
                <th scope="col">{rt("called")}</th>
                <th scope="col">{rt("reason")}</th>
                <th scope="col">{rt("unit")}</th>
                <th scope="col">{rt("d_substation")}</th>
                <th scope="col" class="right">
                  {intervalName(interval)}
                </th>
                <th scope="col" class="right">
                  {rt("over")}
                </th>
                <th scope="col">{rt("doubt")}</th>
              </tr>
            </thead>
            <tbody>
              {value.rows.map((row) => (
                <Line key={`${row.source}${row.assignment}`} row={row} interval={interval} usual_s={usual_s} />
              ))}
            </tbody>
          </table>
        </div>
      )}
      {value && value.rows.length < value.total && value.rows.length < 1000 && (
        <button type="button" data-testid="calls-more" onClick={() => setPages(Math.min(10, pages * 2))}>
          {rt("more")} <span class="dim num">{rt("shownRows", { n: count(value.rows.length) })}</span>
        </button>
      )}
    </Panel>
  );
}
