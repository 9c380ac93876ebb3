// The shapes of workplaces and major incidents (docs/protocols.md, 2). Instants are milliseconds since 1970-01-01 UTC.
import type { Localised, PlaceView } from "./plainviews";

export interface Zone extends Localised {
  id: string;
  substations: string[];
}

export type WorkplaceKind = "call_taker" | "zone" | "senior" | "doctor";

export interface Workplace extends Localised {
  id: string;
  kind: WorkplaceKind;
  zones: string[];
}

/** Who is at a workplace; nobody: null. */
export interface Post {
  workplace: string;
  user: string | null;
  name: string | null;
  since_ms: number | null;
  /** Since when nothing is heard from its console. */
  silent_ms: number | null;
}

/** What takes too long, for its row. */
export interface Mark {
  name: string;
  incident: string;
  assignment: string | null;
  unit: string | null;
  since_ms: number;
  over_s: number;
  /** It is an alarm, too. */
  loud: boolean;
}

export interface Scale extends Localised {
  id: string;
  casualties: number | null;
}

export const URGENCIES = ["red", "yellow", "green", "black"] as const;
export type Urgency = (typeof URGENCIES)[number];

export interface MajorView {
  scale: string;
  declared_ms: number;
  by: string;
  note: string | null;
  plan: { kind: string; wanted: number; sent: number }[];
  triage: (Record<Urgency, number> & { at_ms: number; by: string }) | null;
  staging: PlaceView | null;
  beds: { hospital: string; beds: number; coming: number; there: number }[];
  reserve: number;
  /** Why it is another number than the plan's, or null. */
  reserve_why: string | null;
  stood_down_ms: number | null;
}

/** Whom to send by plan. */
export interface MajorPlanView {
  made_at_ms: number;
  plan: { kind: string; wanted: number; sent: number; next: string[] }[];
  reserve: number;
  etas_s: Record<string, number>;
}
