// The HTTP API of rosters, queues, reopenings and hospitals' openings as functions.
import { at, call, write } from "./api";
import type { HospitalState, Member, Roster } from "./crewingviews";
import type { Duty, IncidentView, UnitView } from "./views";

type Both = Promise<{ incident: IncidentView; unit: UnitView }>;

export const crewing = {
  queue: (incident: string, unit: string): Both => write(`/api/incidents/${at(incident)}/queue`, { unit }),
  unqueue: (incident: string, unit: string): Both => write(`/api/incidents/${at(incident)}/unqueue`, { unit }),
  reopen: (incident: string, why: string) => write<{ incident: IncidentView }>(`/api/incidents/${at(incident)}/reopen`, { why }),
  duty: (unit: string, duty: Duty, until_ms: number | null) =>
    write<{ unit: UnitView }>(`/api/units/${at(unit)}/duty`, until_ms === null ? { duty } : { duty, until_ms }),
  openShift: (unit: string, missing: string[]) => write<{ unit: UnitView }>(`/api/units/${at(unit)}/shift`, { missing }),
  roster: () => call<Roster>("GET", "/api/roster"),
  plan: (unit: string, starts_ms: number, ends_ms: number, members: string[]) => write<unknown>("/api/roster", { unit, starts_ms, ends_ms, members }),
  drop: (planned: string, why: string) => write<unknown>(`/api/roster/${at(planned)}/drop`, { why }),
  member: (member: Member) => write<unknown>("/api/members", member),
  hospitals: () => call<{ hospitals: HospitalState[] }>("GET", "/api/hospitals"),
  opening: (id: string, body: { state: string; refuses: string[]; until_ms?: number; why?: string }) =>
    write<{ hospital: HospitalState }>(`/api/hospitals/${at(id)}/opening`, body),
};

/** Show the board as a page in a window of its own, and ask the browser to print it. */
export function printBoard(): void {
  const paper = window.open("/api/board/print", "skoraya-board");
  paper?.addEventListener("load", () => paper.print());
}
