// What call-taking did to a call, in words; null for an entry of another kind.
import { lang } from "./settings";
import { incidents, region } from "./store";
import { t, tCode } from "./texts";
import type { Json, Values } from "./views";

const text = (value: Json | undefined): string => (typeof value === "string" || typeof value === "number" ? String(value) : "");

function answers(data: Values): string {
  return (["conscious", "breathing"] as const)
    .flatMap((name) => (text(data[name]) === "" ? [] : [t(`${name}_is`, { answer: tCode(`a_${text(data[name])}`) })]))
    .join(", ");
}

const joined = (...parts: string[]): string => parts.filter((each) => each !== "").join(", ");
const numberOf = (id: Json | undefined): string => `№ ${incidents.value.get(text(id))?.number ?? text(id)}`;
const polyclinic = (id: Json | undefined): string => region.value?.polyclinics?.find((each) => each.id === id)?.name ?? text(id);

export function callTakingSentence(kind: string, data: Values): string | null {
  const say = (ru: string, en: string): string => (lang.value === "ru" ? ru : en);
  switch (kind) {
    case "patient_assessed":
      return `${say("Ответы", "Answers")}: ${answers(data)}`;
    case "patient_called_back": {
      if (data.reached !== true) return say("Перезвонили: не ответили", "Called back: no answer");
      const change = text(data.change) === "" ? "" : tCode(`c_${text(data.change)}`);
      return `${say("Перезвонили", "Called back")}: ${joined(answers(data), change, text(data.note))}`;
    }
    case "priority_changed":
      return `${t("priority")} ${text(data.before)} → ${text(data.priority)} (${joined(tCode(`because_${text(data.because)}`), text(data.why))})`;
    case "incident_described":
      return `${say("Дополнено", "More is known")}: ${joined(text(data.patient), text(data.phone), text(data.detail), text(data.note))}`;
    case "instruction_given": {
      const found = region.value?.instructions?.find((each) => each.id === data.instruction);
      return t("instructionFor", { name: found ? found[lang.value] : text(data.instruction) });
    }
    case "incident_linked":
      return `${say("Связан с", "Linked to")} ${numberOf(data.main)} (${t(data.same_patient === true ? "linkSame" : "linkOther").toLowerCase()})`;
    case "incident_unlinked":
      return `${say("Отвязан от", "Unlinked from")} ${numberOf(data.main)}`;
    case "patient_noted":
      return `${t("patient")} ${text(data.patient)}: ${joined(text(data.who), text(data.note))}`;
    case "patient_withdrawn":
      return `${t("patient")} ${text(data.patient)}: ${say("нет", "none")} (${text(data.why)})`;
    case "hand_over_offered":
      return `${say("Предложен", "Offered to")}: ${polyclinic(data.polyclinic)}`;
    case "hand_over_accepted":
      return `${polyclinic(data.polyclinic)}: ${say("принял(а)", "accepted by")} ${text(data.accepted_by)}`;
    case "hand_over_returned":
      return `${polyclinic(data.polyclinic)}: ${tCode(`back_${text(data.why)}`)}`;
    case "hazard_noted":
      return `${t("hazard")}: ${text(data.text)}`;
    case "hazard_withdrawn":
      return `${say("Опасность снята", "Hazard withdrawn")}: ${text(data.why)}`;
    default:
      return null;
  }
}
