// What the reports' API answers, to the letter of docs/reports.md. Lengths are seconds, instants ms since 1970 UTC.
export type Range = [number, number];

export interface Cell {
  responses: number;
  n: number;
  mean: number | null;
  p50: number | null;
  p90: number | null;
  p95: number | null;
  max: number | null;
  within: number;
  within_norm: number | null;
  negative: number;
  missing: number;
  within_ci: Range | null;
  p50_ci: Range | null;
  p90_ci: Range | null;
}
export type Cells = Record<string, Cell>;
export type Key = string | number | null;

export interface Group {
  key: Key[];
  cells: Cells;
}

export interface LeagueRow {
  key: Key;
  cell: Cell;
  difference: number | null;
  noise: boolean;
}

export interface Overview {
  interval: string;
  period: [number, number] | null;
  intervals: Cells;
  league: LeagueRow[];
  heat: Group[];
  trend_by: "day" | "month";
  trend: Group[];
  step_s: number;
  distribution: [number, number][];
  changes: Changes;
  left_out: Record<string, number>;
}

export interface Change {
  by: number;
  noise: boolean | null;
}
export interface Against {
  from_ms: number | null;
  to_ms: number | null;
  cells: Cells;
  changes: Record<string, Record<string, Change>>;
}
export interface Changes {
  before: Against | null;
  year_before: Against | null;
  versus?: Against | null;
}

/** One response as it is listed behind a figure. */
export interface Row {
  assignment: string;
  incident: string;
  number: number | null;
  unit: string;
  status: string | null;
  region: string | null;
  district: string | null;
  substation: string | null;
  crew_kind: string | null;
  priority: number | null;
  reason: string | null;
  hospital: string | null;
  first: boolean | null;
  eta_s: number | null;
  rank: number | null;
  override_reason: string | null;
  out_of_order: string | null;
  missing: string | null;
  overlap_of: string | null;
  entered_late: string | null;
  norm_s: number | null;
  source: string;
  [time: `${string}_ms`]: number | null;
  [interval: `${string}_s`]: number | null;
}
export interface Calls {
  total: number;
  offset: number;
  rows: Row[];
}

export interface LeftOut {
  counts: Record<string, number>;
  not_finished: { assignment: string; incident: string; unit: string; substation: string | null; status: string; since_ms: number }[];
}

/** One call, with or without crews. */
export interface EndedCall {
  incident: string;
  number: number | null;
  priority: number | null;
  reason: string | null;
  district: string | null;
  called_ms: number;
  ended_ms: number | null;
  waited_s: number | null;
}

export interface QueueHour {
  hour: number;
  calls: number;
  mean: number;
  most: number;
  wait_p90_s: number | null;
}
export interface Ending {
  key: Key;
  calls: number;
  treated: number;
  lost: number;
  cancelled_waiting: number;
  cancelled_sent: number;
}
export interface Use {
  key: Key;
  in_service_h: number;
  committed_h: number;
  share: number | null;
}
export interface Overrides {
  responses: number;
  ranked: number;
  first_sent: number;
  other_sent: number;
  not_recommended: number;
  reasons: { reason: string | null; n: number; mean_rank: number | null }[];
}
export interface Disputes {
  stages: { stage: string; n: number; p50_s: number; max_s: number }[];
  rows: { assignment: string; incident: string; unit: string; substation: string | null; stage: string; at_ms: number; button_ms: number | null; disagreement_s: number }[];
}
export interface LatePoint {
  assignment: string;
  incident: string;
  priority: number | null;
  lat_deg: number;
  lon_deg: number;
  seconds: number;
  late_s: number;
}
export interface ImportedLog {
  name: string;
  file: string;
  rows: number;
  zone: string;
  at_ms: number;
}
export interface Column {
  name: string;
  meaning: string;
  unit: string;
  nemsis: string;
  personal: boolean;
}

/** A line of the journal 109/у, and a card 110/у. */
export interface FormLine {
  number: number;
  incident: string;
  assignment: string | null;
  called_at_ms: number;
  taken_by: string;
  place: string | null;
  patient: string | null;
  reason: string;
  reason_ru: string | null;
  priority: number;
  substation: string | null;
  crew_kind: string | null;
  unit: string | null;
  sent_by: string | null;
  notified_ms: number | null;
  en_route_ms: number | null;
  on_scene_ms: number | null;
  left_scene_ms: number | null;
  at_hospital_ms: number | null;
  cleared_ms: number | null;
  status: string | null;
  hospital: string | null;
  outcome: string | null;
  ended_at_ms: number | null;
}
export interface Card extends FormLine {
  vehicle_class: string | null;
  call_sign: string | null;
  place_detail: string | null;
  phone: string | null;
  note: string | null;
  hospital_name: string | null;
  times_ms: Record<string, number | null>;
  intervals_s: Record<string, number | null>;
  entered_late: string[];
  by_hand: string[];
}
