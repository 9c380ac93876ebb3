// The journal of calls 109/у and the call card 110/у, for paper.
import type { ComponentChildren, JSX } from "preact";
import { useState } from "preact/hooks";
import { clockTime } from "../format";
import { hospitalName, kindName, reasonText, substationName } from "../names";
import { region, session, signOf } from "../store";
import { tCode } from "../texts";
import { dayText, instant, intervalName, length } from "./figures";
import { Problem } from "./parts";
import { isDay } from "./period";
import type { Card, FormLine } from "./shapes";
import { place, today, useAsked, zone } from "./state";
import { rt, rtCode } from "./texts";

const clock = (at_ms: number | null): string => (at_ms === null ? "" : clockTime(at_ms, zone()).slice(0, 5));

function Sheet({ title, under, children, personal, onPersonal, testid }: { title: string; under: string; children: ComponentChildren; personal: boolean; onPersonal: (on: boolean) => void; testid: string }): JSX.Element {
  return (
    <article class="paperform" data-testid={testid} aria-label={title}>
      <header>
        <div>
          <h2>{title}</h2>
          <p>
            {region.value?.name.ru} · {under}
          </p>
        </div>
        {session.value?.role !== "federal" && (
          <label class="tick noprint">
            <input type="checkbox" checked={personal} data-testid="form-personal" onChange={(event) => onPersonal(event.currentTarget.checked)} />
            <span>
              {rt("withPersonal")} <span class="dim">({rt("personalNote")})</span>
            </span>
          </label>
        )}
        <button type="button" class="noprint" onClick={() => window.print()}>
          {rt("print")}
        </button>
      </header>
      {children}
      <p class="legend">{rt("formsHint")}</p>
    </article>
  );
}

export function Form109(): JSX.Element {
  const day = isDay(place.value.argument) ? place.value.argument : today();
  const [personal, setPersonal] = useState(false);
  const { value, problem } = useAsked<{ lines: FormLine[] }>(`forms/109?day=${day}&personal=${personal}`);
  return (
    <Sheet title={rt("form109")} under={rt("formDay", { day: dayText(day) })} personal={personal} onPersonal={setPersonal} testid="form109">
      <Problem text={problem} />
      {value && value.lines.length === 0 && <p class="nothing">{rt("noLines")}</p>}
      {value && value.lines.length > 0 && (
        <div class="scrolls" tabIndex={0} role="group" aria-label={rt("form109")}>
          <table class="grid paper">
            <thead>
              <tr>
                <th scope="col">{rt("number")}</th>
                <th scope="col">{rt("called")}</th>
                <th scope="col">{rt("f_place")}</th>
                <th scope="col">{rt("f_patient")}</th>
                <th scope="col">{rt("reason")}</th>
                <th scope="col">{rt("unit")}</th>
                {(["notified", "en_route", "on_scene", "left_scene", "at_hospital", "cleared"] as const).map((status) => (
                  <th key={status} scope="col">
                    {rtCode("t_", status)}
                  </th>
                ))}
                <th scope="col">{rt("f_hospital")}</th>
                <th scope="col">{rt("f_outcome")}</th>
              </tr>
            </thead>
            <tbody>
              {value.lines.map((line) => (
                <tr key={line.assignment ?? line.incident} data-testid={`form109-${line.assignment ?? line.incident}`}>
                  <th scope="row" class="num">
                    {line.number}
                  </th>
                  <td class="num">{clock(line.called_at_ms)}</td>
                  <td>{line.place}</td>
                  <td>{line.patient}</td>
                  <td>{reasonText(line.reason)}</td>
                  <td class="num">{line.unit === null ? "" : signOf(line.unit)}</td>
                  {([line.notified_ms, line.en_route_ms, line.on_scene_ms, line.left_scene_ms, line.at_hospital_ms, line.cleared_ms] as const).map((at, i) => (
                    <td key={i} class="num">
                      {clock(at)}
                    </td>
                  ))}
                  <td>{line.hospital === null ? "" : hospitalName(line.hospital)}</td>
                  <td>{line.outcome === null ? "" : tCode(line.outcome)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </Sheet>
  );
}

export function Form110(): JSX.Element {
  const [personal, setPersonal] = useState(false);
  const { value, problem } = useAsked<{ card: Card }>(`forms/110/${encodeURIComponent(place.value.argument)}?personal=${personal}`);
  const card = value?.card;
  const facts: [string, string | null][] = card
    ? [
        [rt("f_place"), [card.place, card.place_detail].filter(Boolean).join(", ")],
        [rt("f_patient"), card.patient],
        [rt("f_phone"), card.phone],
        [rt("reason"), `${reasonText(card.reason)} · ${rt("d_priority")} ${card.priority}`],
        [rt("unit"), card.unit === null ? null : `${signOf(card.unit)} · ${substationName(card.substation)}`],
        [rt("f_kind"), [card.crew_kind === null ? null : kindName(card.crew_kind), card.vehicle_class].filter(Boolean).join(" · ")],
        [rt("f_taken"), card.taken_by],
        [rt("f_sentBy"), card.sent_by],
        [rt("f_hospital"), card.hospital_name],
        [rt("f_outcome"), card.outcome === null ? null : tCode(card.outcome)],
        [rt("f_note"), card.note],
      ]
    : [];
  return (
    <Sheet title={rt("form110")} under={card ? rt("callTitle", { day: dayText(card.incident.slice(0, 10)), n: card.number }) : place.value.argument} personal={personal} onPersonal={setPersonal} testid="form110">
      <Problem text={problem} />
      {card && (
        <div class="card110">
          <dl class="facts">
            {facts.map(([name, text]) => (
              <div key={name}>
                <dt>{name}</dt>
                <dd>{text}</dd>
              </div>
            ))}
          </dl>
          <div class="twotables">
            <table class="grid paper">
              <tbody>
                {Object.entries(card.times_ms).map(([name, at]) => (
                  <tr key={name}>
                    <th scope="row">{rtCode("t_", name)}</th>
                    <td class="num">{at === null ? "" : instant(at, zone())}</td>
                  </tr>
                ))}
              </tbody>
            </table>
            <table class="grid paper">
              <tbody>
                {Object.entries(card.intervals_s).map(([name, seconds]) => (
                  <tr key={name}>
                    <th scope="row">{intervalName(name)}</th>
                    <td class="num right">{seconds === null ? "" : length(seconds)}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
          <h3>{rt("f_hand")}</h3>
          <dl class="byhand">
            {card.by_hand.map((name) => (
              <div key={name}>
                <dt>{rtCode("h_", name)}</dt>
                <dd />
              </div>
            ))}
          </dl>
        </div>
      )}
    </Sheet>
  );
}
