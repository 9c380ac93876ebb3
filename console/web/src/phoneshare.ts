// The crew's phone tells where the vehicle is while its receiver is silent: only if the crew said so, and only then.
import { computed, effect, signal } from "@preact/signals";
import { api, type PhoneReading } from "./api";
import { offline, task } from "./crewlink";
import { nowMs, picture } from "./store";

const KEPT = "skoraya.phone";
const SEND_MS = 5000;
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
    taken_ms: Math.round(now_ms - speed * Math.max(0, local_ms - position.timestamp)),
  };
  if (mps !== null && Number.isFinite(mps) && mps >= 0 && mps <= 100) reading.speed_mps = mps;
  if (heading !== null && Number.isFinite(heading) && heading >= 0 && heading <= 360) reading.course_deg = heading;
  return reading;
}

/** Listen to the phone while it is wanted; the answer stops it. */
export function startSharing(): () => void {
  let watch: number | undefined;
  let sent_ms = 0;
  const stop = (): void => {
    if (watch !== undefined) navigator.geolocation.clearWatch(watch);
    watch = undefined;
  };
  const send = async (to: string, position: GeolocationPosition): Promise<void> => {
    // Only the place of now is worth anything: what cannot be sent is dropped.
    if (offline.peek() || performance.now() - sent_ms < SEND_MS) return;
    sent_ms = performance.now();
    phoneRefused.value = false;
    try {
      const answer = await api.phone(to, readingOf(position, nowMs(), Date.now(), picture.peek().clock?.speed ?? 1));
      if (answer.used) readingsTaken.value += 1;
    } catch {
      // The next reading is on its way.
    }
  };
  const off = effect(() => {
    const to = unit.value;
    const wanted = sharing.value && silent.value && to !== null && canShare();
    if (!wanted) return stop();
    if (watch !== undefined) return;
    watch = navigator.geolocation.watchPosition(
      (position) => void send(to, position),
      (error) => {
        if (error.code === error.PERMISSION_DENIED) phoneRefused.value = true;
      },
      { enableHighAccuracy: true, maximumAge: 2000, timeout: WAIT_MS },
    );
  });
  return () => {
    off();
    stop();
  };
}
