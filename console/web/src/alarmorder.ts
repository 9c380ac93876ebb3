// What stands in the alarm strip, and in which order: folded with its like, a cry for help on top. No page, no signals.
import type { AlarmView, IncidentView } from "./views";

export type Alarm = { id: string; call: IncidentView } | { id: string; unit: AlarmView; alike: number };

/** So many stand in the strip at most; the others are counted behind them and move up as these are acknowledged. */
export const MOST_SHOWN = 9;
const ROW_PX = 44;
const CHIP_PX = 410;

/**
 * How many stand in a window of this size: of danger to life as many as a quarter of its height holds, of all else one
 * row, lest the work that they call for has no room. Two at least.
 */
export function mostShown(alarms: readonly Alarm[], width_px: number, height_px: number): number {
  const row = Math.max(1, Math.floor(width_px / CHIP_PX));
  const room = Math.min(MOST_SHOWN, Math.max(2, Math.floor(height_px / 4 / ROW_PX) * row));
  const grave = alarms.filter((each) => rank(each) <= GRAVE).length;
  return Math.min(room, Math.max(2, row, grave));
}

/** What folds together: the same about the same crew, or about no crew at the same desk. */
export const likeOf = (alarm: AlarmView): string =>
  `${alarm.kind} ${alarm.unit === "" ? (alarm.evidence?.workplace ?? alarm.owner ?? "") : alarm.unit}`;

/** Up to this rank somebody's life is at stake. */
const GRAVE = 2;

/** A crew's panic tops all, then a crash, then danger to life to which nobody goes; all others keep their order. */
function rank(alarm: Alarm): number {
  if ("call" in alarm) return alarm.call.priority === 1 ? 2 : 4;
  return alarm.unit.kind === "panic" ? 0 : alarm.unit.kind === "crash" ? 1 : 3;
}

/** Everything that nobody has acknowledged, the gravest first: of each like the last, with how many there are. */
export function stripOf(open: readonly AlarmView[], calls: readonly IncidentView[]): Alarm[] {
  const byLike = new Map<string, { last: AlarmView; alike: number }>();
  for (const each of open) {
    if (each.acknowledged_ms !== null) continue;
    const known = byLike.get(likeOf(each));
    const last = known === undefined || each.raised_ms > known.last.raised_ms ? each : known.last;
    byLike.set(likeOf(each), { last, alike: (known?.alike ?? 0) + 1 });
  }
  const units = [...byLike.values()].map(({ last, alike }): Alarm => ({ id: last.id, unit: last, alike }));
  return [...units, ...calls.map((call): Alarm => ({ id: call.id, call }))].sort((a, b) => rank(a) - rank(b));
}
