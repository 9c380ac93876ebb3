// The crew's phone tells where the vehicle is while its receiver is silent: only if the crew said so, and only then.
import { computed, effect, signal } from "@preact/signals";
import { api, type PhoneReading } from "./api";
import { offline, task } from "./crewlink";
import { nowMs, picture } from "./store";

const KEPT = "skoraya.phone";
const SEND_MS = 5000;
/** A place that the phone has kept for longer is not taken; so no reading is older, whatever clock its receiver goes by. */
const MOST_AGE_MS = 4000;
const WAIT_MS = 15_000;

function kept(): boolean {
  try {
    return localStorage.getItem(KEPT) === "yes";
  } catch {
    return false;
  }
}

/** The crew's consent; kept in this browser until it is taken back or the crew signs out. */
export const sharing = signal(kept());
/** Whether the phone itself refuses to say where it is. */
export const phoneRefused = signal(false);
/** How many readings the service has taken. */
export const readingsTaken = signal(0);

export const canShare = (): boolean => "geolocation" in navigator;

export function setSharing(wanted: boolean): void {
  sharing.value = wanted;
  phoneRefused.value = false;
  try {
    if (wanted) localStorage.setItem(KEPT, "yes");
    else localStorage.removeItem(KEPT);
  } catch {
    // storage may be forbidden: then the consent lasts as long as the page
  }
}

const unit = computed(() => task.value?.unit.id ?? null);
const silent = computed(() => task.value?.receiver_silent === true);

/** What the browser says, by the service's clock. */
export function readingOf(position: GeolocationPosition, now_ms: number, local_ms: number, speed: number): PhoneReading {
  const { latitude, longitude, accuracy, speed: mps, heading } = position.coords;
  const reading: PhoneReading = {
    lat_deg: latitude,
    lon_deg: longitude,
    accuracy_m: accuracy,
    taken_ms: Math.round(now_ms - speed * Math.min(MOST_AGE_MS, Math.max(0, local_ms - position.timestamp))),
  };
  if (mps !== null && Number.isFinite(mps) && mps >= 0 && mps <= 100) reading.speed_mps = mps;
  if (heading !== null && Number.isFinite(heading) && heading >= 0 && heading <= 360) reading.course_deg = heading;
  return reading;
}

/** Ask the phone while it is wanted; the answer stops it. It is asked again and again: a phone that lies still says nothing by itself. */
export function startSharing(): () => void {
  let timer: number | undefined;
  let asked = false;
  const stop = (): void => {
    window.clearInterval(timer);
    timer = undefined;
  };
  const send = async (to: string, position: GeolocationPosition): Promise<void> => {
    phoneRefused.value = false;
    // Taken back meanwhile, or no network: only the place of now is worth anything.
    if (timer === undefined || offline.peek()) return;
    try {
      const answer = await api.phone(to, readingOf(position, nowMs(), Date.now(), picture.peek().clock?.speed ?? 1));
      if (answer.used) readingsTaken.value += 1;
    } catch {
      // The next reading is on its way.
    }
  };
  const ask = (to: string): void => {
    if (asked) return;
    asked = true;
    navigator.geolocation.getCurrentPosition(
      (position) => {
        asked = false;
        void send(to, position);
      },
      (error) => {
        asked = false;
        if (error.code === error.PERMISSION_DENIED) phoneRefused.value = true;
      },
      { enableHighAccuracy: true, maximumAge: MOST_AGE_MS, timeout: WAIT_MS },
    );
  };
  const off = effect(() => {
    const to = unit.value;
    if (!sharing.value || !silent.value || to === null || !canShare()) return stop();
    if (timer !== undefined) return;
    timer = window.setInterval(() => ask(to), SEND_MS);
    ask(to);
  });
  return () => {
    off();
    stop();
  };
}
