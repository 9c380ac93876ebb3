// The shapes of docs/protocols.md, to the letter. Instants are milliseconds since 1970-01-01 UTC.
import type { CallTakingRules, CallTakingView } from "./calltakingviews";
import type { CrewingView, Named, SoonCrew, WaitingView } from "./crewingviews";
import type { MajorView, Scale, Workplace, Zone } from "./deskviews";
import type { Json, Localised, PlaceView } from "./plainviews";

export type { Json, Localised, PlaceView } from "./plainviews";

export type Role = "dispatcher" | "admin" | "crew" | "intake" | "hospital" | "federal";
export type Priority = 1 | 2 | 3;
export type Phase = "waiting" | "assigned" | "on_scene" | "transporting" | "closed" | "cancelled";
export type Duty = "on" | "break" | "refuelling" | "out_of_order" | "off";

/** Statuses of an assignment in the order in which they usually come. */
export const STATUS_ORDER = [
  "notified",
  "acknowledged",
  "en_route",
  "on_scene",
  "at_patient",
  "left_scene",
  "at_hospital",
  "handed_over",
  "cleared",
] as const;
export type Progress = (typeof STATUS_ORDER)[number];
export type Status = Progress | "refused" | "pre_empted" | "cancelled";

/** States of a unit, in the order in which the board shows them. */
export const UNIT_STATES = [
  "free",
  "notified",
  "acknowledged",
  "en_route",
  "on_scene",
  "at_patient",
  "left_scene",
  "at_hospital",
  "handed_over",
  "break",
  "refuelling",
  "out_of_order",
  "off",
] as const;
export type UnitState = (typeof UNIT_STATES)[number];

export interface Session {
  user: string;
  name: string;
  role: Role;
  unit: string | null;
  hospital?: string | null;
}

export interface Substation {
  id: string;
  name: string;
  lat_deg: number;
  lon_deg: number;
}

export interface Hospital extends Substation {
  capabilities: string[];
}

export interface CrewKind extends Localised {
  id: string;
}

export interface CallReason extends Localised {
  id: string;
  priority: Priority;
  crew_kind: string | null;
  needs: string[];
  instructions?: string[];
}

export interface RegionView extends Partial<CallTakingRules> {
  region: string;
  name: Localised;
  timezone: string;
  norm_s: number;
  demo: boolean;
  bounds: [number, number, number, number] | null;
  tiles: boolean;
  substations: Substation[];
  hospitals: Hospital[];
  crew_kinds: CrewKind[];
  reasons: CallReason[];
  equipment?: Named[];
  qualifications?: Named[];
  zones?: Zone[];
  workplaces?: Workplace[];
  scales?: Scale[];
}

export interface FoundPlace {
  label: string;
  lat_deg: number;
  lon_deg: number;
  kind: string;
}

export interface IncidentView extends Partial<CallTakingView>, Partial<WaitingView> {
  id: string;
  number: number;
  phase: Phase;
  place: PlaceView;
  reason: string;
  priority: Priority;
  phone: string | null;
  patient: string | null;
  note: string | null;
  called_at_ms: number;
  created_at_ms: number;
  norm_ends_ms: number;
  arrived_at_ms: number | null;
  ended_at_ms: number | null;
  outcome: string | null;
  assignments: string[];
  source: string;
  zone?: string | null;
  /** The workplace that answers for it. */
  owner?: string;
  major?: MajorView | null;
}

/** What an open call can hope for. */
export interface Outlook {
  best_eta_s: number | null;
  unit: string | null;
  soon: boolean;
  remaining_s: number | null;
  cannot_meet: boolean;
  send: string | null;
}

/** Crews that should change calls, for a person to take. */
export interface Proposal {
  id: string;
  kind: "swap" | "turn_around";
  gain_s: number;
  late_fewer: number;
  moves: {
    incident: string;
    priority: Priority;
    taken: string | null;
    sent: string | null;
    expected: string | null;
    before_s: number | null;
    after_s: number | null;
  }[];
}

/** Something about a unit that a person must see and acknowledge. */
export interface AlarmView {
  id: string;
  kind: string;
  /** The workplace at which it stands. */
  owner?: string;
  unit: string;
  /** Everyone it is about, the first of them; `units_total` counts all. */
  units: readonly string[];
  units_total: number;
  raised_ms: number;
  learned_ms: number;
  acknowledged_ms: number | null;
  acknowledged_by: string | null;
  evidence?: { incident?: string; workplace?: string; peers?: readonly string[]; note?: string };
}

