// What the address field offers: completions, recent callers, coordinates with the address that lies there, "near …".
import { useEffect, useState } from "preact/hooks";
import { api } from "./api";
import { coordinatesLabel, parseCoordinates } from "./coordinates";
import type { Coordinates } from "./plainviews";
import { words } from "./refusals";
import { incidents, region } from "./store";
import { t } from "./texts";
import type { FoundPlace, IncidentView } from "./views";

const TYPING_MS = 120;
const RECENT = 6;

/** A place with what the caller of an earlier call said beside it. */
export interface Offer extends FoundPlace {
  phone?: string;
  detail?: string;
  number?: number;
}

const digits = (text: string): string => text.replace(/\D/g, "");

/** "near the market", "рядом с вокзалом", "около школы": the landmark, or null. */
export function landmark(text: string): string | null {
  const found = /^\s*(?:near|close to|by|next to|opposite|behind|across from|in front of|рядом(?:\s+со?)?|недалеко\s+от|неподал[её]ку\s+от|поблизости\s+от|вблизи|около|возле|у|напротив|позади|за|перед)\s+(.{2,})$/iu.exec(text);
  return found?.[1]?.trim() ?? null;
}

/** Places of recent calls, the latest first; with a number typed, of those whose phone holds it. */
export function recentOffers(calls: Iterable<IncidentView>, typed: string): Offer[] {
  const wanted = digits(typed);
  const found = new Map<string, Offer>();
  for (const call of [...calls].sort((a, b) => b.called_at_ms - a.called_at_ms)) {
    if (typed.trim() !== "" && (wanted.length < 4 || !digits(call.phone ?? "").includes(wanted))) continue;
    const key = `${call.phone ?? ""} ${call.place.label}`;
    if (found.has(key)) continue;
    found.set(key, {
      label: call.place.label,
      lat_deg: call.place.lat_deg,
      lon_deg: call.place.lon_deg,
      kind: "recent",
      number: call.number,
      ...(call.phone ? { phone: call.phone } : {}),
      ...(call.place.detail ? { detail: call.place.detail } : {}),
    });
    if (found.size === RECENT) break;
  }
  return [...found.values()];
}

/** The address of a point beside its coordinates, or the coordinates alone. */
export async function nameOfPoint(here: Coordinates): Promise<FoundPlace> {
  const bare = coordinatesLabel(here.lat_deg, here.lon_deg);
  try {
    const { place } = await api.near(here.lat_deg, here.lon_deg);
    return { ...here, label: place ? `${place.label} (${bare})` : bare, kind: "coordinates" };
  } catch {
    return { ...here, label: bare, kind: "coordinates" };
  }
}

export interface Completion {
  found: Offer[];
  /** The text that the answer belongs to. */
  asked: string;
  problem: string | null;
}

const NOTHING: Completion = { found: [], asked: "", problem: null };

/** Ask for completions a moment after the typing rests; an answer that comes too late is dropped. */
export function useCompletion(text: string, wanted: boolean): Completion {
  const [state, setState] = useState<Completion>(NOTHING);
  useEffect(() => {
    const q = text.trim();
    if (!wanted) {
      setState(NOTHING);
      return undefined;
    }
    const recent = recentOffers(incidents.peek().values(), q);
    if (q.length < 2) {
      setState({ found: q === "" ? recent : [], asked: q, problem: null });
      return undefined;
    }
    const here = parseCoordinates(q, region.peek()?.bounds);
    if (!here && /https?:\/\//i.test(q)) {
      // A short link says where only to whoever opens it.
      setState({ found: [], asked: q, problem: t("linkBare") });
      return undefined;
    }
    let late = false;
    const asking = new AbortController();
    const timer = window.setTimeout(
      () => {
        if (here) {
          void nameOfPoint(here).then((place) => !late && setState({ found: [place], asked: q, problem: null }));
          return;
        }
        const beside = landmark(q);
        api.places(beside ?? q, asking.signal).then(
          (answer) => {
            const places = beside === null ? answer.places : answer.places.map((each) => ({ ...each, label: t("nearPlace", { place: each.label }) }));
            setState({ found: [...recent, ...places], asked: q, problem: null });
          },
          (error: unknown) => {
            if (!(error instanceof DOMException)) setState({ found: recent, asked: q, problem: words(error) });
          },
        );
      },
      here ? 0 : TYPING_MS,
    );
    return () => {
      late = true;
      window.clearTimeout(timer);
      asking.abort();
    };
  }, [text, wanted]);
  return state;
}
