// What the feed sends: JSON frames and binary position frames (docs/protocols.md, 3). No I/O.
import type { Mark, Post } from "./deskviews";
import type { AlarmView, AssignmentView, DegradedPart, DemoState, IncidentView, Outlook, Proposal, UnitView } from "./views";

export interface SnapshotFrame {
  t: "snapshot";
  epoch: string;
  seq: number;
  now_ms: number;
  speed: number;
  incidents: IncidentView[];
  units: UnitView[];
  assignments: AssignmentView[];
  degraded: DegradedPart[];
  demo: DemoState | null;
  ready?: Ready;
  alarms?: AlarmView[];
  posts?: Post[];
  proposals?: Proposal[];
  marks?: Mark[];
  alike?: Record<string, string>;
  outlooks?: Outlooks;
  arrivals?: Arrivals;
}

/** What was known at a past minute, and where everybody was then. */
export interface PastFrame extends SnapshotFrame {
  positions: { unit: string; lat_deg: number; lon_deg: number; course_deg: number | null; speed_mps: number | null; taken_ms: number }[];
}

export interface EventFrame {
  t: "event";
  seq: number;
  kind: string;
  at_ms: number;
  incidents: IncidentView[];
  units: UnitView[];
  assignments: AssignmentView[];
  alarms?: AlarmView[];
  posts?: Post[];
}

export interface PulseFrame {
  t: "pulse";
  now_ms: number;
  seq: number;
  speed?: number;
  degraded?: DegradedPart[];
  demo?: DemoState | null;
  ready?: Ready;
  alarms?: AlarmView[];
  proposals?: Proposal[];
  marks?: Mark[];
  alike?: Record<string, string>;
  outlooks?: Outlooks;
  arrivals?: Arrivals;
}

/** When each crew on its way will be there, by assignment: by the roads from where it is now. */
export type Arrivals = Record<string, Arrival>;

export interface Arrival {
  due_ms: number;
  /** Nine times of ten it is there by then. */
  p90_ms: number;
  /** By straight line: there is no road answer. */
  degraded: boolean;
}

export type Outlooks = Record<string, Outlook>;

/** Who has which call open: every page but those that have none. */
export interface PresenceFrame {
  t: "presence";
  who: { page: string; name: string; incident: string }[];
}

/** Hospitals that await a patient: by assignment, since when. */
export type Ready = Record<string, number>;

export type Frame = SnapshotFrame | EventFrame | PulseFrame | PresenceFrame;

export const FLAG_STALE = 1;
export const FLAG_ESTIMATED = 2;
export const FLAG_SUSPECT = 4;
/** Silent since it stood still. */
export const FLAG_PARKED = 8;
/** Older than 30 s, of a device that speaks seldom. */
export const FLAG_SELDOM = 16;
/** By the crew's phone, for the receiver is silent. */
export const FLAG_PHONE = 32;
/** A course or a speed that is not known. */
export const UNKNOWN = 255;

const HEADER_BYTES = 16;
const RECORD_BYTES = 16;
const VERSION = 1;
const KIND_ALL = 0;

/** Last known positions as columns, indexed by the unit's `index`: no object a unit. */
export class Positions {
  lat_deg = new Float64Array(0);
  lon_deg = new Float64Array(0);
  /** When the fix was taken by the service's clock; 0 where the unit has no position. */
  taken_ms = new Float64Array(0);
  /** Course in steps of 1.5°, 255 unknown. */
  course = new Uint8Array(0);
  /** Speed in steps of 0.5 m/s, 255 unknown. */
  speed = new Uint8Array(0);
  flags = new Uint8Array(0);
  count = 0;

  /** Take in one binary frame; answers how many records it held, or -1 when it is none of ours. */
  take(frame: ArrayBuffer): number {
    if (frame.byteLength < HEADER_BYTES) return -1;
    const view = new DataView(frame);
    if (view.getUint8(0) !== VERSION) return -1;
    const count = view.getUint32(4, true);
    if (frame.byteLength < HEADER_BYTES + count * RECORD_BYTES) return -1;
    const now_ms = Number(view.getBigInt64(8, true));
    if (view.getUint8(1) === KIND_ALL) this.taken_ms.fill(0);
    for (let i = 0, at = HEADER_BYTES; i < count; i += 1, at += RECORD_BYTES) {
      const word = view.getUint32(at, true);
      const index = word & 0xffffff;
      if (index >= this.taken_ms.length) this.grow(index + 1);
      this.flags[index] = word >>> 24;
      this.lat_deg[index] = view.getInt32(at + 4, true) / 1e7;
      this.lon_deg[index] = view.getInt32(at + 8, true) / 1e7;
      this.course[index] = view.getUint8(at + 12);
      this.speed[index] = view.getUint8(at + 13);
      this.taken_ms[index] = now_ms - view.getUint16(at + 14, true) * 1000;
      if (index >= this.count) this.count = index + 1;
    }
    return count;
  }

  /** Take the positions of one instant as rows; whoever is not among them has none. */
  put(rows: readonly { index: number; lat_deg: number; lon_deg: number; taken_ms: number; course_deg: number | null; speed_mps: number | null; flags?: number }[]): void {
    this.taken_ms.fill(0);
    for (const row of rows) {
      if (row.index >= this.taken_ms.length) this.grow(row.index + 1);
      this.flags[row.index] = row.flags ?? 0;
      this.lat_deg[row.index] = row.lat_deg;
      this.lon_deg[row.index] = row.lon_deg;
      this.course[row.index] = row.course_deg === null ? UNKNOWN : Math.round(row.course_deg / 1.5) % 240;
      this.speed[row.index] = row.speed_mps === null ? UNKNOWN : Math.min(254, Math.round(row.speed_mps * 2));
      this.taken_ms[row.index] = row.taken_ms;
      if (row.index >= this.count) this.count = row.index + 1;
    }
  }

  /** Whether the unit with this index has ever been seen. */
  has(index: number): boolean {
    return (this.taken_ms[index] ?? 0) > 0;
  }

  private grow(wanted: number): void {
    const size = Math.max(256, 2 ** Math.ceil(Math.log2(wanted)));
    const widen = <T extends Float64Array | Uint8Array>(old: T, fresh: T): T => {
      fresh.set(old);
      return fresh;
    };
    this.lat_deg = widen(this.lat_deg, new Float64Array(size));
    this.lon_deg = widen(this.lon_deg, new Float64Array(size));
    this.taken_ms = widen(this.taken_ms, new Float64Array(size));
    this.course = widen(this.course, new Uint8Array(size));
    this.speed = widen(this.speed, new Uint8Array(size));
    this.flags = widen(this.flags, new Uint8Array(size));
  }
}
