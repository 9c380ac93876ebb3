// The order of the queue: priority first, and within it what runs out first. No I/O.
import type { Arrivals } from "./frames";
import type { AssignmentView, IncidentView, Outlook, UnitView } from "./views";

export interface QueueRow {
  incident: IncidentView;
  /** The best that the service sees for the call. */
  outlook?: Outlook | undefined;
  assignments: AssignmentView[];
  /** When crews on their way will be there, as the service sees them now. */
  arrivals?: Arrivals | undefined;
  /** A journey that is not due for long yet. */
  ahead?: boolean;
}

export function inQueue(incident: IncidentView): boolean {
  return incident.phase !== "closed" && incident.phase !== "cancelled";
}

/** Seconds that a crew on its way still needs: by where it is now, else by what was estimated when it was sent; null when it is not on its way. */
export function etaLeft_s(assignment: AssignmentView, now_ms: number, arrivals: Arrivals = {}): number | null {
  const seen = ON_THE_WAY.has(assignment.status) ? arrivals[assignment.id] : undefined;
  if (seen !== undefined) return Math.max(0, (seen.due_ms - now_ms) / 1000);
  const sent_ms = assignment.times.notified;
  if (assignment.eta_s === null || sent_ms === undefined || !ON_THE_WAY.has(assignment.status)) return null;
  return Math.max(0, assignment.eta_s - (now_ms - sent_ms) / 1000);
}

const ON_THE_WAY: ReadonlySet<string> = new Set(["notified", "acknowledged", "en_route"]);

/** Seconds left of the norm, without the way that is still to be driven; what has arrived no longer runs out. */
export function remaining_s(row: QueueRow, now_ms: number): number {
  const { incident } = row;
  if (incident.arrived_at_ms !== null) return Number.POSITIVE_INFINITY;
  const etas = row.assignments.flatMap((assignment) => etaLeft_s(assignment, now_ms, row.arrivals) ?? []);
  // A call that nobody drives to runs out by the best that a free crew could do, where the service says that.
  const best_s = etas.length > 0 ? Math.min(...etas) : (row.outlook?.best_eta_s ?? 0);
  return (incident.norm_ends_ms - now_ms) / 1000 - best_s;
}

const isReached = (incident: IncidentView): boolean => incident.arrived_at_ms !== null && incident.phase !== "waiting";

/** A journey that is not due for long yet stands in a queue of its own, behind the calls. */
export const isAhead = (incident: IncidentView, now_ms: number): boolean => incident.appears_ms != null && now_ms < incident.appears_ms && incident.assignments.length === 0;

/** Calls that wait for a crew stand before those that have one on scene; then priority; then what runs out first. */
export function queueOrder(a: QueueRow, b: QueueRow, now_ms: number): number {
  const ahead = Number(isAhead(a.incident, now_ms)) - Number(isAhead(b.incident, now_ms));
  if (ahead !== 0) return ahead;
  // A call whose crew has gone while a further patient waits counts as one that nobody has reached.
  const arrived = Number(isReached(a.incident)) - Number(isReached(b.incident));
  if (arrived !== 0) return arrived;
  if (a.incident.priority !== b.incident.priority) return a.incident.priority - b.incident.priority;
  const left = remaining_s(a, now_ms);
  const right = remaining_s(b, now_ms);
  if (left !== right && Number.isFinite(left) && Number.isFinite(right)) return left - right;
  return a.incident.called_at_ms - b.incident.called_at_ms;
}

/** Calls that follow another one, for the same patient, stand right behind it. */
export function besideMain(rows: readonly QueueRow[]): QueueRow[] {
  const there = new Set(rows.map((row) => row.incident.id));
  const behind = new Map<string, QueueRow[]>();
  const first: QueueRow[] = [];
  for (const row of rows) {
    const main = row.incident.same_patient === true ? row.incident.linked_to : null;
    if (main && there.has(main)) behind.set(main, [...(behind.get(main) ?? []), row]);
    else first.push(row);
  }
  return first.flatMap((row) => [row, ...(behind.get(row.incident.id) ?? [])]);
}

/** Whether two rows look alike on the screen: one that does is not drawn again, however often the outlooks come. */
export function looksAlike(a: QueueRow, b: QueueRow): boolean {
  return (
    a.incident === b.incident &&
    a.ahead === b.ahead &&
    a.assignments.length === b.assignments.length &&
    a.assignments.every((each, i) => each === b.assignments[i]) &&
    a.outlook?.unit === b.outlook?.unit &&
    a.outlook?.cannot_meet === b.outlook?.cannot_meet &&
    Math.floor(a.outlook?.best_eta_s ?? -1) === Math.floor(b.outlook?.best_eta_s ?? -1)
  );
}

export function calledSign(unit: UnitView | undefined, id: string): string {
  return unit?.call_sign ?? id;
}
