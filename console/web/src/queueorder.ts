// The order of the queue: priority first, and within it what runs out first. No I/O.
import type { AssignmentView, IncidentView, Outlook, UnitView } from "./views";

export interface QueueRow {
  incident: IncidentView;
  /** The best that the service sees for the call. */
  outlook?: Outlook | undefined;
  assignments: AssignmentView[];
}

export function inQueue(incident: IncidentView): boolean {
  return incident.phase !== "closed" && incident.phase !== "cancelled";
}

/** Seconds that a crew on its way still needs by what was estimated when it was sent; null when it is not on its way. */
export function etaLeft_s(assignment: AssignmentView, now_ms: number): number | null {
  const sent_ms = assignment.times.notified;
  if (assignment.eta_s === null || sent_ms === undefined || !ON_THE_WAY.has(assignment.status)) return null;
  return Math.max(0, assignment.eta_s - (now_ms - sent_ms) / 1000);
}

const ON_THE_WAY: ReadonlySet<string> = new Set(["notified", "acknowledged", "en_route"]);

/** Seconds left of the norm, without the way that is still to be driven; what has arrived no longer runs out. */
export function remaining_s(row: QueueRow, now_ms: number): number {
  const { incident } = row;
  if (incident.arrived_at_ms !== null) return Number.POSITIVE_INFINITY;
  const etas = row.assignments.flatMap((assignment) => etaLeft_s(assignment, now_ms) ?? []);
  // A call that nobody drives to runs out by the best that a free crew could do, where the service says that.
  const best_s = etas.length > 0 ? Math.min(...etas) : (row.outlook?.best_eta_s ?? 0);
  return (incident.norm_ends_ms - now_ms) / 1000 - best_s;
}

/** Calls that wait for a crew stand before those that have one on scene; then priority; then what runs out first. */
export function queueOrder(a: QueueRow, b: QueueRow, now_ms: number): number {
  const arrived = Number(a.incident.arrived_at_ms !== null) - Number(b.incident.arrived_at_ms !== null);
  if (arrived !== 0) return arrived;
  if (a.incident.priority !== b.incident.priority) return a.incident.priority - b.incident.priority;
  const left = remaining_s(a, now_ms);
  const right = remaining_s(b, now_ms);
  if (left !== right && Number.isFinite(left) && Number.isFinite(right)) return left - right;
  return a.incident.called_at_ms - b.incident.called_at_ms;
}

export function calledSign(unit: UnitView | undefined, id: string): string {
  return unit?.call_sign ?? id;
}
