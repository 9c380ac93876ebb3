// One call: its times by both clocks, its intervals, what happened, and its crews' tracks played back.
import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { api } from "../api";
import { clockTime } from "../format";
import { Key } from "../keycap";
import { useKeys } from "../keys";
import { hospitalName, reasonText, substationName } from "../names";
import { PriorityMark } from "../parts";
import { words } from "../refusals";
import { Replay } from "../replay";
import { session, signOf, unitOf } from "../store";
import { Timeline } from "../timeline";
import { tCode } from "../texts";
import type { AssignmentView, IncidentDetail, IncidentView } from "../views";
import { INTERVALS } from "./address";
import { dayText, instant, intervalName, length } from "./figures";
import { MapBox } from "./mapbox";
import { Panel, Problem } from "./parts";
import { dayAt } from "./period";
import { href, place, zone } from "./state";
import { rt, rtCode } from "./texts";

/** From which time to which each interval runs (docs/reports.md). */
const ENDS: Record<string, readonly [string, string]> = {
  processing: ["called", "notified"],
  turnout: ["notified", "en_route"],
  travel: ["en_route", "on_scene"],
  response: ["called", "on_scene"],
  response_from_notice: ["notified", "on_scene"],
  patient_access: ["on_scene", "at_patient"],
  scene: ["on_scene", "left_scene"],
  transport: ["left_scene", "at_hospital"],
  handover: ["at_hospital", "handed_over"],
  turnaround: ["at_hospital", "cleared"],
  task: ["notified", "cleared"],
};
const ORDER = ["called", "created", "notified", "acknowledged", "en_route", "on_scene", "at_patient", "left_scene", "at_hospital", "handed_over", "cleared"];
/** Told so much later, a time counts as entered afterwards. */
const LATE_MS = 5 * 60_000;

function timesOf(call: IncidentView, crew: AssignmentView): Map<string, number> {
  const times = new Map<string, number>([
    ["called", call.called_at_ms],
    ["created", call.created_at_ms],
  ]);
  for (const [status, at] of Object.entries(crew.times)) if (at !== undefined) times.set(status, at);
  return times;
}

