// What a dispatcher records of a talk with the caller: `F`, then a digit, then a few answers.
import { signal } from "@preact/signals";
import type { JSX } from "preact";
import { calltaking } from "./calltakingapi";
import { ANSWERS, type Answer } from "./calltakingviews";
import { describing } from "./describe";
import { priorityText } from "./format";
import { Refusal } from "./api";
import { Steps, type Answers, type Step } from "./steps";
import { incidents, nowMs, region } from "./store";
import { inQueue } from "./queueorder";
import { t, tCode, type TextKey } from "./texts";
import type { IncidentView, Priority } from "./views";

export type Act = "answers" | "callback" | "describe" | "patient" | "link" | "unlink" | "hazard" | "polyclinic" | "accepted" | "declined" | "priority";

/** The menu of the chosen call: closed, open, or open at one act. */
export const callMenu = signal<Act | "menu" | null>(null);

const DAY_MS = 86_400_000;
const DAYS = ["1", "30", "180"] as const;

/** What can be recorded of a call as it stands, at most nine. */
export function actsOf(incident: IncidentView): Act[] {
  const offered = incident.hand_over?.state === "offered";
  const polyclinics = region.value?.polyclinics ?? [];
  return [
    "answers",
    ...(incident.phone ? (["callback"] as const) : []),
    "describe",
    "patient",
    incident.linked_to ? "unlink" : "link",
    "hazard",
    "priority",
    ...(offered ? (["accepted", "declined"] as const) : incident.priority === 3 && polyclinics.length > 0 ? (["polyclinic"] as const) : []),
  ];
}

const question = (id: "conscious" | "breathing"): Step => ({ id, ask: t(`q_${id}`), options: ANSWERS.map((each) => [each, t(`a_${each}`)]) });

/** Something new, or one of those that are known already and are to be struck out; nine fit on the digits. */
const NEW = "new";
const which = (ask: TextKey, known: readonly (readonly [string, string])[]): Step => ({
  id: "which",
  ask: t(ask),
  options: [[NEW, t("another")], ...known.slice(-8).map(([id, text]) => [id, t("strikeOut", { text })] as const)],
});

function nextOf(incident: IncidentView, a: Answers): Step | null {
  const first = (...steps: Step[]): Step | null => steps.find((each) => a[each.id] === undefined) ?? null;
  switch (a.act) {
    case undefined:
      return { id: "act", ask: t("callMenuOf", { n: incident.number }), options: actsOf(incident).map((act) => [act, t(`m_${act}`)]) };
    case "answers":
      return first(question("conscious"), question("breathing"));
    case "callback": {
      const reached: Step = { id: "reached", ask: `${t("q_reached")} ${incident.phone ?? ""}`, options: [["yes", t("a_yes")], ["no", t("a_no")]] };
      if (a.reached !== "yes") return first(reached);
      const change: Step = { id: "change", ask: t("q_change"), options: [["better", t("c_better")], ["same", t("c_same")], ["worse", t("c_worse")]] };
      return first(question("conscious"), question("breathing"), change, { id: "note", ask: t("q_note"), optional: true });
    }
    case "patient": {
      const further = incident.patients ?? [];
      if (further.length > 0 && a.which === undefined) return which("q_patientor", further.map((each) => [String(each.number), each.who]));
      return first(a.which === undefined || a.which === NEW ? { id: "who", ask: t("q_who") } : { id: "why", ask: t("q_whynopatient") });
    }
    case "link":
      return first({ id: "number", ask: t("q_which") }, { id: "same", ask: t("q_samepatient"), options: [["yes", t("linkSame")], ["no", t("linkOther")]] });
    case "hazard":
      if ((incident.hazards ?? []).length > 0 && a.which === undefined) return which("q_hazardor", (incident.hazards ?? []).map((each) => [each.id, each.hazard]));
      if (a.which !== undefined && a.which !== NEW) return first({ id: "why", ask: t("q_whynohazard") });
      return first({ id: "text", ask: t("q_hazard") }, { id: "days", ask: t("q_days"), options: DAYS.map((each) => [each, t(`d_${each}`)]) });
    case "polyclinic":
      return first({ id: "polyclinic", ask: t("q_polyclinic"), options: (region.value?.polyclinics ?? []).slice(0, 9).map((each) => [each.id, `${each.name} ${each.phone}`]) });
    case "accepted":
      return first({ id: "by", ask: t("q_acceptedby") });
    case "priority":
      return first({ id: "priority", ask: t("q_priority"), options: (["1", "2", "3"] as const).map((each) => [each, priorityText(Number(each) as Priority)]) }, { id: "why", ask: t("q_why") });
    default:
      return null;
  }
}

const answer = (text: string | undefined): Answer => ANSWERS.find((each) => each === text) ?? "unknown";

async function record(incident: IncidentView, a: Answers): Promise<unknown> {
  const id = incident.id;
  switch (a.act) {
    case "answers":
      return calltaking.answers(id, { conscious: answer(a.conscious), breathing: answer(a.breathing) });
    case "callback":
      if (a.reached !== "yes") return calltaking.callBack(id, { reached: false });
      return calltaking.callBack(id, {
        reached: true,
        conscious: answer(a.conscious),
        breathing: answer(a.breathing),
        change: a.change ?? "same",
        ...(a.note ? { note: a.note } : {}),
      });
    case "patient":
      if (a.which !== undefined && a.which !== NEW) return calltaking.withdrawPatient(id, Number(a.which), a.why ?? "");
      return calltaking.patient(id, a.who ?? "");
    case "link": {
      const main = [...incidents.peek().values()].find((each) => inQueue(each) && String(each.number) === (a.number ?? "").replace(/\D/g, ""));
      if (!main) throw new Refusal(404, "no-such-call", t("noSuchCall"), null);
      return calltaking.link(id, main.id, a.same === "yes");
    }
    case "unlink":
      return calltaking.unlink(id);
    case "hazard":
      if (a.which !== undefined && a.which !== NEW) return calltaking.withdrawHazard(a.which, a.why ?? "");
      return calltaking.hazard(incident.place, a.text ?? "", Math.round(nowMs()) + Number(a.days ?? 1) * DAY_MS);
    case "polyclinic":
      return calltaking.offer(id, a.polyclinic ?? "");
    case "accepted":
      return calltaking.accept(id, a.by ?? "");
    case "declined":
      return calltaking.decline(id);
    case "priority":
      return calltaking.priority(id, Number(a.priority) as Priority, a.why ?? "");
    default:
      describing.value = id;
      return undefined;
  }
}

export function CallMenu({ incident }: { incident: IncidentView }): JSX.Element | null {
  const open = callMenu.value;
  if (open === null) return null;
  return (
    <Steps
      key={open}
      title={open === "menu" ? t("callMenu") : tCode(`m_${open}`)}
      begin={open === "menu" ? {} : { act: open }}
      next={(answers) => nextOf(incident, answers)}
      done={(answers) => record(incident, answers)}
      leave={() => (callMenu.value = null)}
    />
  );
}
