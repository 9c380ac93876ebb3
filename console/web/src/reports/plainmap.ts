// A map that only shows: the base map, and on it what a report has to say of places. Nothing on it lives.
import { effect } from "@preact/signals";
import type { Feature } from "geojson";
import { GeoJSONSource, LngLatBounds, Map as MapLibreMap } from "maplibre-gl";
import { readColours } from "../map/colours";
import { replayFeatures } from "../map/features";
import "../map/map.css";
import { prepare, start, tilesAddress } from "../map/mapview";
import { keepScale } from "../map/scale";
import { baseStyle } from "../map/style";
import { played } from "../replaystate";
import { theme } from "../settings";
import { region } from "../store";
import { t } from "../texts";
import type { LatePoint } from "./shapes";

const FONT = ["Arial", "sans-serif"];

export interface Shown {
  late: readonly LatePoint[];
  /** Squares with the minutes until a free crew is there. */
  covered: readonly Feature[];
  /** The patient, as (longitude, latitude). */
  scene: [number, number] | null;
}

export interface PlainMap {
  show: (what: Partial<Shown>) => void;
  stop: () => void;
}

/** The whole way of every track, whatever the instant that is played. */
const wayFeatures = (): Feature[] =>
  (played.value?.tracks ?? [])
    .filter((track) => track.coordinates.length > 1)
    .map((track) => ({ type: "Feature", geometry: { type: "LineString", coordinates: track.coordinates.map((each) => [...each]) }, properties: {} }));

const lateFeature = (point: LatePoint): Feature => ({
  type: "Feature",
  geometry: { type: "Point", coordinates: [point.lon_deg, point.lat_deg] },
  properties: { incident: point.incident, late_min: point.late_s / 60 },
});

