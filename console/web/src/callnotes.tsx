// What call-taking says of the chosen call, gravest first: resuscitation, hazards, who must be rung, likely duplicates,
// links, further patients, a polyclinic's answer.
import { useComputed } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { actsOf, callMenu, type Act } from "./callmenu";
import { calltaking } from "./calltakingapi";
import type { Instruction, Likely } from "./calltakingviews";
import { countdown, dateTime, shortTime } from "./format";
import { InstructionSteps, instructionsFor } from "./instruction";
import { Key } from "./keycap";
import { useKeys } from "./keys";
import { hospitalName } from "./names";
import { words } from "./refusals";
import { incidents, region, tickingNowMs } from "./store";
import { t, tCode } from "./texts";
import { notice, selectCall } from "./ui";
import { lang } from "./settings";
import type { IncidentView } from "./views";

const tell = (error: unknown): void => {
  notice.value = words(error);
};

/** Whether somebody has to resuscitate until a crew is there. */
export const isArrestNow = (incident: IncidentView): boolean => incident.arrest === true && incident.arrived_at_ms === null;

function Instructions({ incident, found, arrest }: { incident: IncidentView; found: readonly Instruction[]; arrest: boolean }): JSX.Element {
  // Resuscitation is open without being asked for.
  const [shown, setShown] = useState<string | null>(null);
  const open = shown ?? (arrest ? found[0]?.id : undefined) ?? null;
  const toggle = (instruction: Instruction): void => {
    setShown(open === instruction.id ? "" : instruction.id);
    if (open !== instruction.id) calltaking.instruct(incident.id, instruction.id).catch(tell);
  };
  useKeys({
    // One after the other, and then none.
    "⇧f": () => {
      const next = found[found.findIndex((each) => each.id === open) + 1];
      if (next) toggle(next);
      else setShown("");
    },
  });
  const steps = found.find((each) => each.id === open);
  return (
    <section class={arrest ? "note grave" : "note"} data-testid="instructions" data-arrest={arrest}>
      {arrest && <h3>{t("arrest")}</h3>}
      <p class="row wrap">
        {found.map((each) => (
          <button key={each.id} type="button" aria-expanded={open === each.id} data-testid={`open-${each.id}`} onClick={() => toggle(each)}>
            {each[lang.value]}
          </button>
        ))}
        <Key>⇧F</Key>
      </p>
      {steps && <InstructionSteps instruction={steps} />}
    </section>
  );
}

/** Opens the call's menu at one act, and shows the keys that lead there. */
function Opener({ incident, act, strong = false }: { incident: IncidentView; act: Act; strong?: boolean }): JSX.Element {
  return (
    <button type="button" class={strong ? "primary" : ""} data-testid={`do-${act}`} onClick={() => (callMenu.value = act)}>
      {t(act === "callback" ? "callBackRecord" : `m_${act}`)} <Key>F {actsOf(incident).indexOf(act) + 1}</Key>
    </button>
  );
}

function CallBack({ incident }: { incident: IncidentView }): JSX.Element | null {
  const due_ms = incident.call_back_ms ?? null;
  const left = useComputed(() => (due_ms === null ? 1 : (due_ms - tickingNowMs()) / 1000));
  const due = useComputed(() => left.value < 0);
  const text = useComputed(() => countdown(left.value));
  if (due_ms === null) return null;
  return (
    <p class={due.value ? "note row wrap due" : "note row wrap"} data-testid="call-back" data-due={due.value}>
      <span class="grow">
        {t("callBackDue", { phone: (incident.phone ?? "").replaceAll(" ", "\u00a0") })} <b class="num">{text}</b>
        {(incident.tries ?? 0) > 0 && <span class="dim"> · {t("callBackTries", { n: incident.tries ?? 0 })}</span>}
      </span>
      <Opener incident={incident} act="callback" strong={due.value} />
    </p>
  );
}

function Duplicates({ incident }: { incident: IncidentView }): JSX.Element | null {
  const [found, setFound] = useState<Likely[]>([]);
  const fresh = `${incident.id} ${incident.linked_to ?? ""} ${(incident.linked ?? []).join()} ${incident.phone ?? ""}`;
  useEffect(() => {
    let gone = false;
    if (incident.linked_to || (incident.linked ?? []).length > 0) setFound([]);
    else calltaking.duplicates(incident.id).then((answer) => !gone && setFound(answer.duplicates), () => undefined);
    return () => {
      gone = true;
    };
  }, [fresh]);
  const link = (likely: Likely, same: boolean): void => {
    calltaking.link(incident.id, likely.incident, same).catch(tell);
  };
  const offered = found.filter((each) => !incidents.value.get(each.incident)?.linked_to).slice(0, 2);
  const first = (same: boolean) => (): boolean => {
    const [likely] = offered;
    if (likely) link(likely, same);
    return likely !== undefined;
  };
  useKeys({ "⇧j": first(true), "⇧k": first(false) });
  if (offered.length === 0) return null;
  return (
    <section class="note" data-testid="duplicates" aria-label={t("m_link")}>
      {offered.map((each, i) => (
        <p key={each.incident} class="row wrap">
          <button type="button" class="quiet grow lefttext" onClick={() => selectCall(each.incident)}>
            {t("likelySame", { n: each.number, signs: each.signs.map((sign) => t(`sign_${sign}`)).join(", ") })}
          </button>
          <button type="button" data-testid={`link-same-${each.number}`} onClick={() => link(each, true)}>
            {t("linkSame")} {i === 0 && <Key>⇧J</Key>}
          </button>
          <button type="button" data-testid={`link-other-${each.number}`} onClick={() => link(each, false)}>
            {t("linkOther")} {i === 0 && <Key>⇧K</Key>}
          </button>
        </p>
      ))}
    </section>
  );
}

