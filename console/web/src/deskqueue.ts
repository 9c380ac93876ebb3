// Which calls and alarms stand on a dispatcher's screen: one's own, another desk's, or all. No I/O.
import type { Mark, Post, Workplace, WorkplaceKind } from "./deskviews";
import type { AlarmView, IncidentView } from "./views";

/** "mine", "all", or the id of a workplace. */
export type QueueView = string;

export interface Desks {
  workplaces: readonly Workplace[];
  posts: ReadonlyMap<string, Post>;
  /** Who looks. */
  user: string;
}

export function minesOf(desks: Desks): string[] {
  return desks.workplaces.filter((desk) => desks.posts.get(desk.id)?.user === desks.user).map((desk) => desk.id);
}

/** Whether somebody is there whose console is connected. */
export function isManned(desks: Desks, workplace: string): boolean {
  const post = desks.posts.get(workplace);
  return post !== undefined && post.user !== null && post.silent_ms === null;
}

/** Danger to life, and no crew goes: it stands on every screen, whoever owns it. */
export function nobodyGoes(incident: IncidentView): boolean {
  return incident.priority === 1 && incident.phase === "waiting";
}

/** What must be seen by everybody: danger to life that nobody goes to, and what lies at a desk where nobody is. */
export function everybodys(incident: IncidentView, desks: Desks): boolean {
  return nobodyGoes(incident) || !isManned(desks, incident.owner ?? "");
}

/** What a desk is asked about beside the calls that it owns. */
const ASKED: Record<WorkplaceKind, (name: string) => boolean> = {
  zone: () => false,
  senior: () => false,
  doctor: (name) => name === "on_scene_long" || name === "transport_long" || name === "handover_long",
  call_taker: (name) => name.startsWith("call_back"),
};

function isAsked(desk: Workplace | undefined, marks: readonly Mark[]): boolean {
  return desk !== undefined && marks.some((mark) => ASKED[desk.kind](mark.name));
}

/** Whether a call stands in the queue that is looked at. */
export function isShown(incident: IncidentView, view: QueueView, desks: Desks, marks: readonly Mark[]): boolean {
  if (view === "all") return true;
  const mine = minesOf(desks);
  if (view === "mine" && mine.length === 0) return true;
  const looked = view === "mine" ? mine : [view];
  return (
    looked.includes(incident.owner ?? "") ||
    everybodys(incident, desks) ||
    looked.some((id) => isAsked(desks.workplaces.find((desk) => desk.id === id), marks))
  );
}

/** A cry for help is everybody's; else an alarm stands at its owner's, and everywhere while nobody is there. */
export function isAlarmShown(alarm: AlarmView, desks: Desks): boolean {
  const mine = minesOf(desks);
  return alarm.kind === "panic" || alarm.kind === "crash" || mine.length === 0 || mine.includes(alarm.owner ?? "") || !isManned(desks, alarm.owner ?? "");
}

/** Whether a call's own alarm rings here: one's own, or one that lies where nobody is. */
export function isCallRung(incident: IncidentView, desks: Desks): boolean {
  const mine = minesOf(desks);
  return mine.length === 0 || mine.includes(incident.owner ?? "") || !isManned(desks, incident.owner ?? "");
}

/** The views that keys go round: one's own, all, then each desk that has calls or somebody, but for one's only desk. */
export function viewsOf(desks: Desks, owners: readonly string[]): QueueView[] {
  const mine = minesOf(desks);
  const shown = desks.workplaces.filter((desk) => owners.includes(desk.id) || isManned(desks, desk.id)).map((desk) => desk.id);
  const others = mine.length === 1 ? shown.filter((id) => id !== mine[0]) : shown;
  return [...(mine.length > 0 ? ["mine"] : []), "all", ...others];
}
