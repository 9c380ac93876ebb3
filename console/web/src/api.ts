// The HTTP API as functions. A refusal is a value that says why, in words, and is shown where the act was made.
import type { Answer } from "./calltakingviews";
import type { PastFrame } from "./frames";
import type {
  AssignmentView,
  DemoState,
  Duty,
  FoundPlace,
  HospitalBoard,
  HospitalChoice,
  IncidentDetail,
  IncidentView,
  IntervalFigures,
  Priority,
  Recommendation,
  RegionView,
  RouteFeature,
  Session,
  Status,
  TrackFeature,
  UnitView,
  Whereabouts,
} from "./views";

/** What the service refused, with its code (docs/protocols.md, 2). */
export class Refusal extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly field: string | null,
    /** The service's time, where that is what was wrong. */
    readonly now_ms: number | null = null,
  ) {
    super(message);
  }
}

interface ErrorBody {
  error?: { code?: string; message?: string; field?: string; now_ms?: number };
}

async function refusalOf(response: Response): Promise<Refusal> {
  let body: ErrorBody = {};
  try {
    body = (await response.json()) as ErrorBody;
  } catch {
    // A proxy's error page: the status alone must do.
  }
  const error = body.error ?? {};
  return new Refusal(response.status, error.code ?? `http-${response.status}`, error.message ?? response.statusText, error.field ?? null, error.now_ms ?? null);
}

export async function call<T>(method: string, path: string, body?: object, signal?: AbortSignal): Promise<T> {
  let response: Response;
  try {
    response = await fetch(path, {
      method,
      credentials: "same-origin",
      headers: body ? { "Content-Type": "application/json", Accept: "application/json" } : { Accept: "application/json" },
      ...(body ? { body: JSON.stringify(body) } : {}),
      ...(signal ? { signal } : {}),
    });
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw new Refusal(0, "unreachable", "", null);
  }
  if (!response.ok) throw await refusalOf(response);
  return response.status === 204 ? (undefined as T) : ((await response.json()) as T);
}

/** An answer that takes longer is none: a line that died without a word would be waited for for minutes. */
const PATIENCE_MS = 5000;
const patience = (): AbortSignal => AbortSignal.timeout(PATIENCE_MS);

export const at = (id: string): string => encodeURIComponent(id);
/** One id a write: pressed twice, or sent again after a cut, it is done once. */
export const commandId = (): string =>
  "randomUUID" in crypto ? crypto.randomUUID() : `${Date.now().toString(36)}-${Math.random().toString(36).slice(2)}`;
export const write = <T>(path: string, body: object): Promise<T> => call<T>("POST", path, { ...body, command_id: commandId() });

export interface NewCall {
  place: { label: string; lat_deg: number; lon_deg: number; detail?: string };
  reason?: string;
  priority?: Priority;
  conscious?: Answer;
  breathing?: Answer;
  patients?: string[];
  journey?: { kind: "transfer" | "planned"; due_ms: number; hospital?: string };
  phone?: string;
  patient?: string;
  note?: string;
  called_at_ms?: number;
}

/** How soon a free unit is anywhere, by squares of the map, row by row from the south-west. */
export interface Coverage {
  made_at_ms: number;
  roads: number | null;
  addresses: number | null;
  cells: { west_deg: number; south_deg: number; step_lon_deg: number; step_lat_deg: number; columns: number; rows: number; minutes: (number | null)[] };
}

/** Roads that a stroke on the map closed. */
export interface Closure {
  id: string;
  line: [number, number][];
}

/** Where the crew's phone is. */
export interface PhoneReading {
  lat_deg: number;
  lon_deg: number;
  taken_ms: number;
  accuracy_m: number;
  speed_mps?: number;
  course_deg?: number;
}

export interface CrewTask {
  now_ms: number;
  speed: number;
  ready_ms: number | null;
  /** Whether the vehicle's receiver says nothing, so that the phone may stand in. */
  receiver_silent?: boolean;
  unit: UnitView;
  /** Where the vehicle is by its receiver, as every map shows it. */
  position?: { lat_deg: number; lon_deg: number; taken_ms: number; course_deg: number | null; speed_mps: number | null; flags: number } | null;
  assignment: AssignmentView | null;
  incident: IncidentView | null;
}