/** Draw the map into a box; `onCall` hears which late call was pressed. */
export function mountPlain(box: HTMLElement, onCall: (incident: string) => void): PlainMap {
  prepare();
  const tiles = region.peek()?.tiles ? `pmtiles://${tilesAddress()}` : null;
  const map = new MapLibreMap({
    container: box,
    style: baseStyle(theme.peek(), tiles),
    ...start(),
    fitBoundsOptions: { padding: 24 },
    attributionControl: false,
    locale: { "Map.Title": t("mapCanvas") },
    dragRotate: false,
    pitchWithRotate: false,
    touchPitch: false,
    renderWorldCopies: false,
    scrollZoom: true,
    cooperativeGestures: false,
    // Paper gets the picture, too.
    canvasContextAttributes: { preserveDrawingBuffer: true, antialias: true },
  });
  map.touchZoomRotate.disableRotation();
  let shown: Shown = { late: [], covered: [], scene: null };
  let styled = false;
  let fitted = false;
  const put = (name: string, features: Feature[]): void => {
    const source = map.getSource(name);
    if (styled && source instanceof GeoJSONSource) source.setData({ type: "FeatureCollection", features });
  };
  const drawAll = (): void => {
    put("late", shown.late.map(lateFeature));
    put("covered", [...shown.covered]);
    put("scene", shown.scene === null ? [] : [{ type: "Feature", geometry: { type: "Point", coordinates: shown.scene }, properties: {} }]);
    put("ways", wayFeatures());
    put("replay", replayFeatures());
  };
  const furnish = (): void => {
    const { icons } = readColours();
    for (const name of ["covered", "late", "ways", "replay", "scene"]) if (!map.getSource(name)) map.addSource(name, { type: "geojson", data: { type: "FeatureCollection", features: [] } });
    map.addLayer({
      id: "covered",
      type: "fill",
      source: "covered",
      paint: {
        "fill-color": ["interpolate", ["linear"], ["get", "minutes"], 0, "#1f9e89", 5, "#35b779", 10, "#b5de2b", 20, "#fde725", 20.1, icons.accent],
        "fill-opacity": ["interpolate", ["linear"], ["get", "minutes"], 0, 0.12, 20, 0.34, 21, 0.5],
      },
    });
    map.addLayer({
      id: "late",
      type: "circle",
      source: "late",
      paint: {
        "circle-radius": ["interpolate", ["linear"], ["get", "late_min"], 0, 4, 10, 8, 30, 14],
        "circle-color": icons.accent,
        "circle-opacity": 0.45,
        "circle-stroke-color": icons.accent,
        "circle-stroke-width": 1.2,
      },
    });
    map.addLayer({
      id: "ways",
      type: "line",
      source: "ways",
      layout: { "line-cap": "round", "line-join": "round" },
      paint: { "line-color": icons.replay, "line-width": 2.5, "line-opacity": 0.5 },
    });
    map.addLayer({
      id: "track",
      type: "line",
      source: "replay",
      filter: ["==", ["get", "part"], "passed"],
      layout: { "line-cap": "round", "line-join": "round" },
      paint: { "line-color": icons.replay, "line-width": 4 },
    });
    map.addLayer({ id: "scene", type: "circle", source: "scene", paint: { "circle-radius": 8, "circle-color": icons.accent, "circle-stroke-color": icons.panel, "circle-stroke-width": 3 } });
    map.addLayer({
      id: "here",
      type: "circle",
      source: "replay",
      filter: ["==", ["get", "part"], "here"],
      paint: { "circle-radius": 9, "circle-color": icons.replay, "circle-stroke-color": icons.panel, "circle-stroke-width": 3 },
    });
    map.addLayer({
      id: "sign",
      type: "symbol",
      source: "replay",
      filter: ["==", ["get", "part"], "here"],
      layout: { "text-field": ["get", "sign"], "text-font": FONT, "text-size": 15, "text-anchor": "left", "text-offset": [0.9, 0], "text-allow-overlap": true },
      paint: { "text-color": icons.text, "text-halo-color": icons.panel, "text-halo-width": 2 },
    });
    styled = true;
    drawAll();
  };
  map.on("style.load", furnish);
  map.once("idle", () => (box.dataset.ready = "true"));
  map.on("error", (event) => console.warn("map:", event.error.message));
  map.on("click", "late", (event) => {
    const incident: unknown = event.features?.[0]?.properties.incident;
    if (typeof incident === "string") onCall(incident);
  });
  map.on("mouseenter", "late", () => (map.getCanvas().style.cursor = "pointer"));
  map.on("mouseleave", "late", () => (map.getCanvas().style.cursor = ""));
  let first = true;
  const stops = [
    keepScale(map),
    effect(() => {
      const now = theme.value;
      if (first) {
        first = false;
        return;
      }
      styled = false;
      map.setStyle(baseStyle(now, tiles), { diff: false });
    }),
    effect(() => map.getCanvas().setAttribute("aria-label", t("mapCanvas"))),
    effect(() => put("ways", wayFeatures())),
    effect(() => put("replay", replayFeatures())),
    effect(() => {
      const points = played.value?.tracks.flatMap((track) => [...track.coordinates]) ?? [];
      const [one] = points;
      if (!one) return;
      const bounds = new LngLatBounds(one, one);
      for (const point of points) bounds.extend(point);
      if (shown.scene) bounds.extend(shown.scene);
      map.fitBounds(bounds, { padding: { top: 40, left: 50, right: 50, bottom: 100 }, maxZoom: 15, duration: 0 }); // the player lies below
    }),
  ];
  const resizing = new ResizeObserver(() => map.resize());
  resizing.observe(box);
  return {
    show: (what) => {
      const scene = shown.scene;
      shown = { ...shown, ...what };
      drawAll();
      // The first late calls that are shown say where to look; after that it is the reader's map.
      const [one] = shown.late;
      if (one && !fitted) {
        fitted = true;
        const bounds = shown.late.reduce((all, each) => all.extend([each.lon_deg, each.lat_deg]), new LngLatBounds());
        map.fitBounds(bounds, { padding: 36, maxZoom: 14, duration: 0 });
      }
      if (shown.scene && shown.scene !== scene && played.peek() === null) map.jumpTo({ center: shown.scene, zoom: 13.5 });
    },
    stop: () => {
      resizing.disconnect();
      for (const stop of stops) stop();
      map.remove();
    },
  };
}
