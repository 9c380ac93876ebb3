// The map as a thing that obeys the store: units each tick, the few other signs when they change.
import { effect } from "@preact/signals";
import type { Feature } from "geojson";
import { addProtocol, GeoJSONSource, LngLatBounds, Map as MapLibreMap, setWorkerUrl, type LngLatBoundsLike, type MapMouseEvent } from "maplibre-gl";
import "./map.css";
import { PMTiles, Protocol } from "pmtiles";
import { theme } from "../settings";
import { assignments, chosen, destinationOf, linkState, nowMs, positions, positionsTick, region, runningOf, selectedIncident, selectedUnit, tick, units } from "../store";
import { played } from "../replaystate";
import { t } from "../texts";
import { clickedPoint, draftPoint, drawingClosure, formOpen, mapState, mapWish, selectCall, selectUnit } from "../ui";
import { GROUP_OF, GROUPS } from "../unitstyle";
import { addIcons } from "./icons";
import { readColours } from "./colours";
import { callFeatures, fixedFeatures, LABELS_FROM_ZOOM, labelFeatures, newCallFeature, reachFeatures, replayFeatures, routeFeatures, unitsOn, watchRoutes } from "./features";
import { closureFeatures, coverageFeatures, watchRoads } from "./roadstate";
import { keepScale } from "./scale";
import { addSigns } from "./signs";
import { baseStyle } from "./style";
import { UnitLayer } from "./unitlayer";

const OLD_MS = 60_000;
const REACH_PX = 16;
const BASE = "base";
const RETRY_MS = 5000;
/** Up to so many units the signs of all follow their marks at once. */
const FEW_UNITS = 300;

let protocol: Protocol | null = null;

/** Tell MapLibre where its worker is and how to read our tiles; before the first map of a page. */
export function prepare(): void {
  if (protocol) return;
  setWorkerUrl(import.meta.env.DEV ? "/node_modules/maplibre-gl/src/source/worker.ts" : `/assets/mapworker.js?v=${__BUILD__}`);
  const reading = new Protocol();
  protocol = reading;
  addProtocol("pmtiles", (request, aborting) => reading.tile(request, aborting));
}

export const tilesAddress = (): string => `${location.origin}/map/tiles.pmtiles`;

/** Where a map begins: the region as a whole. */
export function start(): { bounds: LngLatBoundsLike } {
  const where = region.peek();
  if (where?.bounds) return { bounds: where.bounds };
  const fixed = [...(where?.substations ?? []), ...(where?.hospitals ?? [])];
  if (fixed.length === 0) return { bounds: [30, 50, 60, 60] };
  const lons = fixed.map((each) => each.lon_deg);
  const lats = fixed.map((each) => each.lat_deg);
  return { bounds: [Math.min(...lons) - 0.02, Math.min(...lats) - 0.02, Math.max(...lons) + 0.02, Math.max(...lats) + 0.02] };
}

