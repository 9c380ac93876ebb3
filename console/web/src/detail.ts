// What must be asked for: the chosen call's timeline and its recommendation. Asked again when an event touches them.
import { batch, effect, signal, untracked } from "@preact/signals";
import { api, Refusal } from "./api";
import { words } from "./refusals";
import { assignments, chosen, incidents, linkState, lookedUp, selectedIncident, session, tick, units } from "./store";
import { page } from "./ui";
import type { IncidentDetail, Recommendation } from "./views";

export const detail = signal<IncidentDetail | null>(null);
export const recommendation = signal<Recommendation | null>(null);
export const recommendationProblem = signal<string | null>(null);
/** When (local time) another crew last took a rank under the dispatcher's eyes, by rank. */
export const rankChanged_ms = signal<ReadonlyMap<number, number>>(new Map());
/** Set when one more crew is wanted for a call that has one. */
export const wantAnother = signal(false);

const SOON_MS = 150;
const REFRESH_TICKS = 16;
/** What could not be had is asked for again, while the call is chosen. */
const AGAIN_MS = 3000;

/** Events come in bursts: the ranking is asked for once a burst. */
const SETTLE_MS = 1000;

let recommendTimer: number | undefined;
let detailTimer: number | undefined;
let asking: AbortController | null = null;
let askedFor: string | null = null;

/** How often it was asked, and which of those answers is shown: an answer that comes late must not undo a newer one. */
let detailAsked = 0;
let detailShown = 0;

async function loadDetail(id: string): Promise<void> {
  if (session.peek()?.role === "crew") return; // a crew's page has its call already, and may ask no more
  detailAsked += 1;
  const mine = detailAsked;
  try {
    const loaded = await api.incident(id);
    if (selectedIncident.peek() !== id || mine < detailShown) return;
    detailShown = mine;
    batch(() => {
      detail.value = loaded;
      lookedUp.value = loaded.incident;
    });
  } catch (error) {
    // The row of the queue has the essentials meanwhile. What was refused is refused again.
    if (error instanceof Refusal && error.status >= 400 && error.status < 500) return;
    if (selectedIncident.peek() !== id || mine < detailAsked) return;
    window.clearTimeout(detailTimer);
    detailTimer = window.setTimeout(() => void loadDetail(id), AGAIN_MS);
  }
}

/** Ask for the recommendation of a call now. */
export async function loadRecommendation(id: string): Promise<void> {
  if (asking && askedFor === id) return;
  asking?.abort();
  const mine = new AbortController();
  asking = mine;
  askedFor = id;
  try {
    const loaded = await api.recommendation(id, mine.signal);
    if (selectedIncident.peek() !== id) return;
    const before = recommendation.peek();
    if (before?.incident === id) {
      const moved = loaded.crews.filter((crew, i) => before.crews[i]?.unit !== crew.unit).map((crew) => crew.rank);
      const now = performance.now();
      if (moved.length > 0) rankChanged_ms.value = new Map([...rankChanged_ms.peek(), ...moved.map((rank) => [rank, now] as const)]);
    }
    recommendation.value = loaded;
    recommendationProblem.value = null;
  } catch (error) {
    if (error instanceof DOMException) return;
    if (selectedIncident.peek() === id) recommendationProblem.value = error instanceof Refusal ? words(error) : String(error);
  } finally {
    if (asking === mine) asking = null;
  }
}

/** Whether the chosen call is to show whom to send. */
export function recommending(): boolean {
  const incident = chosen.value;
  if (!incident || incident.ended_at_ms !== null || session.value?.role === "crew" || page.value === "past") return false;
  return incident.phase === "waiting" || wantAnother.value;
}

/** Keep what is shown of the chosen call fresh. */
export function watchChoice(): void {
  let before: string | null = null;
  effect(() => {
    const id = selectedIncident.value;
    if (id === before) return;
    before = id;
    untracked(() => {
      detail.value = null;
      recommendation.value = null;
      recommendationProblem.value = null;
      wantAnother.value = false;
      rankChanged_ms.value = new Map();
    });
    if (id !== null) void loadDetail(id);
  });
  effect(() => {
    const incident = chosen.value;
    void linkState.value;
    if (!incident || !incidents.value.has(incident.id)) return;
    for (const id of incident.assignments) void assignments.value.get(id);
    window.clearTimeout(detailTimer);
    detailTimer = window.setTimeout(() => void loadDetail(incident.id), SOON_MS);
  });
  effect(() => {
    void incidents.value;
    void units.value;
    const id = selectedIncident.value;
    if (id === null || !recommending() || recommendTimer !== undefined) return;
    const wait_ms = recommendation.peek()?.incident === id ? SETTLE_MS : 0;
    recommendTimer = window.setTimeout(() => {
      recommendTimer = undefined;
      const now = selectedIncident.peek();
      if (now !== null && untracked(recommending)) void loadRecommendation(now);
    }, wait_ms);
  });
  effect(() => {
    if (tick.value % REFRESH_TICKS !== 0) return;
    const id = selectedIncident.peek();
    if (id !== null && untracked(recommending)) void loadRecommendation(id);
  });
}
