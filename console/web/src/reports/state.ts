// Where the page stands: its address as a signal, and how to ask the service for what it shows.
import { computed, signal } from "@preact/signals";
import { useEffect, useState } from "preact/hooks";
import { Refusal } from "../api";
import { words } from "../refusals";
import { nowMs, region, session } from "../store";
import { asked, read, write, type Address } from "./address";
import { addDays, beginOf, dayAt } from "./period";

const hash = signal(location.hash);
window.addEventListener("hashchange", () => {
  if (location.hash.startsWith("#/reports")) hash.value = location.hash;
});

export const zone = (): string => region.value?.timezone ?? "UTC";
export const today = (): string => dayAt(nowMs(), zone());
/** A reader of all regions begins with all of them. */
export const seesAll = (): boolean => session.value?.role === "federal";
export const place = computed<Address>(() => read(hash.value, today(), seesAll()));

/** The address with changes, as a link. */
export const href = (changes: Partial<Address>): string => write({ ...place.value, ...changes }, seesAll());

/** Go there; the browser's Back comes back. */
export function goTo(changes: Partial<Address>): void {
  location.hash = href(changes);
}

/** The API's query of an address, by default the one that is shown. */
export function query(more: Record<string, string> = {}, changes: Partial<Address> = {}): string {
  const to = { ...place.value, ...changes };
  return asked(to, (day) => beginOf(day, zone()), addDays(to.period.to, 1), more);
}

async function load<T>(path: string, aborting: AbortSignal): Promise<T> {
  const response = await fetch(`/api/reports/${path}`, { credentials: "same-origin", headers: { Accept: "application/json" }, signal: aborting });
  if (response.ok) return (await response.json()) as T;
  const body = (await response.json().catch(() => ({}))) as { error?: { code?: string; message?: string; field?: string } };
  throw new Refusal(response.status, body.error?.code ?? `http-${response.status}`, body.error?.message ?? response.statusText, body.error?.field ?? null);
}

export interface Asked<T> {
  value: T | null;
  problem: string | null;
  loading: boolean;
}

const AGAIN_MS = 30_000;

/** What the service answers; the last answer stays until the next one is there. Asked again while `live`. */
export function useAsked<T>(path: string | null, live = false): Asked<T> {
  const [answer, setAnswer] = useState<{ to: string | null; value: T | null; problem: string | null }>({ to: null, value: null, problem: null });
  useEffect(() => {
    if (path === null) return undefined;
    const aborting = new AbortController();
    const ask = (): void => {
      load<T>(path, aborting.signal).then(
        (value) => setAnswer({ to: path, value, problem: null }),
        (error: unknown) => {
          if (aborting.signal.aborted) return;
          setAnswer((before) => ({ ...before, to: path, problem: words(error) }));
        },
      );
    };
    ask();
    const timer = live ? window.setInterval(() => document.visibilityState === "visible" && ask(), AGAIN_MS) : undefined;
    return () => {
      aborting.abort();
      window.clearInterval(timer);
    };
  }, [path, live]);
  return { value: answer.value, problem: answer.problem, loading: answer.to !== path };
}

/** Whether new calls may still come into what is shown. */
export const isLive = (): boolean => place.value.period.to >= today() && place.value.source === "";