function Links({ incident }: { incident: IncidentView }): JSX.Element | null {
  const main = incident.linked_to ? incidents.value.get(incident.linked_to) : undefined;
  const others = (incident.linked ?? []).flatMap((id) => incidents.value.get(id) ?? []);
  if (!main && others.length === 0) return null;
  return (
    <div class="note" data-testid="links">
      {main && (
        <p class="row wrap">
          <button type="button" class="quiet grow lefttext" onClick={() => selectCall(main.id)}>
            {t(incident.same_patient ? "linkedSame" : "linkedOther", { n: main.number })}
          </button>
          <button type="button" data-testid="unlink" onClick={() => void calltaking.unlink(incident.id).catch(tell)}>
            {t("m_unlink")} <Key>F {actsOf(incident).indexOf("unlink") + 1}</Key>
          </button>
        </p>
      )}
      {others.length > 0 && <p>{t("linkedHere", { numbers: others.map((each) => `№ ${each.number}${each.phone ? ` ${each.phone}` : ""}`).join(", ") })}</p>}
    </div>
  );
}

function Patients({ incident }: { incident: IncidentView }): JSX.Element | null {
  const further = incident.patients ?? [];
  if (further.length === 0) return null;
  return (
    <section class="note" data-testid="patients" aria-label={t("patientsOf", { n: further.length + 1 })}>
      <h3>{t("patientsOf", { n: further.length + 1 })}</h3>
      <ol class="plain">
        {further.map((each) => (
          <li key={each.number} class="row">
            <b class="num">{each.number}</b>
            <span class="grow">
              {each.who}
              {each.note ? <span class="dim"> · {each.note}</span> : null}
            </span>
          </li>
        ))}
      </ol>
    </section>
  );
}

function Polyclinic({ incident }: { incident: IncidentView }): JSX.Element | null {
  const standing = incident.hand_over;
  const zone = region.value?.timezone ?? "UTC";
  if (!standing || incident.ended_at_ms !== null) return null;
  const where = region.value?.polyclinics?.find((each) => each.id === standing.polyclinic);
  const name = where?.name ?? standing.polyclinic;
  if (standing.state === "offered") {
    return (
      <p class="note row wrap" data-testid="hand-over" data-state="offered">
        <span class="grow">{t("offeredTo", { name, phone: where?.phone ?? "", time: shortTime(standing.until_ms, zone) })}</span>
        <Opener incident={incident} act="accepted" strong />
        <Opener incident={incident} act="declined" />
      </p>
    );
  }
  if (standing.state === "returned" && standing.why === "timed_out" && incident.assignments.length === 0) {
    return (
      <p class="note due" data-testid="hand-over" data-state="returned">
        {t("returnedTo", { name })}
      </p>
    );
  }
  return null;
}

/** Hazards as dispatcher and crew see them; what has run out meanwhile is gone. */
export function Hazards({ incident }: { incident: IncidentView }): JSX.Element | null {
  const zone = region.value?.timezone ?? "UTC";
  const found = (incident.hazards ?? []).filter((each) => each.until_ms > tickingNowMs());
  if (found.length === 0) return null;
  return (
    <ul class="note hazards" data-testid="hazards">
      {found.map((each) => (
        <li key={each.id}>
          <b>
            <span aria-hidden="true">⚠ </span>
            {t("hazard")}: {each.hazard}
          </b>{" "}
          <span class="dim">{t("hazardBy", { by: each.by, until: dateTime(each.until_ms, zone) })}</span>
        </li>
      ))}
    </ul>
  );
}

/** How the patient was when somebody last asked. */
export function conditionText(incident: IncidentView): string | null {
  const known = incident.condition;
  if (!known) return null;
  const told = (["conscious", "breathing"] as const).flatMap((name) => {
    const answer = known[name];
    return answer === null ? [] : [t(`${name}_is`, { answer: t(`a_${answer}`) })];
  });
  return told.length > 0 ? told.join(", ") : null;
}

export function journeyText(incident: IncidentView): string | null {
  const journey = incident.journey;
  if (!journey) return null;
  const time = dateTime(journey.due_ms, region.value?.timezone ?? "UTC");
  return t("journeyTo", { kind: tCode(`j_${journey.kind}`), hospital: journey.hospital === null ? "—" : hospitalName(journey.hospital), time });
}

/** What may speak against sending, or how: above whom to send. */
export function UrgentNotes({ incident }: { incident: IncidentView }): JSX.Element {
  return (
    <div class="callnotes">
      <Hazards incident={incident} />
      {incident.ended_at_ms === null && <Duplicates incident={incident} />}
    </div>
  );
}

/** What is said, asked and noted while a crew is on its way, or after. */
export function CallNotes({ incident }: { incident: IncidentView }): JSX.Element {
  const open = incident.ended_at_ms === null;
  const journey = journeyText(incident);
  const arrest = isArrestNow(incident);
  const found = instructionsFor(arrest, incident.reason);
  return (
    <div class="callnotes">
      {journey !== null && <p class="note num">{journey}</p>}
      {open && found.length > 0 && <Instructions incident={incident} found={found} arrest={arrest} />}
      {open && <CallBack incident={incident} />}
      <Links incident={incident} />
      <Patients incident={incident} />
      <Polyclinic incident={incident} />
    </div>
  );
}