export interface UnitView extends Partial<CrewingView> {
  id: string;
  index: number;
  call_sign: string;
  crew_kind: string;
  vehicle_class: string;
  substation: string | null;
  duty: Duty;
  state: UnitState;
  state_since_ms: number;
  assignment: string | null;
  incident: string | null;
}

export interface AssignmentView {
  id: string;
  incident: string;
  unit: string;
  status: Status;
  times: Partial<Record<Status, number>>;
  learned: Partial<Record<Status, number>>;
  hospital: string | null;
  /** The travel time that was seen when the crew was chosen. */
  eta_s: number | null;
  override_reason: string | null;
  recommended_rank: number | null;
  by: string;
}

export type Values = { [key: string]: Json };

export interface TimelineEntry {
  seq: number;
  kind: string;
  at_ms: number;
  learned_ms: number;
  by: string;
  source: string;
  data: Values;
}

export interface IncidentDetail {
  incident: IncidentView;
  assignments: AssignmentView[];
  timeline: TimelineEntry[];
  /** The journal cannot tell now. */
  timeline_missing?: boolean;
}

export interface Because {
  code: string;
  values: Values;
}

export interface RankedCrew {
  unit: string;
  rank: number;
  eta_s: number | null;
  /** Nine times of ten it is there by then. */
  eta_p90_s?: number;
  distance_m: number | null;
  position_age_s: number | null;
  position: "live" | "parked" | "stale" | "none" | "base";
  state: UnitState;
  crew_kind: string;
  kind_fit: "exact" | "higher" | "lower";
  within_norm: boolean;
  reasons: Because[];
  /** Kept for ordinary calls while this one is a major incident. */
  held?: boolean;
}

export interface Recommendation {
  incident: string;
  made_at_ms: number;
  degraded: boolean;
  degraded_why: string | null;
  /** What lies between the call's place and the road that leads to it. */
  across?: "water" | "railway" | null;
  crews: RankedCrew[];
  left_out: { unit: string; reasons: Because[] }[];
  soon?: SoonCrew[];
}

export interface HospitalChoice {
  id: string;
  name: string;
  capabilities: string[];
  suits: boolean;
  seconds: number | null;
  metres: number | null;
  degraded: boolean;
  missing?: string[];
  nearest?: boolean;
  capable?: boolean;
  within_rule?: boolean;
  handover_s?: number;
  waiting?: number;
  state?: "open" | "restricted" | "closed";
  until_ms?: number | null;
  said_by?: string | null;
  /** In a major incident: of the beds that it promised. */
  beds_left?: number | null;
}

export interface RouteFeature {
  type: "Feature";
  geometry: { type: "LineString"; coordinates: [number, number][] } | null;
  properties: { seconds: number; metres: number; degraded: boolean; alternative?: RouteFeature | null };
}

export interface IntervalFigures {
  n: number;
  mean: number | null;
  p50: number | null;
  p90: number | null;
  p95: number | null;
  max: number | null;
  within_norm: number | null;
  negative: number;
}

/** One patient on a hospital's board. */
export interface ComingRow {
  assignment: string;
  number: number;
  call_sign: string;
  crew_kind: string;
  priority: Priority;
  reason: string;
  patient: string | null;
  status: Status;
  times: Partial<Record<Status, number>>;
  eta_s: number | null;
  ready_ms: number | null;
}

export interface HospitalBoard {
  now_ms: number;
  speed: number;
  hospital: Hospital;
  coming: ComingRow[];
}

export interface TrackFeature {
  geometry: { coordinates: [number, number][] };
  properties: { unit: string; taken_ms: number[]; speed_mps: (number | null)[] };
}

export interface DegradedPart {
  part: string;
  since_ms: number;
  message: string;
}

export interface DemoState {
  autopilot: boolean;
}

/** `GET /api/units/{id}/position`, as far as the page reads it. */
export interface Whereabouts {
  position: {
    radius_m: number;
    reasons: readonly string[];
    satellites: number | null;
    constellations: readonly string[];
  } | null;
  doubt: { reasons: readonly string[]; since_ms: number; ended_ms: number | null; peers: readonly string[] } | null;
}
