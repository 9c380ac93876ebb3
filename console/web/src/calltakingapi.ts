// The HTTP API of call-taking as functions.
import { at, call, write } from "./api";
import type { Answer, Hazard, Likely } from "./calltakingviews";
import type { IncidentView, PlaceView, Priority } from "./views";

type Done = Promise<{ incident: IncidentView }>;
const of = (id: string, what: string, body: object): Done => write(`/api/incidents/${at(id)}/${what}`, body);

export interface Told {
  reason?: string;
  priority?: Priority;
  phone?: string;
  patient?: string;
  note?: string;
  detail?: string;
}

export interface Talk {
  reached: boolean;
  conscious?: Answer;
  breathing?: Answer;
  change?: string;
  note?: string;
}

export const calltaking = {
  answers: (id: string, answers: { conscious?: Answer; breathing?: Answer }) => of(id, "answers", answers),
  callBack: (id: string, talk: Talk) => of(id, "call_backs", talk),
  describe: (id: string, told: Told) => of(id, "description", told),
  priority: (id: string, priority: Priority, why: string) => of(id, "priority", { priority, why }),
  instruct: (id: string, instruction: string) => of(id, "instructions", { instruction }),
  link: (id: string, main: string, same_patient: boolean) => of(id, "link", { main, same_patient }),
  unlink: (id: string) => of(id, "unlink", {}),
  patient: (id: string, who: string) => of(id, "patients", { who }),
  withdrawPatient: (id: string, patient: number, why: string) => of(id, `patients/${patient}/withdraw`, { why }),
  offer: (id: string, polyclinic: string) => of(id, "hand_over", { polyclinic }),
  accept: (id: string, accepted_by: string) => of(id, "hand_over/accept", { accepted_by }),
  decline: (id: string) => of(id, "hand_over/return", { why: "declined" }),
  hazard: (place: PlaceView, text: string, until_ms: number) => write<{ hazard: Hazard }>("/api/hazards", { place, text, until_ms }),
  withdrawHazard: (id: string, why: string) => write<unknown>(`/api/hazards/${at(id)}/withdraw`, { why }),
  hazardsAt: (place: PlaceView, signal: AbortSignal) =>
    call<{ hazards: Hazard[] }>("GET", `/api/hazards?lat=${place.lat_deg}&lon=${place.lon_deg}&label=${encodeURIComponent(place.label)}`, undefined, signal),
  duplicates: (id: string) => call<{ duplicates: Likely[] }>("GET", `/api/incidents/${at(id)}/duplicates`),
  likely: (place: PlaceView, phone: string, signal: AbortSignal) =>
    call<{ duplicates: Likely[] }>("GET", `/api/duplicates?lat=${place.lat_deg}&lon=${place.lon_deg}${phone === "" ? "" : `&phone=${encodeURIComponent(phone)}`}`, undefined, signal),
};
