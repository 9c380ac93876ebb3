// The feed as a pure reducer: (picture, frame, local time) → picture, and what the socket must do next.
import { observeClock, startClock, type ClockEstimate } from "./clock";
import type { Arrivals, Frame, Outlooks, PulseFrame, Ready, SnapshotFrame, EventFrame } from "./frames";
import type { Mark, Post } from "./deskviews";
import type { AlarmView, AssignmentView, DegradedPart, DemoState, IncidentView, Proposal, UnitView } from "./views";

export interface Picture {
  epoch: string | null;
  seq: number;
  clock: ClockEstimate | null;
  incidents: ReadonlyMap<string, IncidentView>;
  units: ReadonlyMap<string, UnitView>;
  assignments: ReadonlyMap<string, AssignmentView>;
  degraded: readonly DegradedPart[];
  demo: DemoState | null;
  ready: Ready;
  alarms: ReadonlyMap<string, AlarmView>;
  proposals: readonly Proposal[];
  outlooks: Outlooks;
  marks: readonly Mark[];
  /** Calls that may tell of the same event as an older one, and which one that is. */
  alike: Readonly<Record<string, string>>;
  /** Who is at each workplace. */
  posts: ReadonlyMap<string, Post>;
  arrivals: Arrivals;
  /** Pulses in a row that named a later event than we have: two of them are a gap. */
  behind: number;
}

export const EMPTY_PICTURE: Picture = {
  epoch: null,
  seq: 0,
  clock: null,
  incidents: new Map(),
  units: new Map(),
  assignments: new Map(),
  degraded: [],
  demo: null,
  ready: {},
  alarms: new Map(),
  proposals: [],
  outlooks: {},
  marks: [],
  alike: {},
  posts: new Map(),
  arrivals: {},
  behind: 0,
};

/** `gap`: events are missing, ask again from `since`. */
export interface Reduced {
  picture: Picture;
  gap: boolean;
}

const byId = <T extends { id: string }>(rows: readonly T[]): Map<string, T> => new Map(rows.map((row) => [row.id, row]));

const byDesk = (rows: readonly Post[]): Map<string, Post> => new Map(rows.map((row) => [row.workplace, row]));

function overlay<T extends { id: string }>(old: ReadonlyMap<string, T>, rows: readonly T[] | undefined): ReadonlyMap<string, T> {
  if (!rows || rows.length === 0) return old;
  const next = new Map(old);
  for (const row of rows) next.set(row.id, row);
  return next;
}

const ENDED_KEPT = 200;

/** Leave out the calls that ended first once there are many: a shift of twelve hours must not fill the memory. */
function prune(picture: Picture): Picture {
  const ended = [...picture.incidents.values()].filter((incident) => incident.ended_at_ms !== null);
  if (ended.length <= ENDED_KEPT * 1.5) return picture;
  ended.sort((a, b) => (b.ended_at_ms ?? 0) - (a.ended_at_ms ?? 0));
  const gone = new Set(ended.slice(ENDED_KEPT).map((incident) => incident.id));
  const incidents = new Map([...picture.incidents].filter(([id]) => !gone.has(id)));
  const assignments = new Map([...picture.assignments].filter(([, assignment]) => !gone.has(assignment.incident)));
  return { ...picture, incidents, assignments };
}

function onSnapshot(frame: SnapshotFrame, local_ms: number): Reduced {
  const picture: Picture = {
    epoch: frame.epoch,
    seq: frame.seq,
    clock: startClock(frame.now_ms, frame.speed, local_ms),
    incidents: byId(frame.incidents),
    units: byId(frame.units),
    assignments: byId(frame.assignments),
    degraded: frame.degraded,
    demo: frame.demo,
    ready: frame.ready ?? {},
    alarms: byId(frame.alarms ?? []),
    proposals: frame.proposals ?? [],
    outlooks: frame.outlooks ?? {},
    marks: frame.marks ?? [],
    alike: frame.alike ?? {},
    posts: byDesk(frame.posts ?? []),
    arrivals: frame.arrivals ?? {},
    behind: 0,
  };
  return { picture, gap: false };
}

function onEvent(picture: Picture, frame: EventFrame): Reduced {
  if (frame.seq <= picture.seq) return { picture, gap: false };
  if (frame.seq > picture.seq + 1) return { picture, gap: true };
  const next: Picture = {
    ...picture,
    seq: frame.seq,
    incidents: overlay(picture.incidents, frame.incidents),
    units: overlay(picture.units, frame.units),
    assignments: overlay(picture.assignments, frame.assignments),
    alarms: overlay(picture.alarms, frame.alarms),
    posts: frame.posts && frame.posts.length > 0 ? new Map([...picture.posts, ...byDesk(frame.posts)]) : picture.posts,
    behind: 0,
  };
  return { picture: prune(next), gap: false };
}

function onPulse(picture: Picture, frame: PulseFrame, local_ms: number): Reduced {
  const behind = frame.seq > picture.seq ? picture.behind + 1 : 0;
  const speed = frame.speed ?? picture.clock?.speed ?? 1;
  const clock =
    picture.clock && picture.clock.speed === speed
      ? observeClock(picture.clock, frame.now_ms, local_ms)
      : startClock(frame.now_ms, speed, local_ms);
  return {
    picture: { ...picture, clock, behind, degraded: frame.degraded ?? picture.degraded, demo: frame.demo ?? picture.demo, ready: frame.ready ?? picture.ready, alarms: frame.alarms ? byId(frame.alarms) : picture.alarms, proposals: frame.proposals ?? picture.proposals, outlooks: frame.outlooks ?? picture.outlooks, marks: frame.marks ?? picture.marks, alike: frame.alike ?? picture.alike, arrivals: frame.arrivals ?? picture.arrivals },
    gap: behind >= 2,
  };
}

/** Fold one JSON frame into the picture. Unknown kinds are left alone: a newer service may send more. */
export function reduce(picture: Picture, frame: Frame, local_ms: number): Reduced {
  switch (frame.t) {
    case "snapshot":
      return onSnapshot(frame, local_ms);
    case "event":
      return onEvent(picture, frame);
    case "pulse":
      return onPulse(picture, frame, local_ms);
    default:
      return { picture, gap: false };
  }
}

/** The address of the feed, resuming where the picture ends. */
export function feedPath(picture: Picture): string {
  return picture.epoch === null ? "/feed" : `/feed?since=${encodeURIComponent(`${picture.epoch}:${picture.seq}`)}`;
}

const BACKOFF_MIN_MS = 500;
const BACKOFF_MAX_MS = 5000;

/** How long to wait before try number `attempt` (from 0), spread by `random` in [0, 1) so that consoles do not return in step. */
export function backoff(attempt: number, random: number): number {
  const ceiling = Math.min(BACKOFF_MAX_MS, BACKOFF_MIN_MS * 2 ** attempt);
  return Math.max(BACKOFF_MIN_MS, ceiling * (0.6 + 0.4 * random));
}
