// The few hundred things beside the units, as GeoJSON: calls, hospitals, bases, labels, routes.
import { effect, signal } from "@preact/signals";
import type { Feature } from "geojson";
import type { LngLatBounds } from "maplibre-gl";
import { api, Refusal } from "../api";
import { FLAG_PARKED, FLAG_SUSPECT } from "../frames";
import { inQueue } from "../queueorder";
import { lastBefore, placeAt, played, playedAt_ms } from "../replaystate";
import { assignments, chosen, incidents, nowMs, positions, region, runningOf, selectedUnit, units } from "../store";
import { draftPoint, page } from "../ui";
import type { IncidentView, RouteFeature, UnitView } from "../views";
import { reach_m } from "./reach";

/** More labels than this are a fog, and slow. */
const MOST_LABELS = 300;
export const LABELS_FROM_ZOOM = 13;
const ROUTE_REFRESH_MS = 10_000;

type Properties = Record<string, string | number | boolean>;

function point(lon_deg: number, lat_deg: number, properties: Properties): Feature {
  return { type: "Feature", geometry: { type: "Point", coordinates: [lon_deg, lat_deg] }, properties };
}

export function callFeatures(): Feature[] {
  const here = chosen.value?.id;
  return [...incidents.value.values()].filter(inQueue).map((call) =>
    point(call.place.lon_deg, call.place.lat_deg, {
      incident: call.id,
      icon: `call-${call.phase === "waiting" ? "waiting" : "served"}-${call.priority}`,
      number: String(call.number),
      chosen: call.id === here,
      // What a crew is at already steps back.
      size: call.id === here ? 1.25 : call.phase === "waiting" ? 1 : call.phase === "assigned" ? 0.85 : 0.62,
      // The chosen and the graver ones lie on top.
      order: (call.id === here ? 10 : 0) + (call.phase === "waiting" ? 5 : 0) - call.priority,
    }),
  );
}

export function fixedFeatures(): Feature[] {
  const where = region.value;
  return [
    ...(where?.hospitals ?? []).map((each) => point(each.lon_deg, each.lat_deg, { icon: "hospital", name: each.name })),
    ...(where?.substations ?? []).map((each) => point(each.lon_deg, each.lat_deg, { icon: "substation", name: each.name })),
  ];
}

export function newCallFeature(): Feature[] {
  const here = draftPoint.value;
  return here ? [point(here.lon_deg, here.lat_deg, { icon: "call-new" })] : [];
}

/** The units that are on a call. */
export function unitsOn(call: IncidentView): UnitView[] {
  return runningOf(call, assignments.peek()).flatMap((each) => units.peek().get(each.unit) ?? []);
}

/** Call signs of the chosen units always, of the others when one has zoomed in. */
export function labelFeatures(bounds: LngLatBounds, zoom: number): Feature[] {
  const call = chosen.peek();
  const here = selectedUnit.peek();
  const selected = here === null ? undefined : units.peek().get(here);
  const meant = new Set([...(selected ? [selected] : []), ...(call ? unitsOn(call) : [])]);
  const found: Feature[] = [];
  for (const unit of zoom >= LABELS_FROM_ZOOM ? units.peek().values() : meant) {
    const wanted = meant.has(unit);
    if (!positions.has(unit.index)) continue;
    const lon = positions.lon_deg[unit.index] ?? 0;
    const lat = positions.lat_deg[unit.index] ?? 0;
    if (!wanted && !bounds.contains([lon, lat])) continue;
    const feature = point(lon, lat, { sign: unit.call_sign, wanted });
    if (wanted) found.unshift(feature);
    else found.push(feature);
    if (found.length > MOST_LABELS) break;
  }
  return found;
}

/** Beyond so many circles the map is a fog. */
const MOST_REACHES = 60;
const REACH_OLD_S = 60;
const CORNERS = 40;
const METRES_A_DEGREE = 111_320;

