// Times, durations and distances as people read them. Pure but for the language of now.
import { lang } from "./settings";
import { t, tCode, type TextKey } from "./texts";
import type { Phase, Priority, UnitState } from "./views";

/** `m:ss`, or `h:mm:ss` from an hour on; for countdowns and intervals. */
export function minutes(seconds: number): string {
  const whole = Math.floor(Math.abs(seconds));
  const h = Math.floor(whole / 3600);
  const m = Math.floor((whole % 3600) / 60);
  const s = String(whole % 60).padStart(2, "0");
  return h > 0 ? `${h}:${String(m).padStart(2, "0")}:${s}` : `${m}:${s}`;
}

/** Time left as `mm:ss`; what is overdue as `+mm:ss`. */
export function countdown(seconds: number): string {
  if (seconds >= 0) return minutes(Math.ceil(seconds)).padStart(5, "0");
  return `+${minutes(seconds).padStart(5, "0")}`;
}

/** An age in its largest unit: `4 s`, `3 min`, `2 h`. */
export function age(seconds: number): string {
  if (seconds < 100) return `${Math.floor(seconds)} ${t("unit_s")}`;
  if (seconds < 6000) return `${Math.floor(seconds / 60)} ${t("unit_min")}`;
  if (seconds < 172_800) return `${Math.floor(seconds / 3600)} ${t("unit_h")}`;
  return `${Math.floor(seconds / 86_400)} ${t("unit_d")}`;
}

export function distance(metres: number): string {
  const decimal = lang.value === "ru" ? "," : ".";
  if (metres < 950) return `${Math.round(metres / 10) * 10} ${t("unit_m")}`;
  return `${(metres / 1000).toFixed(1).replace(".", decimal)} ${t("unit_km")}`;
}

const clocks = new Map<string, Intl.DateTimeFormat>();

function formatter(zone: string, seconds: boolean, date: boolean): Intl.DateTimeFormat {
  const key = `${lang.value}|${zone}|${seconds}|${date}`;
  let found = clocks.get(key);
  if (!found) {
    const options: Intl.DateTimeFormatOptions = {
      timeZone: zone,
      hour: "2-digit",
      minute: "2-digit",
      hourCycle: "h23",
      ...(seconds ? { second: "2-digit" } : {}),
      ...(date ? { day: "2-digit", month: "2-digit", year: "numeric" } : {}),
    };
    try {
      found = new Intl.DateTimeFormat(lang.value === "ru" ? "ru-RU" : "en-GB", options);
    } catch {
      found = new Intl.DateTimeFormat(lang.value === "ru" ? "ru-RU" : "en-GB", { ...options, timeZone: "UTC" });
    }
    clocks.set(key, found);
  }
  return found;
}

/** The time of day in the region's zone. */
export const clockTime = (at_ms: number, zone: string): string => formatter(zone, true, false).format(at_ms);
export const shortTime = (at_ms: number, zone: string): string => formatter(zone, false, false).format(at_ms);
export const dateTime = (at_ms: number, zone: string): string => formatter(zone, false, true).format(at_ms);

export function percent(share: number): string {
  const text = (share * 100).toFixed(share === 1 || share === 0 ? 0 : 1);
  return lang.value === "ru" ? `${text.replace(".", ",")} %` : `${text}%`;
}

export const priorityText = (priority: Priority): string => t(`p${priority}`);

const PHASES: Record<Phase, TextKey> = {
  waiting: "waiting",
  assigned: "assigned",
  on_scene: "phase_on_scene",
  transporting: "transporting",
  closed: "closed",
  cancelled: "phase_cancelled",
};
export const phaseText = (phase: Phase): string => t(PHASES[phase]);
export const stateText = (state: UnitState): string => (state === "off" ? t("off_duty") : tCode(state));
