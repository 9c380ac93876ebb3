// The crew's line to the service: asks how things stand, keeps what was pressed without a network, sends it in order.
import { batch, computed, signal } from "@preact/signals";
import { api, commandId, Refusal, type CrewTask } from "./api";
import { startClock } from "./clock";
import { EMPTY_PICTURE } from "./feed";
import { foreseen, verdict, type Press } from "./outbox";
import { words } from "./refusals";
import { heard_ms, linkState, nowMs, picture, positions, positionsTick, region, selectedIncident, session } from "./store";
import type { RegionView, Session, Status } from "./views";

const ASK_MS = 4000;
const KEPT = "skoraya.crew";

interface Kept {
  session: Session;
  region: RegionView | null;
  task: CrewTask | null;
  /** The service's time when it was last asked, ours then, and how fast its clock runs. */
  clock: { now_ms: number; local_ms: number; speed: number } | null;
  presses: Press[];
}

const told = signal<CrewTask | null>(null);
export const presses = signal<readonly Press[]>([]);
export const refused = signal<string | null>(null);
export const offline = signal(false);
/** When the panic button was held for the alarm that the service has taken last. */
export const panicTaken_ms = signal<number | null>(null);
/** How things stand, with everything that was pressed here. */
export const task = computed<CrewTask | null>(() => (told.value ? foreseen(told.value, presses.value) : null));

const isPanic = (press: Press): boolean => press.path.endsWith("/panic");
/** The alarm that was given here and has not got through yet. */
export const panicWaits = computed<Press | null>(() => presses.value.find(isPanic) ?? null);

let clock: Kept["clock"] = null;

function read(): Kept | null {
  try {
    return JSON.parse(localStorage.getItem(KEPT) ?? "null") as Kept | null;
  } catch {
    return null;
  }
}

/** Written before anything is sent: a tablet that is switched off loses no press. */
function keep(): void {
  const who = session.peek();
  if (who?.role !== "crew") return;
  try {
    const kept: Kept = { session: who, region: region.peek(), task: told.peek(), clock, presses: [...presses.peek()] };
    localStorage.setItem(KEPT, JSON.stringify(kept));
  } catch {
    // storage may be forbidden: then presses last as long as the page
  }
}

/** The crew that was signed in here, for a start without a network. */
export function keptCrew(): { session: Session; region: RegionView | null } | null {
  const kept = read();
  return kept?.session.role === "crew" ? { session: kept.session, region: kept.region } : null;
}

export function forgetCrew(): void {
  localStorage.removeItem(KEPT);
  presses.value = [];
  told.value = null;
}

/** Show the task through the same picture that the dispatcher's panes read: one call, one unit, one assignment. */
function show(): void {
  const now = task.peek();
  if (!now) return;
  const local_ms = performance.now();
  const service_ms = clock ? clock.now_ms + clock.speed * (Date.now() - clock.local_ms) : now.now_ms;
  batch(() => {
    picture.value = {
      ...EMPTY_PICTURE,
      clock: startClock(service_ms, clock?.speed ?? 1, local_ms),
      units: new Map([[now.unit.id, now.unit]]),
      incidents: new Map(now.incident ? [[now.incident.id, now.incident]] : []),
      assignments: new Map(now.assignment ? [[now.assignment.id, now.assignment]] : []),
    };
    selectedIncident.value = now.incident?.id ?? null;
    positions.put(now.position ? [{ ...now.position, index: now.unit.index }] : []);
    positionsTick.value += 1;
  });
}

async function ask(): Promise<void> {
  try {
    const loaded = await api.crew();
    clock = { now_ms: loaded.now_ms, local_ms: Date.now(), speed: loaded.speed };
    batch(() => {
      told.value = loaded;
      offline.value = false;
      linkState.value = "live";
      heard_ms.value = performance.now();
    });
    show();
    keep();
  } catch (error) {
    if (error instanceof Refusal && error.status === 401) session.value = null;
    else {
      offline.value = true;
      linkState.value = "lost";
    }
  }
}

let sending = false;

/** Send what was pressed, in order; stop at the first that does not get through. */
async function send(): Promise<void> {
  if (sending) return;
  sending = true;
  try {
    for (let press = presses.peek()[0]; press; press = presses.peek()[0]) {
      let status = 200;
      let why = "";
      try {
        await api.again(press.path, { ...press.body, at_ms: press.at_ms, command_id: press.command_id });
      } catch (error) {
        status = error instanceof Refusal ? error.status : 0;
        why = words(error);
      }
      const then = verdict(status);
      if (then === "keep") {
        offline.value = true;
        return;
      }
      if (then === "refused") refused.value = why;
      else if (isPanic(press)) panicTaken_ms.value = press.at_ms;
      await answered(press);
    }
  } finally {
    sending = false;
  }
}

async function answered(press: Press): Promise<void> {
  // Ask before the press is dropped: the button must not fall back for a moment.
  await ask();
  presses.value = presses.peek().filter((each) => each !== press);
  show();
  keep();
}

function push(press: Press): void {
  // A call for help waits behind no status that does not get through.
  presses.value = isPanic(press) ? [press, ...presses.peek()] : [...presses.peek(), press];
  refused.value = null;
  show();
  keep();
  void send();
}

/** Press a status button: it counts from now, whenever it arrives. */
export function press(assignment: string, status: Status, hospital?: string): void {
  push({
    command_id: commandId(),
    at_ms: Math.round(nowMs()),
    path: `/api/assignments/${encodeURIComponent(assignment)}/status`,
    body: hospital === undefined ? { status } : { status, hospital },
    assignment,
  });
}

/** The panic button of the crew's unit. */
export function panic(unit: string): void {
  push({ command_id: commandId(), at_ms: Math.round(nowMs()), path: `/api/units/${encodeURIComponent(unit)}/panic`, body: {}, assignment: null });
}

/** What was loaded before the worker took over is asked for once more, and so kept: the first visit's map, too. */
const LOADED_MS = 5000;

function keepPage(): void {
  const again = (): void => {
    const loaded = performance.getEntriesByType("resource").map((each) => each.name);
    for (const url of new Set(loaded)) if (new URL(url).pathname.startsWith("/assets/")) void fetch(url).catch(() => undefined);
  };
  if (navigator.serviceWorker.controller === null) {
    navigator.serviceWorker.addEventListener("controllerchange", () => void window.setTimeout(again, LOADED_MS), { once: true });
  }
  void navigator.serviceWorker.register("/sw.js").catch(() => undefined);
}

/** Begin; the answer stops it. */
export function startCrew(): () => void {
  const kept = read();
  if (kept && kept.session.user === session.peek()?.user) {
    clock = kept.clock;
    told.value = kept.task;
    presses.value = kept.presses;
    show();
  }
  const beat = (): void => void ask().then(send);
  beat();
  const timer = window.setInterval(beat, ASK_MS);
  window.addEventListener("online", beat);
  if ("serviceWorker" in navigator) keepPage();
  return () => {
    window.clearInterval(timer);
    window.removeEventListener("online", beat);
  };
}
