// The thin shell of the feed: one WebSocket that comes back by itself for ever.
import { batch } from "@preact/signals";
import { api, Refusal } from "./api";
import { backoff, feedPath, reduce, EMPTY_PICTURE } from "./feed";
import type { Frame } from "./frames";
import { ownBrowser } from "./settings";
import { heard_ms, linkState, picture, positions, positionsTick, presence, resort, selectedIncident, session, tick, tickCosts } from "./store";

/** The service speaks every 2 s: after this long in silence the line is taken for dead. */
const SILENT_MS = 7000;
const MOST_COSTS = 120;

let socket: WebSocket | null = null;
let attempt = 0;
let retry: number | undefined;
let wanted = false;
let gapsInARow = 0;

/** What this page calls itself towards the others; windows of one browser share what is chosen, and the first half of it. */
const OWN_BROWSER = ownBrowser();
const OWN_PAGE = `${OWN_BROWSER}-${Math.random().toString(36).slice(2, 12)}`;
let looked: string | null = null;

/** Tell the other dispatchers which call is open here. */
function sayWhatWeLookAt(): void {
  const now = selectedIncident.peek();
  if (now === looked || socket?.readyState !== WebSocket.OPEN) return;
  looked = now;
  socket.send(JSON.stringify({ t: "looking", page: OWN_PAGE, incident: now }));
}

function open(): void {
  retry = undefined;
  if (!wanted) return;
  if (linkState.peek() !== "lost") linkState.value = "connecting";
  const scheme = location.protocol === "https:" ? "wss:" : "ws:";
  const mine = new WebSocket(`${scheme}//${location.host}${feedPath(picture.peek())}`);
  mine.binaryType = "arraybuffer";
  socket = mine;
  let opened = false;
  const openedBy = window.setTimeout(() => !opened && drop(mine), SILENT_MS);
  mine.onopen = () => {
    opened = true;
    heard_ms.value = performance.now();
    looked = null;
    sayWhatWeLookAt();
  };
  mine.onmessage = (message: MessageEvent<string | ArrayBuffer>) => {
    if (socket !== mine) return;
    attempt = 0;
    take(message.data, mine);
  };
  mine.onclose = () => {
    window.clearTimeout(openedBy);
    if (socket === mine) again(opened);
  };
}

function take(data: string | ArrayBuffer, mine: WebSocket): void {
  heard_ms.value = performance.now();
  linkState.value = "live";
  if (typeof data !== "string") {
    const began = performance.now();
    if (positions.take(data) >= 0) batch(() => (positionsTick.value += 1));
    tickCosts.push(performance.now() - began);
    if (tickCosts.length > MOST_COSTS) tickCosts.shift();
    return;
  }
  let frame: Frame;
  try {
    frame = JSON.parse(data) as Frame;
  } catch {
    return;
  }
  if (frame.t === "presence") {
    presence.value = frame.who.filter((each) => !each.page.startsWith(`${OWN_BROWSER}-`));
    return;
  }
  const before = picture.peek();
  const { picture: next, gap } = reduce(before, frame, performance.now());
  picture.value = next;
  if (!gap) {
    if (frame.t !== "pulse") gapsInARow = 0;
    return;
  }
  gapsInARow += 1;
  // A second gap straight after the first was asked for: take a fresh snapshot instead.
  if (gapsInARow > 1) picture.value = { ...next, epoch: null };
  drop(mine);
}

/** Let go of a socket at once, without waiting for a peer that may be gone. */
function drop(mine: WebSocket): void {
  mine.onclose = null;
  mine.onmessage = null;
  mine.close();
  if (socket === mine) again(true);
}

function again(opened: boolean): void {
  socket = null;
  if (!wanted) return;
  linkState.value = "lost";
  const wait_ms = backoff(attempt, Math.random());
  attempt += 1;
  retry = window.setTimeout(open, wait_ms);
  // A browser does not tell why a WebSocket was refused: ask whether we are still signed in.
  if (!opened || attempt > 1) void askWhoWeAre();
}

async function askWhoWeAre(): Promise<void> {
  try {
    await api.session();
  } catch (error) {
    if (error instanceof Refusal && error.status === 401) {
      stopFeed();
      session.value = null;
    }
  }
}

export function startFeed(): void {
  if (wanted) return;
  wanted = true;
  attempt = 0;
  linkState.value = "connecting";
  open();
}

export function stopFeed(): void {
  wanted = false;
  window.clearTimeout(retry);
  const mine = socket;
  socket = null;
  mine?.close();
  picture.value = EMPTY_PICTURE;
}

/** The page's heart: countdowns tick, silence is noticed, the queue is put in order again. */
export function startTicking(): void {
  selectedIncident.subscribe(sayWhatWeLookAt);
  let beats = 0;
  window.setInterval(() => {
    beats += 1;
    // Whatever counts does so once a second: 300 rows twice a second are a load, and nobody reads half seconds.
    if (beats % 2 === 0) {
      batch(() => {
        tick.value += 2;
        if (beats % 10 === 0) resort.value += 1;
      });
    }
    if (socket?.readyState === WebSocket.OPEN && performance.now() - heard_ms.peek() > SILENT_MS) drop(socket);
  }, 500);
  const wake = (): void => {
    if (wanted && socket === null) {
      window.clearTimeout(retry);
      attempt = 0;
      open();
    }
  };
  window.addEventListener("online", wake);
  document.addEventListener("visibilitychange", () => !document.hidden && wake());
}
