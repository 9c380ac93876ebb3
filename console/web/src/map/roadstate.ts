// What holds on the roads, over the map: coverage by the free crews, and closures drawn by hand.
import { effect, signal } from "@preact/signals";
import type { Feature } from "geojson";
import type { Map as MapLibreMap, MapMouseEvent } from "maplibre-gl";
import { api, Refusal, type Closure, type Coverage } from "../api";
import { words } from "../refusals";
import { region, session } from "../store";
import { coverageOn, coverageShare, drawingClosure, notice, page } from "../ui";

const REFRESH_MS = 5_000;
/** A crew that was sent or is free again shows within two seconds; nothing is sent while nothing changes. */
const COVERAGE_MS = 1_300;
const LEAST_STEP_PX = 4;

const covered = signal<Coverage | null>(null);
const closures = signal<readonly Closure[]>([]);
const stroke = signal<readonly [number, number][]>([]);

/** Squares with the minutes until a free crew is there. */
export function coverageFeatures(): Feature[] {
  const cells = coverageOn.value ? covered.value?.cells : undefined;
  if (!cells) return [];
  return cells.minutes.flatMap((minutes, i): Feature[] => {
    if (minutes === null) return [];
    const west = cells.west_deg + (i % cells.columns) * cells.step_lon_deg;
    const south = cells.south_deg + Math.floor(i / cells.columns) * cells.step_lat_deg;
    const east = west + cells.step_lon_deg;
    const north = south + cells.step_lat_deg;
    const ring = [[west, south], [east, south], [east, north], [west, north], [west, south]];
    return [{ type: "Feature", geometry: { type: "Polygon", coordinates: [ring] }, properties: { minutes } }];
  });
}

export function closureFeatures(): Feature[] {
  const drawn = stroke.value.length > 1 ? [{ id: "", line: [...stroke.value] }] : [];
  return [...closures.value, ...drawn].map((each) => ({
    type: "Feature",
    geometry: { type: "LineString", coordinates: each.line.map((point) => [...point]) },
    properties: { closure: each.id },
  }));
}

async function loadCoverage(): Promise<void> {
  try {
    const loaded = await api.coverage(Math.round((region.peek()?.norm_s ?? 1200) / 60), covered.peek()?.made_at_ms);
    if (loaded === undefined) return;
    covered.value = loaded;
    coverageShare.value = loaded.addresses ?? loaded.roads;
  } catch (error) {
    if (error instanceof Refusal && error.status === 0) return; // out of reach for a moment: what is shown stays
    coverageOn.value = false;
    notice.value = words(error);
  }
}

async function loadClosures(): Promise<void> {
  if (page.peek() === "past") return; // they are known as of now alone
  try {
    closures.value = (await api.closures()).closures;
  } catch {
    closures.value = []; // a service without closures, or a role that may not see them
  }
}

async function close(line: readonly [number, number][]): Promise<void> {
  try {
    await api.closeRoad(line);
  } catch (error) {
    notice.value = words(error);
  }
  await loadClosures();
}

/** Keep both fresh, and let a closure be drawn with the pointer; the answer stops it. */
export function watchRoads(map: MapLibreMap): () => void {
  let timer: number | undefined;
  const stopCoverage = effect(() => {
    window.clearInterval(timer);
    if (!coverageOn.value) return;
    covered.value = null;
    void loadCoverage();
    timer = window.setInterval(() => void loadCoverage(), COVERAGE_MS);
  });
  void loadClosures();
  const closing = window.setInterval(() => void loadClosures(), REFRESH_MS);
  let last: { x: number; y: number } | null = null;
  const down = (event: MapMouseEvent): void => {
    if (!drawingClosure.peek()) return;
    event.preventDefault(); // the map is not dragged meanwhile
    last = event.point;
    stroke.value = [[event.lngLat.lng, event.lngLat.lat]];
  };
  const move = (event: MapMouseEvent): void => {
    if (last === null || Math.hypot(event.point.x - last.x, event.point.y - last.y) < LEAST_STEP_PX) return;
    last = event.point;
    stroke.value = [...stroke.peek(), [event.lngLat.lng, event.lngLat.lat]];
  };
  const up = (): void => {
    if (last === null) return;
    last = null;
    const line = stroke.peek();
    stroke.value = [];
    drawingClosure.value = false;
    if (line.length > 0) void close(line);
  };
  map.on("mousedown", down);
  map.on("mousemove", move);
  map.on("mouseup", up);
  map.on("click", "closures", (event) => {
    const id: unknown = event.features?.[0]?.properties.closure;
    if (typeof id !== "string" || id === "" || session.peek()?.role !== "dispatcher") return;
    api.reopen(id).then(loadClosures, (error: unknown) => (notice.value = words(error)));
  });
  return () => {
    window.clearInterval(timer);
    window.clearInterval(closing);
    stopCoverage();
  };
}
