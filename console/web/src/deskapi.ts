// The HTTP API of workplaces and of major incidents as functions.
import { at, call, write } from "./api";
import type { MajorPlanView, Post, Urgency } from "./deskviews";
import type { AssignmentView, IncidentView, PlaceView } from "./views";

type Call = { incident: IncidentView };
const major = (id: string): string => `/api/incidents/${at(id)}/major`;

export const deskApi = {
  open: (desk: string) => write<{ post: Post }>(`/api/workplaces/${at(desk)}/open`, {}),
  end: (desk: string, successor: string | null) =>
    write<{ post: Post; calls: string[] }>(`/api/workplaces/${at(desk)}/end`, successor === null ? {} : { successor }),
  give: (id: string, workplace: string) => write<Call>(`/api/incidents/${at(id)}/owner`, { workplace }),
  declare: (id: string, scale?: string) => write<Call>(major(id), scale === undefined ? {} : { scale }),
  triage: (id: string, counts: Record<Urgency, number>) => write<Call>(`${major(id)}/triage`, counts),
  staging: (id: string, place: PlaceView | null) => write<Call>(`${major(id)}/staging`, { place }),
  beds: (id: string, hospital: string, beds: number) => write<Call>(`${major(id)}/beds`, { hospital, beds }),
  reserve: (id: string, reserve: number | null, why: string) => write<Call>(`${major(id)}/reserve`, { reserve, why }),
  plan: (id: string) => call<MajorPlanView>("GET", `${major(id)}/plan`),
  send: (id: string, units: string[], shown_at_ms: number) =>
    write<{ sent: AssignmentView[]; refused: { unit: string; code: string; message: string }[] }>(`${major(id)}/send`, { units, shown_at_ms }),
  standDown: (id: string) => write<Call>(`${major(id)}/stand_down`, {}),
};