/** Draw the map into a box; the answer takes it down again. */
export function mountMap(box: HTMLElement): () => void {
  prepare();
  const tilesUrl = region.peek()?.tiles ? `pmtiles://${tilesAddress()}` : null;
  const map = new MapLibreMap({
    container: box,
    style: baseStyle(theme.peek(), tilesUrl),
    ...start(),
    fitBoundsOptions: { padding: 24 },
    attributionControl: false,
    // The pane around it is called the map already.
    locale: { "Map.Title": t("mapCanvas") },
    dragRotate: false,
    pitchWithRotate: false,
    touchPitch: false,
    maxPitch: 0,
    maxZoom: 19,
    renderWorldCopies: false,
    fadeDuration: 120,
    keyboard: true,
    canvasContextAttributes: { antialias: false },
    // A tile of a dense city weighs megabytes; a shift of looking around must not keep a hundred of them.
    maxTileCacheSize: 32,
  });
  map.touchZoomRotate.disableRotation();
  map.keyboard.disableRotation();
  const layer = new UnitLayer(positions, readColours().units);
  let groupOf = new Uint8Array(0);
  let idByIndex: string[] = [];
  let styled = false;
  let gone = false;

  /** Sources that hold nothing: nothing put in again would draw the whole map anew, once a second. */
  const empty = new Set<string>();
  const setData = (name: string, features: Feature[]): void => {
    const source = map.getSource(name);
    if (!styled || !(source instanceof GeoJSONSource) || (features.length === 0 && empty.has(name))) return;
    if (features.length === 0) empty.add(name);
    else empty.delete(name);
    source.setData({ type: "FeatureCollection", features });
  };
  const drawUnits = (): void => {
    const marked = new Set<number>();
    const here = selectedUnit.peek();
    const selected = here === null ? undefined : units.peek().get(here);
    if (selected) marked.add(selected.index);
    const call = chosen.peek();
    if (call) for (const unit of unitsOn(call)) marked.add(unit.index);
    layer.update(groupOf, marked, nowMs() - OLD_MS);
    box.dataset.units = String(layer.drawn);
  };
  const drawLabels = (): void => setData("unit-labels", labelFeatures(map.getBounds(), map.getZoom()));
  const drawAll = (): void => {
    setData("fixed", fixedFeatures());
    setData("calls", callFeatures());
    setData("routes", routeFeatures());
    setData("new-call", newCallFeature());
    setData("replay", replayFeatures());
    setData("coverage", coverageFeatures());
    setData("closures", closureFeatures());
    setData("reaches", reachFeatures(map.getBounds()));
    drawLabels();
    drawUnits();
  };

  const restyle = (wanted = theme.peek()): void => {
    styled = false;
    // The layer is ours, not the style's: it is taken off before the style goes and put back by `furnish`.
    if (map.getLayer(layer.id)) map.removeLayer(layer.id);
    map.setStyle(baseStyle(wanted, tilesUrl), { diff: false });
  };
  const furnish = (): void => {
    empty.clear();
    const colours = readColours();
    addIcons(map, colours.icons);
    addSigns(map, colours);
    layer.recolour(colours.units);
    // Units lie above routes and below the calls' pins.
    if (!map.getLayer(layer.id)) map.addLayer(layer, "unit-labels-wanted");
    styled = true;
    drawAll();
  };
  map.on("style.load", furnish);
  map.once("idle", () => {
    box.dataset.ready = "true";
    if (mapState.peek() === "loading") mapState.value = tilesUrl === null ? "no-tiles" : "ready";
  });
  let baseKnown = false;
  let tilesMissed = false;
  let retry: number | undefined;
  map.on("sourcedata", (event) => {
    if (event.sourceId !== BASE || event.sourceDataType !== "metadata") return;
    baseKnown = true;
    if (mapState.peek() === "no-tiles") mapState.value = "ready";
  });
  map.on("error", (event) => {
    console.warn("map:", event.error.message);
    if (gone || (event as { sourceId?: string }).sourceId !== BASE) return;
    if (baseKnown) {
      tilesMissed = true;
      return;
    }
    mapState.value = "no-tiles";
    retry ??= window.setTimeout(() => {
      retry = undefined;
      // A file that could not be opened once is remembered as such: begin anew.
      protocol?.add(new PMTiles(tilesAddress()));
      restyle();
    }, RETRY_MS);
  });
  map.on("moveend", drawLabels);

  const unitAt = (event: MapMouseEvent): string | null => {
    const index = layer.nearest(event.point.x, event.point.y, REACH_PX, groupOf);
    return index === null ? null : (idByIndex[index] ?? null);
  };
  const callAt = (event: MapMouseEvent): string | null => {
    const hit = map.queryRenderedFeatures(event.point, { layers: ["calls"] })[0];
    const id: unknown = hit?.properties.incident;
    return typeof id === "string" ? id : null;
  };
  map.on("click", (event) => {
    if (drawingClosure.peek()) return;
    if (formOpen.peek()) {
      clickedPoint.value = { lat_deg: event.lngLat.lat, lon_deg: event.lngLat.lng };
      return;
    }
    const call = callAt(event);
    if (call !== null) return selectCall(call);
    const unit = unitAt(event);
    selectUnit(unit);
    const incident = unit === null ? null : units.peek().get(unit)?.incident;
    if (incident) {
      selectCall(incident);
      selectUnit(unit);
    }
  });
  let hovering = false;
  map.on("mousemove", (event) => {
    if (hovering || !styled) return;
    hovering = true;
    requestAnimationFrame(() => {
      hovering = false;
      const hit = !formOpen.peek() && (callAt(event) !== null || unitAt(event) !== null);
      map.getCanvas().style.cursor = formOpen.peek() ? "crosshair" : hit ? "pointer" : "";
    });
  });

  /** The call that the map has already been moved to, once. */
  let broughtIn: string | null = null;
  /** The unit that the map stays with until somebody drags it. */
  let followed: string | null = null;
  /** Whether call and crew are kept in the picture while the crew drives; a drag ends that, too. */
  let driving = false;
  map.on("dragstart", () => {
    followed = null;
    driving = false;
  });
  let firstTheme = true;
  let lastWish = mapWish.peek().n;
  const stops = [
    effect(() => {
      const now = theme.value;
      if (firstTheme) {
        firstTheme = false;
        return;
      }
      restyle(now);
    }),
    effect(() => {
      // Tiles that failed during a cut are asked for again, without anybody's doing.
      if (linkState.value !== "live" || !tilesMissed) return;
      tilesMissed = false;
      map.refreshTiles(BASE);
    }),
    effect(() => {
      const size = Math.max(0, ...[...units.value.values()].map((unit) => unit.index)) + 1;
      groupOf = new Uint8Array(size).fill(255);
      idByIndex = [];
      for (const unit of units.value.values()) {
        groupOf[unit.index] = GROUPS.indexOf(GROUP_OF[unit.state]);
        idByIndex[unit.index] = unit.id;
      }
      if (styled) drawUnits();
    }),
    effect(() => {
      void positionsTick.value;
      void selectedUnit.value;
      void selectedIncident.value;
      if (!styled) return;
      drawUnits();
      // The few signs of what is chosen keep up with their marks; a whole fleet's, zoomed in, come every other second.
      if (map.getZoom() < LABELS_FROM_ZOOM || units.peek().size <= FEW_UNITS) drawLabels();
    }),
    effect(() => {
      void selectedUnit.value;
      void selectedIncident.value;
      if (!styled) return;
      if (tick.value % 2 === 0) drawLabels();
      // Units that have fallen silent grow old on the map, too, when no frame comes to say so.
      if (tick.value % 10 === 0) {
        drawUnits();
        setData("reaches", reachFeatures(map.getBounds()));
      }
    }),
    effect(() => {
      const call = chosen.value;
      const point: [number, number] | null = call ? [call.place.lon_deg, call.place.lat_deg] : null;
      if (point === null || call?.id === broughtIn) return;
      broughtIn = call?.id ?? null;
      if (!map.getBounds().contains(point)) map.easeTo({ center: point, duration: 400 });
    }),
    effect(() => map.getCanvas().setAttribute("aria-label", t("mapCanvas"))),
    effect(() => setData("fixed", fixedFeatures())),
    effect(() => setData("calls", callFeatures())),
    effect(() => setData("routes", routeFeatures())),
    effect(() => setData("new-call", newCallFeature())),
    effect(() => setData("replay", replayFeatures())),
    effect(() => {
      void positionsTick.value;
      if (driving) return goOnDriving(map);
      const unit = followed === null ? undefined : units.peek().get(followed);
      if (!unit || !positions.has(unit.index)) return;
      map.easeTo({ center: [positions.lon_deg[unit.index] ?? 0, positions.lat_deg[unit.index] ?? 0], duration: 300 });
    }),
    effect(() => {
      const wish = mapWish.value;
      if (wish.n === lastWish) return;
      lastWish = wish.n;
      followed = wish.to === "follow" ? selectedUnit.peek() : null;
      driving = wish.to === "drive";
      if (wish.to === "city") map.fitBounds(start().bounds, { padding: 24, duration: 400 });
      else if (wish.to === "draft") goToPoint(map);
      else if (wish.to === "replay") goToReplay(map);
      else if (driving) goOnDriving(map);
      else goToChoice(map, wish.to === "unit" || wish.to === "follow");
    }),
    effect(() => setData("coverage", coverageFeatures())),
    effect(() => setData("closures", closureFeatures())),
    watchRoutes(),
    watchRoads(map),
    keepScale(map),
  ];
  const resizing = new ResizeObserver(() => map.resize());
  resizing.observe(box);
  return () => {
    gone = true;
    window.clearTimeout(retry);
    resizing.disconnect();
    for (const stop of stops) stop();
    map.remove();
  };
}