function Crew({ call, crew }: { call: IncidentView; crew: AssignmentView }): JSX.Element {
  const times = timesOf(call, crew);
  const norm_s = (call.norm_ends_ms - call.called_at_ms) / 1000;
  const statuses = [...ORDER, ...[...times.keys()].filter((each) => !ORDER.includes(each))].filter((each) => times.has(each));
  const lengths = INTERVALS.flatMap((name) => {
    const [from, to] = ENDS[name] ?? ["", ""];
    const [begin, end] = [times.get(from), times.get(to)];
    return begin === undefined || end === undefined ? [] : [{ name, seconds: (end - begin) / 1000 }];
  });
  let before = 0;
  // The day stands in the heading; with the time only where it is another.
  const day = dayAt(call.called_at_ms, zone());
  const clock = (at_ms: number): string => (dayAt(at_ms, zone()) === day ? clockTime(at_ms, zone()) : instant(at_ms, zone()));
  return (
    <section class="crewcard" data-testid={`call-crew-${crew.id}`}>
      <h3>
        {rt("response", { unit: signOf(crew.unit) })} <span class="dim">{substationName(unitOf(crew.unit)?.substation ?? null)}</span>
        {crew.hospital !== null && <span class="dim"> → {hospitalName(crew.hospital)}</span>}
        <a class="button quiet" href={href({ view: "form110", argument: crew.id })} data-testid={`card-${crew.id}`}>
          {rt("card110")}
        </a>
      </h3>
      <div class="twotables">
        <table class="grid">
          <thead>
            <tr>
              <th scope="col">{rt("times")}</th>
              <th scope="col">{rt("stated")}</th>
              <th scope="col">{rt("learned")}</th>
            </tr>
          </thead>
          <tbody>
            {statuses.map((status) => {
              const at = times.get(status) ?? 0;
              const learned = (crew.learned as Record<string, number | undefined>)[status];
              const wrong = at < before;
              before = Math.max(before, at);
              const late = learned !== undefined && learned - at > LATE_MS;
              return (
                <tr key={status}>
                  <th scope="row">{ORDER.includes(status) ? rtCode("t_", status) : tCode(status)}</th>
                  <td class={`num${wrong ? " late" : ""}`}>{clock(at)}</td>
                  <td class={`num ${late ? "late" : "dim"}`}>{learned === undefined || learned - at < 3000 ? "" : clock(learned)}</td>
                </tr>
              );
            })}
          </tbody>
        </table>
        <table class="grid">
          <thead>
            <tr>
              <th scope="col" colSpan={2}>
                {rt("lengths")}
              </th>
            </tr>
          </thead>
          <tbody>
            {lengths.map(({ name, seconds }) => (
              <tr key={name} class={place.value.interval === name ? "chosen" : ""}>
                <th scope="row">{intervalName(name)}</th>
                <td class={`num right${seconds < 0 || (name === "response" && seconds > norm_s) ? " late" : ""}`}>
                  {seconds < 0 ? "−" : ""}
                  {length(Math.abs(seconds))}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

function Patient({ call }: { call: IncidentView }): JSX.Element {
  const [seen, setSeen] = useState<IncidentView | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const shown = seen ?? call;
  const rows: [string, string | null | undefined][] = [
    [rt("f_place"), [shown.place.label, shown.place.detail].filter(Boolean).join(", ")],
    [rt("f_patient"), shown.patient],
    [rt("f_phone"), shown.phone],
    [rt("f_note"), shown.note],
  ];
  return (
    <>
      <dl class="facts">
        {rows
          .filter(([, value]) => value)
          .map(([name, value]) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd>{value}</dd>
            </div>
          ))}
      </dl>
      {session.value?.role === "admin" && seen === null && (
        <p>
          <button
            type="button"
            data-testid="call-personal"
            onClick={() => api.incidentWithPatient(call.id).then((found: IncidentDetail) => setSeen(found.incident), (error: unknown) => setProblem(words(error)))}
          >
            {rt("personalShow")}
          </button>{" "}
          <span class="dim">{rt("personalNote")}</span>
        </p>
      )}
      <Problem text={problem} />
    </>
  );
}

export function CallView(): JSX.Element {
  const id = place.value.argument;
  const [missing, setMissing] = useState<string | null>(null);
  // Not the desk's choice, which other windows of this workplace follow.
  const [known, setKnown] = useState<IncidentDetail | null>(null);
  useEffect(() => {
    let gone = false;
    api.incident(id).then(
      (found) => !gone && setKnown(found),
      (error: unknown) => !gone && setMissing(words(error)),
    );
    return () => {
      gone = true;
    };
  }, [id]);
  useKeys({ Escape: () => history.back() });
  if (missing !== null && known === null)
    return (
      <Panel wide title={id} testid="report-call">
        <Problem text={place.value.source === "" ? missing : rt("fromLog")} />
      </Panel>
    );
  if (known === null) return <p class="nothing">{rt("loading")}</p>;
  const call = known.incident;
  return (
    <article class="callview" data-testid="report-call" aria-label={call.id}>
      <header>
        <PriorityMark priority={call.priority} />
        <h2>{reasonText(call.reason)}</h2>
        <span class="dim num">{rt("callTitle", { day: dayText(dayAt(call.called_at_ms, zone())), n: call.number })}</span>
        <span class="grow" />
        <button type="button" class="quiet" onClick={() => history.back()} data-testid="report-back">
          {rt("back")} <Key>Esc</Key>
        </button>
      </header>
      <div class="callparts">
        <div class="callfacts">
          <Patient call={call} />
          {known.assignments.map((crew) => (
            <Crew key={crew.id} call={call} crew={crew} />
          ))}
        </div>
        <div class="callmap">
          <MapBox what={{ scene: [call.place.lon_deg, call.place.lat_deg] }} label={rt("times")} testid="call-map">
            {known.assignments.length > 0 && <Replay key={call.id} incident={call.id} of={known} />}
          </MapBox>
          <Timeline entries={known.timeline} />
        </div>
      </div>
    </article>
  );
}