export const api = {
  session: () => call<Session>("GET", "/api/session", undefined, patience()),
  signIn: (user: string, password: string) => call<Session>("POST", "/api/session", { user, password }),
  signOut: () => call<void>("DELETE", "/api/session"),
  region: () => call<RegionView>("GET", "/api/region", undefined, patience()),
  incident: (id: string) => call<IncidentDetail>("GET", `/api/incidents/${at(id)}`),
  incidentWithPatient: (id: string) => call<IncidentDetail>("GET", `/api/incidents/${at(id)}?personal=true`),
  create: (draft: NewCall) => write<{ incident: IncidentView }>("/api/incidents", draft),
  cancel: (id: string, why: string, how: string) => write<{ incident: IncidentView }>(`/api/incidents/${at(id)}/cancel`, { why, how }),
  close: (id: string, outcome: string) => write<{ incident: IncidentView }>(`/api/incidents/${at(id)}/close`, { outcome }),
  recommendation: (id: string, signal?: AbortSignal) =>
    call<Recommendation>("GET", `/api/incidents/${at(id)}/recommendation`, undefined, signal),
  /** `shown`: the ranking that the person pressed on, and the rank there; kept as evidence. */
  assign: (id: string, unit: string, override_reason: string | null, shown: { shown_at_ms: number; shown_rank?: number } | null) =>
    write<{ assignment: AssignmentView }>(`/api/incidents/${at(id)}/assignments`, {
      unit,
      ...(override_reason === null ? {} : { override_reason }),
      ...(shown ?? {}),
    }),
  route: (id: string) => call<RouteFeature>("GET", `/api/assignments/${at(id)}/route?alternative=true`),
  link: (to: { unit: string } | { hospital: string }) => write<{ user: string; path: string; ends_ms: number }>("/api/links", to),
  near: (lat_deg: number, lon_deg: number) => call<{ place: FoundPlace | null }>("GET", `/api/places/near?lat=${lat_deg}&lon=${lon_deg}`),
  board: (hospital: string | null) => call<HospitalBoard>("GET", `/api/hospital${hospital === null ? "" : `?hospital=${at(hospital)}`}`, undefined, patience()),
  ready: (assignment: string) => write<{ ready_ms: number }>("/api/hospital/ready", { assignment }),
  handedOver: (assignment: string) => write<{ assignment: AssignmentView }>("/api/hospital/handed_over", { assignment }),
  track: (unit: string, from_ms: number, to_ms: number) =>
    call<TrackFeature>("GET", `/api/tracks/${at(unit)}?from_ms=${Math.floor(from_ms)}&to_ms=${Math.ceil(to_ms)}`),
  past: (at_ms: number, signal: AbortSignal) => call<PastFrame>("GET", `/api/past?at_ms=${Math.floor(at_ms)}`, undefined, signal),
  phone: (unit: string, reading: PhoneReading) => write<{ used: boolean; why: string | null }>(`/api/units/${at(unit)}/phone`, reading),
  take: (proposal: string) => write<unknown>(`/api/proposals/${at(proposal)}/take`, {}),
  /** Nothing comes where nothing has changed since `known_ms`. */
  coverage: (minutes: number, known_ms?: number) =>
    call<Coverage | undefined>("GET", `/api/coverage?minutes=${minutes}${known_ms === undefined ? "" : `&known_ms=${known_ms}`}`),
  closures: () => call<{ closures: Closure[] }>("GET", "/api/closures"),
  closeRoad: (line: readonly [number, number][]) => write<unknown>("/api/closures", { line }),
  reopen: (id: string) => call<void>("DELETE", `/api/closures/${at(id)}`),
  whereabouts: (unit: string, signal: AbortSignal) => call<Whereabouts>("GET", `/api/units/${at(unit)}/position`, undefined, signal),
  believe: (unit: string) => write<Whereabouts>(`/api/units/${at(unit)}/believe`, {}),
  acknowledge: (alarm: string) => write<unknown>(`/api/alarms/${at(alarm)}/acknowledge`, {}),
  /** Send a write whose id was made when the button was pressed. */
  again: (path: string, body: object) => call<unknown>("POST", path, body, patience()),
  status: (id: string, status: Status, more: { hospital?: string; why?: string }) =>
    write<{ assignment: AssignmentView }>(`/api/assignments/${at(id)}/status`, { status, ...more }),
  hospital: (id: string, hospital: string) =>
    write<{ assignment: AssignmentView }>(`/api/assignments/${at(id)}/hospital`, { hospital }),
  hospitals: (id: string) => call<{ hospitals: HospitalChoice[] }>("GET", `/api/assignments/${at(id)}/hospitals`),
  duty: (unit: string, duty: Duty) => write<{ unit: UnitView }>(`/api/units/${at(unit)}/duty`, { duty }),
  crew: () => call<CrewTask>("GET", "/api/crew", undefined, patience()),
  places: (q: string, signal: AbortSignal) =>
    call<{ places: FoundPlace[] }>("GET", `/api/places?limit=8&q=${encodeURIComponent(q)}`, undefined, signal),
  /** The first crews' responses of the calls that came since. */
  arrivals: (from_ms: number) =>
    call<{ rows: { cells: Record<string, IntervalFigures> }[] }>("GET", `/api/reports/table?by=region&interval=response&crews=first&from_ms=${Math.floor(from_ms)}`),
  demo: (autopilot: boolean) => call<DemoState>("POST", "/api/demo", { autopilot }),
};
