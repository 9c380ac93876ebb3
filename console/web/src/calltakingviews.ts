// The shapes of call-taking in docs/protocols.md. Instants are milliseconds since 1970-01-01 UTC.

export const ANSWERS = ["yes", "no", "unknown"] as const;
export type Answer = (typeof ANSWERS)[number];

export interface Condition {
  conscious: Answer | null;
  breathing: Answer | null;
}

export interface Instruction {
  id: string;
  ru: string;
  en: string;
  steps_ru: string[];
  steps_en: string[];
  source: string;
  approved_by: string | null;
}

export interface Polyclinic {
  id: string;
  name: string;
  phone: string;
}

export interface Hazard {
  id: string;
  hazard: string;
  by: string;
  since_ms: number;
  until_ms: number;
}

export interface HandOver {
  state: "offered" | "accepted" | "returned";
  polyclinic: string;
  since_ms: number;
  until_ms: number;
  accepted_by: string | null;
  why: string | null;
}

export interface Journey {
  kind: "transfer" | "planned";
  due_ms: number;
  hospital: string | null;
}

/** What call-taking adds to a call. */
export interface CallTakingView {
  condition: Condition | null;
  arrest: boolean;
  spoken_ms: number | null;
  call_back_ms: number | null;
  tries: number;
  linked_to: string | null;
  same_patient: boolean;
  linked: string[];
  patients: { number: number; who: string; note: string | null }[];
  hazards: Hazard[];
  hand_over: HandOver | null;
  journey: Journey | null;
  appears_ms: number | null;
  cancelled_as: string | null;
  entered_late: boolean;
}

/** What call-taking adds to the region. */
export interface CallTakingRules {
  instructions: Instruction[];
  resuscitation: string | null;
  unclear: string | null;
  polyclinics: Polyclinic[];
  lead_s: number;
}

export interface Likely {
  incident: string;
  number: number;
  signs: ("place" | "near" | "phone")[];
  distance_m: number;
  apart_s: number;
}