/** What is looked for stands clear of the buttons on top, with its pin and label, and of the slider below. */
function around(map: MapLibreMap): { top: number; bottom: number; left: number; right: number } {
  const { clientWidth, clientHeight } = map.getContainer();
  const beside = Math.min(60, clientWidth / 6);
  return { top: Math.min(110, clientHeight / 4), bottom: Math.min(70, clientHeight / 6), left: beside, right: beside };
}

function goToPoint(map: MapLibreMap): void {
  const here = draftPoint.peek();
  if (here) map.easeTo({ center: [here.lon_deg, here.lat_deg], zoom: Math.max(map.getZoom(), 15), duration: 400 });
}

function goToReplay(map: MapLibreMap): void {
  const points = played.peek()?.tracks.flatMap((track) => [...track.coordinates]) ?? [];
  if (points.length === 0) return;
  const bounds = new LngLatBounds();
  for (const point of points) bounds.extend(point);
  map.fitBounds(bounds, { padding: around(map), maxZoom: 15, duration: 400 });
}

/** A crew's own way: where it is and where it goes now, the patient or the hospital. */
function goOnDriving(map: MapLibreMap): void {
  const call = chosen.peek();
  const [assignment] = call ? runningOf(call, assignments.peek()) : [];
  if (!call || !assignment) return;
  const unit = units.peek().get(assignment.unit);
  const to = destinationOf(call, assignment);
  const points: [number, number][] = [[to.lon_deg, to.lat_deg]];
  if (unit && positions.has(unit.index)) points.push([positions.lon_deg[unit.index] ?? 0, positions.lat_deg[unit.index] ?? 0]);
  show(map, points);
}

