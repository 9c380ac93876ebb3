// The shapes of rosters, queues and openings; docs/protocols.md.
import type { Json } from "./plainviews";

export interface Warned {
  trouble: string;
  member: string | null;
  kind: string | null;
  until: string | null;
  unit: string | null;
}

/** What a unit's view says beside its state. */
export interface CrewingView {
  usual_kind: string | null;
  equipment: string[] | null;
  missing: string[];
  duty_until_ms: number | null;
  duty_why: string | null;
  queue: string[];
  shift: { opened_ms: number; ends_ms: number | null; planned: string | null; members: { id: string; name: string }[]; warnings: Warned[]; by: string } | null;
}

/** What a call's view says of its waiting. */
export interface WaitingView {
  queued: { unit: string; since_ms: number } | null;
  reopened_ms: number | null;
}

export interface SoonCrew {
  unit: string;
  clears_in_s: number;
  eta_s: number;
  kind_fit: "exact" | "higher" | "lower";
  crew_kind: string;
}

export interface Named {
  id: string;
  ru: string;
  en: string;
}

export interface Member {
  id: string;
  name: string;
  qualifications: { kind: string; until: string | null }[];
}

export interface Planned {
  id: string;
  unit: string;
  starts_ms: number;
  ends_ms: number;
  members: string[];
  crew_kind: string | null;
}

export interface Roster {
  now_ms: number;
  members: Member[];
  expiring: { member: string; name: string; kind: string; until: string; days: number; stage: "expired" | "30" | "90" }[];
  planned: Planned[];
  shifts: { unit: string; members: string[]; warnings: Warned[] }[];
}

export interface HospitalState {
  id: string;
  name: string;
  state: "open" | "restricted" | "closed";
  refuses: string[];
  until_ms: number | null;
  why: string | null;
  by: string | null;
  handover_s: number | null;
  waiting: number;
}

export type Values = Record<string, Json>;
