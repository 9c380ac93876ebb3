// A past minute: where the crews of a call were at an instant. The slider writes the instant, the map draws it.
import { signal } from "@preact/signals";
import { api } from "./api";
import { nowMs, signOf } from "./store";
import type { AssignmentView } from "./views";

export interface Track {
  sign: string;
  taken_ms: readonly number[];
  coordinates: readonly [number, number][];
}

export interface Played {
  from_ms: number;
  to_ms: number;
  tracks: readonly Track[];
}

export const played = signal<Played | null>(null);
export const playedAt_ms = signal(0);

/** Index of the last element that is not after `at`; -1 before the first. */
export function lastBefore(times: readonly number[], at: number): number {
  let low = 0;
  let high = times.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((times[middle] ?? 0) <= at) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

/** Between two fixes on the straight line; beyond so long a silence the unit stays where it was last known. */
const SILENCE_MS = 60_000;

/** Where a track was at an instant; null before its first fix. */
export function placeAt(track: Track, at_ms: number): [number, number] | null {
  const i = lastBefore(track.taken_ms, at_ms);
  const here = track.coordinates[i];
  if (i < 0 || !here) return null;
  const next = track.coordinates[i + 1];
  const from = track.taken_ms[i] ?? 0;
  const to = track.taken_ms[i + 1] ?? 0;
  if (!next || to <= from || to - from > SILENCE_MS) return here;
  const share = (at_ms - from) / (to - from);
  return [here[0] + (next[0] - here[0]) * share, here[1] + (next[1] - here[1]) * share];
}

const BEFORE_MS = 30_000;
const DAY_MS = 86_400_000;

/** Read the tracks of a call's crews, from just before they were told until they were free. */
export async function readTracks(assignments: readonly AssignmentView[]): Promise<Played> {
  const spans = assignments.map((each) => {
    const times = Object.values(each.times).filter((time) => time !== undefined);
    const ended = each.times.cleared ?? each.times.refused ?? each.times.pre_empted ?? each.times.cancelled;
    const from_ms = Math.min(...times) - BEFORE_MS;
    return { each, from_ms, to_ms: Math.min(ended ?? nowMs(), from_ms + DAY_MS) };
  });
  const tracks = await Promise.all(
    spans.map(async ({ each, from_ms, to_ms }): Promise<Track> => {
      const track = await api.track(each.unit, from_ms, to_ms);
      return { sign: signOf(each.unit), taken_ms: track.properties.taken_ms, coordinates: track.geometry.coordinates };
    }),
  );
  return { from_ms: Math.min(...spans.map((each) => each.from_ms)), to_ms: Math.max(...spans.map((each) => each.to_ms)), tracks };
}