/** Circles within which units with old or doubted fixes may be by now. */
export function reachFeatures(bounds: LngLatBounds): Feature[] {
  if (page.peek() === "past") return [];
  const found: Feature[] = [];
  const now_ms = nowMs();
  const here = selectedUnit.peek();
  for (const unit of units.peek().values()) {
    if (!positions.has(unit.index) || unit.duty === "off" || unit.duty === "out_of_order") continue;
    const age_s = (now_ms - (positions.taken_ms[unit.index] ?? 0)) / 1000;
    const flags = positions.flags[unit.index] ?? 0;
    const doubted = (flags & FLAG_SUSPECT) !== 0;
    if (!doubted && (age_s < REACH_OLD_S || (flags & FLAG_PARKED) !== 0)) continue;
    const lon = positions.lon_deg[unit.index] ?? 0;
    const lat = positions.lat_deg[unit.index] ?? 0;
    if (unit.id !== here && !bounds.contains([lon, lat])) continue;
    const radius_m = reach_m(age_s, flags);
    const ring = Array.from({ length: CORNERS + 1 }, (_, i): [number, number] => {
      const turn = (2 * Math.PI * i) / CORNERS;
      return [
        lon + ((radius_m / METRES_A_DEGREE) * Math.cos(turn)) / Math.max(0.05, Math.cos((lat * Math.PI) / 180)),
        lat + (radius_m / METRES_A_DEGREE) * Math.sin(turn),
      ];
    });
    found.push({ type: "Feature", geometry: { type: "Polygon", coordinates: [ring] }, properties: { doubted } });
    if (found.length > MOST_REACHES) break;
  }
  return found;
}

/** The past that is played: each crew's way so far, and where it is at the slider's instant. */
export function replayFeatures(): Feature[] {
  const span = played.value;
  if (!span) return [];
  return span.tracks.flatMap((track): Feature[] => {
    const here = placeAt(track, playedAt_ms.value);
    if (!here) return [];
    const passed = track.coordinates.slice(0, lastBefore(track.taken_ms, playedAt_ms.value) + 1);
    return [
      { type: "Feature", geometry: { type: "LineString", coordinates: track.coordinates.map((each) => [...each]) }, properties: { part: "all" } },
      { type: "Feature", geometry: { type: "LineString", coordinates: [...passed.map((each) => [...each]), here] }, properties: { part: "passed" } },
      { type: "Feature", geometry: { type: "Point", coordinates: here }, properties: { part: "here", sign: track.sign } },
    ];
  });
}

/** Routes by assignment, for the crews of the chosen call. */
const routes = signal<ReadonlyMap<string, RouteFeature>>(new Map());

export function routeFeatures(): Feature[] {
  const line = (route: RouteFeature, other: boolean): Feature[] =>
    route.geometry ? [{ type: "Feature", geometry: route.geometry, properties: { degraded: route.properties.degraded, other } }] : [];
  // The other ways lie below those that are meant.
  const all = [...routes.value.values()];
  return [...all.flatMap(({ properties: { alternative } }) => (alternative ? line(alternative, true) : [])), ...all.flatMap((route) => line(route, false))];
}

const DRIVING: ReadonlySet<string> = new Set(["notified", "acknowledged", "en_route", "left_scene"]);

/** Keep the routes of the chosen call's crews fresh while they drive. */
export function watchRoutes(): () => void {
  let timer: number | undefined;
  let generation = 0;
  const stop = effect(() => {
    const call = chosen.value;
    const driving = call && page.peek() !== "past" ? runningOf(call, assignments.value).filter((each) => DRIVING.has(each.status)) : [];
    generation += 1;
    const mine = generation;
    window.clearInterval(timer);
    if (driving.length === 0) {
      routes.value = new Map();
      return;
    }
    const load = async (): Promise<void> => {
      const loaded = new Map<string, RouteFeature>();
      for (const each of driving) {
        try {
          loaded.set(each.id, await api.route(each.id));
        } catch (error) {
          // No road known just now: no line is better than a wrong one. Without a line to the service the way that was shown stays.
          const before = routes.peek().get(each.id);
          if (before && error instanceof Refusal && error.code === "unreachable") loaded.set(each.id, before);
        }
      }
      if (mine === generation) routes.value = loaded;
    };
    void load();
    timer = window.setInterval(() => void load(), ROUTE_REFRESH_MS);
  });
  return () => {
    window.clearInterval(timer);
    stop();
  };
}
