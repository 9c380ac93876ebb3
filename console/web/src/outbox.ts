// What a crew pressed and the service has not been told yet: each with its true time and its own id. No I/O.
import type { CrewTask } from "./api";
import type { Status } from "./views";

/** One press of a button. `at_ms` is when it was pressed, by the service's clock. */
export interface Press {
  command_id: string;
  at_ms: number;
  path: string;
  body: { status?: Status; hospital?: string };
  assignment: string | null;
}

const ENDED: ReadonlySet<Status> = new Set(["cleared", "refused", "pre_empted", "cancelled"]);

/** How things stand when everything that was pressed counts already: what the crew sees while it is offline. */
export function foreseen(task: CrewTask, presses: readonly Press[]): CrewTask {
  let now = task;
  for (const press of presses) {
    const { status } = press.body;
    const assignment = now.assignment;
    if (status === undefined || assignment === null || assignment.id !== press.assignment) continue;
    if (ENDED.has(status)) {
      now = { ...now, assignment: null, incident: null, ready_ms: null, unit: { ...now.unit, state: "free", state_since_ms: press.at_ms, assignment: null, incident: null } };
      continue;
    }
    now = {
      ...now,
      assignment: { ...assignment, status, times: { ...assignment.times, [status]: press.at_ms }, hospital: press.body.hospital ?? assignment.hospital },
      unit: { ...now.unit, state: status as CrewTask["unit"]["state"], state_since_ms: press.at_ms },
    };
  }
  return now;
}

/** What to do with a press that was answered: gone, or kept to be tried again. */
export function verdict(status: number): "done" | "keep" | "refused" {
  if (status >= 200 && status < 300) return "done";
  // 401: the session ended; whoever signs in as this crew again sends it. 0 and 5xx: the line or the service is down.
  return status === 0 || status >= 500 || status === 401 || status === 429 ? "keep" : "refused";
}
