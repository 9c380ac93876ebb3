// What the page knows, as signals. Only the socket writes the picture; everything else derives from it.
import { computed, signal } from "@preact/signals";
import { serviceTime } from "./clock";
import { EMPTY_PICTURE, type Picture } from "./feed";
import { Positions } from "./frames";
import { besideMain, calledSign, inQueue, isAhead, looksAlike, queueOrder, type QueueRow } from "./queueorder";
import type { AssignmentView, IncidentView, RegionView, Session, UnitView } from "./views";

export type LinkState = "connecting" | "live" | "lost";

export const session = signal<Session | null | undefined>(undefined);
export const region = signal<RegionView | null>(null);
export const picture = signal<Picture>(EMPTY_PICTURE);
export const linkState = signal<LinkState>("connecting");
/** Local time of the last frame of any kind (performance.now). */
export const heard_ms = signal(0);
export const positions = new Positions();
/** Counts position frames: what draws positions subscribes to this, never to single units. */
export const positionsTick = signal(0);
/** What the last position frames cost in script, in ms: parsing, and whatever was drawn at once. */
export const tickCosts: number[] = [];
/** Counts half seconds, once a second: what counts down subscribes to this alone. */
export const tick = signal(0);

export const incidents = computed(() => picture.value.incidents);
export const units = computed(() => picture.value.units);
export const assignments = computed(() => picture.value.assignments);
export const outlooks = computed(() => picture.value.outlooks);
export const arrivals = computed(() => picture.value.arrivals);
export const degraded = computed(() => picture.value.degraded);
export const demo = computed(() => picture.value.demo);

/** The service's time now; subscribes to nothing. */
export function nowMs(): number {
  const clock = picture.peek().clock;
  return clock ? serviceTime(clock, performance.now()) : Date.now();
}

/** The service's time now; whoever asks is asked again at each tick. */
export function tickingNowMs(): number {
  void tick.value;
  return nowMs();
}

/** Seconds since anything was heard from the service, by our own clock. */
export function silence_s(): number {
  void tick.value;
  return heard_ms.value === 0 ? 0 : (performance.now() - heard_ms.value) / 1000;
}

/** Age of a unit's fix in seconds, counted on here when the unit falls silent; null without one. */
export function fixAge_s(index: number): number | null {
  const taken = positions.taken_ms[index] ?? 0;
  return taken > 0 ? Math.max(0, (tickingNowMs() - taken) / 1000) : null;
}

/** Calls that other dispatchers have open. */
export const presence = signal<readonly { page: string; name: string; incident: string }[]>([]);

/** Names of those who have this call open elsewhere. */
export function othersAt(incident: string): string[] {
  return [...new Set(presence.value.filter((each) => each.incident === incident).map((each) => each.name))];
}

export const selectedIncident = signal<string | null>(null);
export const selectedUnit = signal<string | null>(null);

/** A call that was opened from a report and is too old for the feed. */
export const lookedUp = signal<IncidentView | null>(null);

export const chosen = computed<IncidentView | null>(() => {
  const id = selectedIncident.value;
  if (id === null) return null;
  return incidents.value.get(id) ?? (lookedUp.value?.id === id ? lookedUp.value : null);
});

/** The assignments of a call that still run, first sent first. */
export function runningOf(incident: IncidentView, all: ReadonlyMap<string, AssignmentView>): AssignmentView[] {
  return incident.assignments
    .map((id) => all.get(id))
    .filter((assignment): assignment is AssignmentView => assignment !== undefined && !ENDED.has(assignment.status));
}

const ENDED: ReadonlySet<string> = new Set(["cleared", "refused", "pre_empted", "cancelled"]);

/** Where a crew is going now: the patient, then the hospital. */
export function destinationOf(incident: IncidentView, assignment: AssignmentView): { lat_deg: number; lon_deg: number; label: string } {
  const driving = assignment.status === "left_scene" && assignment.hospital !== null;
  const hospital = driving ? region.value?.hospitals.find((each) => each.id === assignment.hospital) : undefined;
  return hospital ? { lat_deg: hospital.lat_deg, lon_deg: hospital.lon_deg, label: hospital.name } : incident.place;
}

/** Re-sorted each few seconds at most and at each event: what runs out first changes slowly. */
export const resort = signal(0);

export const queue = computed<QueueRow[]>(() => {
  void resort.value;
  const now_ms = nowMs();
  const running = (incident: IncidentView): AssignmentView[] => runningOf(incident, assignments.value);
  const sorted = [...incidents.value.values()]
    .filter(inQueue)
    .map((incident): QueueRow => ({ incident, assignments: running(incident), outlook: outlooks.value[incident.id], arrivals: arrivals.value, ahead: isAhead(incident, now_ms) }))
    .sort((a, b) => queueOrder(a, b, now_ms));
  return besideMain(sorted).map(asShown);
});

let shown: ReadonlyMap<string, QueueRow> = new Map();

/** The row that stands there already, where it looks the same. */
function asShown(row: QueueRow): QueueRow {
  const there = shown.get(row.incident.id);
  return there && looksAlike(there, row) ? there : row;
}
queue.subscribe((rows) => {
  shown = new Map(rows.map((row) => [row.incident.id, row]));
});

export function unitOf(id: string): UnitView | null {
  return units.value.get(id) ?? null;
}

export function signOf(unitId: string): string {
  return calledSign(units.value.get(unitId), unitId);
}
