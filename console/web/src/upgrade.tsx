// A newer console: the page notices that the service now sends another build, and takes it when nobody is at work here.
import { effect, signal } from "@preact/signals";
import type { JSX } from "preact";
import { api } from "./api";
import { offline, presses } from "./crewlink";
import { describing } from "./describe";
import { typing } from "./keys";
import { sound, startShift } from "./shift";
import { degraded, picture, region, selectedIncident, selectedUnit, session } from "./store";
import { t } from "./texts";
import { drawingClosure, formOpen, replayOpen } from "./ui";

/** A page that has no feed, or never loses it, asks so often: two hundred bytes, for nothing has changed. */
const ASK_MS = 60_000;
/** So long has nobody pressed anything; and two hundred consoles do not come for it in one second. */
const IDLE_MS = 6_000;
const SPREAD_MS = 4_000;
const BEAT_MS = 1_000;
/** What was open before the page took the new build, and for which build it has tried. */
const KEPT = "skoraya.upgrade";
/** What stands in these is no work that could be lost. */
const NO_WORK = "#board-filter, #past-slider";

interface Kept {
  build: string;
  incident: string | null;
  unit: string | null;
  sound: boolean;
}

/** The name of the build that the service now sends, where it is another than this page's. */
const newer = signal<string | null>(null);

const script = (text: string): string | null => /<script[^>]*\ssrc="([^"]+)"/.exec(text)?.[1] ?? null;
const own = (): string | null => document.querySelector("script[type=module][src]")?.getAttribute("src") ?? null;

async function sentNow(): Promise<string | null> {
  const answer = await fetch("/", { cache: "no-cache", signal: AbortSignal.timeout(10_000) });
  return answer.ok ? script(await answer.text()) : null;
}

async function look(): Promise<void> {
  try {
    const sent = await sentNow();
    if (sent !== null) newer.value = sent !== own() && sent !== tried() ? sent : null;
  } catch {
    // No line just now: asked again when there is one.
  }
}

function kept(): Kept | null {
  try {
    return JSON.parse(sessionStorage.getItem(KEPT) ?? "null") as Kept | null;
  } catch {
    return null;
  }
}

/** A build that was asked for and did not come (an old copy on the way) is not asked for again. */
const tried = (): string | null => kept()?.build ?? null;

let pressed_ms = performance.now();
const wait_ms = IDLE_MS + Math.random() * SPREAD_MS;

/** Whether a reload would take anything out of somebody's hands. */
function atWork(): boolean {
  if (performance.now() - pressed_ms < wait_ms) return true;
  if (formOpen.peek() || replayOpen.peek() !== null || drawingClosure.peek() || describing.peek() !== null || presses.peek().length > 0) return true;
  if (document.querySelector('[role="dialog"]') !== null) return true;
  return [...document.querySelectorAll<HTMLInputElement>("input, textarea")].some((each) => typing(each) && !["date", "time"].includes(each.type) && each.value !== "" && !each.matches(NO_WORK));
}

async function take(): Promise<void> {
  const build = newer.peek();
  if (build === null) return;
  try {
    // Only what can be had whole: a service that is just going down would leave an empty window.
    if ((await sentNow()) !== build || !(await fetch(build)).ok) return;
    const now: Kept = { build, incident: selectedIncident.peek(), unit: selectedUnit.peek(), sound: sound.peek() === "on" };
    sessionStorage.setItem(KEPT, JSON.stringify(now));
  } catch {
    return; // without a line, or a place to write down what was open, it waits
  }
  newer.value = null;
  location.reload();
}

/** Take up what was open before the page took a new build. */
function goOn(): void {
  const before = kept();
  if (before === null || before.build !== own()) return;
  selectedIncident.value = before.incident;
  selectedUnit.value = before.unit;
  // The browser lets a page that reloads itself go on sounding.
  if (before.sound) void startShift();
  try {
    sessionStorage.setItem(KEPT, JSON.stringify({ ...before, incident: null, unit: null, sound: false }));
  } catch {
    // then it is taken up once more after the next reload
  }
}

function askRegionAgain(): void {
  api.region().then((fresh) => JSON.stringify(fresh) !== JSON.stringify(region.peek()) && (region.value = fresh), () => undefined);
}

/** Begin to watch for a newer console, and for a region that was set up anew. */
export function watchUpgrade(): void {
  if (import.meta.env.DEV) return;
  goOn();
  for (const kind of ["keydown", "pointerdown", "wheel"]) window.addEventListener(kind, () => (pressed_ms = performance.now()), { passive: true, capture: true });
  // A part of the page that is loaded late is gone when the service has been upgraded meanwhile.
  window.addEventListener("vite:preloadError", () => void look());
  window.addEventListener("online", () => void look());
  window.setInterval(() => void look(), ASK_MS);
  window.setInterval(() => newer.peek() !== null && !atWork() && void take(), BEAT_MS);
  let epoch: string | null = null;
  effect(() => {
    const now = picture.value.epoch;
    if (now === null || now === epoch) return;
    const again = epoch !== null;
    epoch = now;
    if (!again || session.peek() === null) return;
    // Another run of the service: perhaps of another build, perhaps with other substations, hospitals or a map.
    void look();
    askRegionAgain();
  });
  let parts = "";
  effect(() => {
    // A map that was not there has come, or another: its tiles and bounds are told with the region.
    const now = JSON.stringify(degraded.value);
    if (now !== parts && region.peek() !== null) askRegionAgain();
    parts = now;
  });
  let away = false;
  effect(() => {
    if (away && !offline.value) void look();
    away = offline.value;
  });
}

/** Says that a new build waits for a quiet moment. */
export function Upgrade(): JSX.Element | null {
  if (newer.value === null) return null;
  return (
    <p class="banner" role="status" data-testid="upgrade">
      {t("upgradeWaits")}{" "}
      <button type="button" class="quiet" onClick={() => void take()}>
        {t("upgradeNow")}
      </button>
    </p>
  );
}