/** To the unit alone, or to the chosen call with everyone who is on it or is being looked at. */
function goToChoice(map: MapLibreMap, unitOnly: boolean): void {
  const unitId = selectedUnit.peek();
  const unit = unitId === null ? undefined : units.peek().get(unitId);
  const call = unitOnly ? null : chosen.peek();
  const points: [number, number][] = [];
  if (unit && positions.has(unit.index)) points.push([positions.lon_deg[unit.index] ?? 0, positions.lat_deg[unit.index] ?? 0]);
  if (call) {
    points.push([call.place.lon_deg, call.place.lat_deg]);
    for (const each of unitsOn(call)) {
      if (positions.has(each.index)) points.push([positions.lon_deg[each.index] ?? 0, positions.lat_deg[each.index] ?? 0]);
    }
  }
  show(map, points);
}

function show(map: MapLibreMap, points: readonly [number, number][]): void {
  const [first] = points;
  if (!first) return;
  if (points.length === 1) {
    map.easeTo({ center: first, zoom: Math.max(map.getZoom(), 15), duration: 400 });
    return;
  }
  const lons = points.map((point) => point[0]);
  const lats = points.map((point) => point[1]);
  map.fitBounds([Math.min(...lons), Math.min(...lats), Math.max(...lons), Math.max(...lats)], { padding: around(map), maxZoom: 15, duration: 400 });
}
