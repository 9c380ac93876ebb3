// A past minute of the whole region, read into the same picture that all panes show. Only in a window of its own.
import { batch, signal } from "@preact/signals";
import { api, Refusal } from "./api";
import { EMPTY_PICTURE, reduce } from "./feed";
import type { PastFrame } from "./frames";
import { words } from "./refusals";
import { heard_ms, linkState, nowMs, picture, positions, positionsTick, resort } from "./store";
import { notice } from "./ui";
import { t } from "./texts";

/** The instant that is asked for, and the one that is shown. */
export const pastWanted_ms = signal<number | null>(null);
export const pastShown_ms = signal<number | null>(null);
export const pastProblem = signal<string | null>(null);

const SETTLE_MS = 80;
const LATEST_MS = 1000;

let asking: AbortController | null = null;
let timer: number | undefined;

function show(frame: PastFrame): void {
  const indices = new Map(frame.units.map((unit) => [unit.id, unit.index]));
  batch(() => {
    picture.value = reduce(EMPTY_PICTURE, frame, performance.now()).picture;
    positions.put(frame.positions.flatMap((each) => (indices.has(each.unit) ? [{ ...each, index: indices.get(each.unit) ?? 0 }] : [])));
    positionsTick.value += 1;
    resort.value += 1;
    linkState.value = "live";
    heard_ms.value = 0;
    pastShown_ms.value = frame.now_ms;
    pastProblem.value = null;
  });
}

async function load(at_ms: number): Promise<void> {
  asking?.abort();
  const mine = new AbortController();
  asking = mine;
  try {
    show(await api.past(at_ms, mine.signal));
  } catch (error) {
    if (error instanceof DOMException || asking !== mine) return;
    if (error instanceof Refusal && error.now_ms !== null) {
      // What has not come yet: the latest minute that there is.
      pastWanted_ms.value = error.now_ms - LATEST_MS;
      await load(error.now_ms - LATEST_MS);
    } else pastProblem.value = words(error);
  } finally {
    if (asking === mine) asking = null;
  }
}

/** Go to an instant: at once where nothing is on its way, else when the hand on the slider rests. */
export function goTo(at_ms: number): void {
  pastWanted_ms.value = at_ms;
  window.clearTimeout(timer);
  timer = window.setTimeout(() => void load(at_ms), SETTLE_MS);
}

export function leavePast(): void {
  window.clearTimeout(timer);
  asking?.abort();
  batch(() => {
    picture.value = EMPTY_PICTURE;
    positions.put([]);
    pastWanted_ms.value = pastShown_ms.value = null;
  });
}

/** Open the past in a window of its own: the desk stays live, and nobody sends a crew by an old picture. */
export function openPast(at_ms = nowMs() - 60_000): void {
  if (window.open(`#/past/${Math.floor(at_ms)}`, "_blank") === null) notice.value = t("pastBlocked");
}
