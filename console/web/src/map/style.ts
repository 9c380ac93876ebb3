// The style of the base map: layers and attributes as docs/map.md names them. No glyphs: text is drawn from local fonts.
import type { ExpressionSpecification, LayerSpecification, StyleSpecification } from "maplibre-gl";
import type { Theme } from "../settings";
import { PALETTES, type Palette } from "./palette";

const TILES = "base";
const FONT = ["Arial", "sans-serif"];

type RoadClass = "motorway" | "trunk" | "primary" | "secondary" | "tertiary" | "street" | "service" | "path";

interface RoadLook {
  classes: RoadClass[];
  colour: keyof Palette;
  from: number;
  /** Widths in pixels at the zooms 11, 14 and 18. */
  widths: [number, number, number];
}

// The widest last: what is drawn later lies on top.
const ROADS: RoadLook[] = [
  { classes: ["path"], colour: "path", from: 14, widths: [0, 0.6, 2] },
  { classes: ["service"], colour: "service", from: 13, widths: [0, 1, 7] },
  { classes: ["street"], colour: "street", from: 12, widths: [0.5, 2, 14] },
  { classes: ["tertiary"], colour: "tertiary", from: 10, widths: [0.9, 3, 17] },
  { classes: ["secondary"], colour: "secondary", from: 9, widths: [1.2, 4, 20] },
  { classes: ["primary"], colour: "primary", from: 8, widths: [1.6, 5, 23] },
  { classes: ["motorway", "trunk"], colour: "trunk", from: 6, widths: [2, 6, 26] },
];

const byZoom = (at11: number, at14: number, at18: number): ExpressionSpecification => [
  "interpolate",
  ["exponential", 1.5],
  ["zoom"],
  11,
  at11,
  14,
  at14,
  18,
  at18,
];

const inClasses = (classes: readonly string[]): ExpressionSpecification => ["in", ["get", "class"], ["literal", [...classes]]];
const inKinds = (...kinds: string[]): ExpressionSpecification => ["in", ["get", "kind"], ["literal", kinds]];
const isPolygon: ExpressionSpecification = ["==", ["geometry-type"], "Polygon"];

function areas(p: Palette): LayerSpecification[] {
  const fill = (id: string, source: string, colour: string, filter: ExpressionSpecification): LayerSpecification => ({
    id,
    type: "fill",
    source: TILES,
    "source-layer": source,
    filter,
    paint: { "fill-color": colour },
  });
  return [
    fill("residential", "land", p.residential, inKinds("residential", "commercial", "school")),
    fill("industrial", "land", p.industrial, inKinds("industrial")),
    fill("special", "land", p.special, inKinds("hospital")),
    fill("green", "green", p.green, isPolygon),
    fill("water", "water", p.water, isPolygon),
    {
      id: "waterlines",
      type: "line",
      source: TILES,
      "source-layer": "water",
      filter: ["!", isPolygon],
      layout: { "line-cap": "round", "line-join": "round" },
      paint: { "line-color": p.water, "line-width": ["match", ["get", "kind"], "river", 2.5, "canal", 2, 1] },
    },
    {
      id: "buildings",
      type: "fill",
      source: TILES,
      "source-layer": "buildings",
      minzoom: 13.5,
      paint: { "fill-color": p.building, "fill-outline-color": p.buildingEdge },
    },
    {
      id: "rail",
      type: "line",
      source: TILES,
      "source-layer": "rail",
      filter: ["!", ["has", "tunnel"]],
      paint: { "line-color": p.rail, "line-width": byZoom(0.6, 1.2, 3), "line-dasharray": [4, 2] },
    },
  ];
}

function roads(p: Palette): LayerSpecification[] {
  const casings = ROADS.filter((road) => road.from <= 12).map(
    (road): LayerSpecification => ({
      id: `casing-${road.colour}`,
      type: "line",
      source: TILES,
      "source-layer": "roads",
      minzoom: Math.max(road.from, 11),
      filter: inClasses(road.classes),
      layout: { "line-cap": "round", "line-join": "round" },
      paint: { "line-color": p.casing, "line-width": byZoom(road.widths[0] + 0.8, road.widths[1] + 1.4, road.widths[2] + 2.5) },
    }),
  );
  const lines = ROADS.map(
    (road): LayerSpecification => ({
      id: `road-${road.colour}`,
      type: "line",
      source: TILES,
      "source-layer": "roads",
      minzoom: road.from,
      filter: inClasses(road.classes),
      layout: { "line-cap": "round", "line-join": "round" },
      paint: {
        "line-color": p[road.colour],
        "line-width": byZoom(...road.widths),
        "line-opacity": ["case", ["has", "tunnel"], 0.45, 1],
      },
    }),
  );
  const oneway: LayerSpecification = {
    id: "oneway",
    type: "symbol",
    source: TILES,
    "source-layer": "roads",
    minzoom: 15.5,
    filter: ["has", "oneway"],
    layout: {
      "symbol-placement": "line",
      "symbol-spacing": 120,
      "text-field": ["case", ["==", ["get", "oneway"], -1], "‹", "›"],
      "text-font": FONT,
      "text-size": 13,
      "text-keep-upright": false,
      "text-rotation-alignment": "map",
    },
    paint: { "text-color": p.textFaint },
  };
  return [...casings, ...lines, oneway];
}

function labels(p: Palette): LayerSpecification[] {
  const street = (id: string, classes: RoadClass[], from: number, size: number, colour: string): LayerSpecification => ({
    id,
    type: "symbol",
    source: TILES,
    "source-layer": "roads",
    minzoom: from,
    filter: ["all", ["has", "name"], inClasses(classes)],
    layout: {
      "symbol-placement": "line",
      "symbol-spacing": 350,
      "text-field": ["get", "name"],
      "text-font": FONT,
      "text-size": ["interpolate", ["linear"], ["zoom"], from, size - 1, 18, size + 3],
      "text-max-angle": 30,
      "text-padding": 4,
    },
    paint: { "text-color": colour, "text-halo-color": p.halo, "text-halo-width": 1.4 },
  });
  const place = (id: string, kinds: string[], from: number, size: number, colour: string): LayerSpecification => ({
    id,
    type: "symbol",
    source: TILES,
    "source-layer": "places",
    minzoom: from,
    filter: ["all", ["has", "name"], inKinds(...kinds)],
    layout: { "text-field": ["get", "name"], "text-font": FONT, "text-size": size, "text-max-width": 8, "text-padding": 6 },
    paint: { "text-color": colour, "text-halo-color": p.halo, "text-halo-width": 1.4 },
  });
  return [
    {
      id: "house-numbers",
      type: "symbol",
      source: TILES,
      "source-layer": "house_numbers",
      minzoom: 16,
      layout: { "text-field": ["get", "number"], "text-font": FONT, "text-size": 10.5, "text-padding": 3 },
      paint: { "text-color": p.textFaint, "text-halo-color": p.building, "text-halo-width": 1 },
    },
    {
      id: "water-names",
      type: "symbol",
      source: TILES,
      "source-layer": "water",
      filter: ["all", ["has", "name"], ["!", isPolygon]],
      layout: { "symbol-placement": "line", "text-field": ["get", "name"], "text-font": FONT, "text-size": 12, "text-letter-spacing": 0.1 },
      paint: { "text-color": p.waterText, "text-halo-color": p.water, "text-halo-width": 1 },
    },
    street("names-small", ["street"], 14, 11, p.text),
    street("names-middle", ["tertiary", "secondary"], 12.5, 11.5, p.text),
    street("names-main", ["primary", "trunk", "motorway"], 11.5, 12, p.textStrong),
    place("quarters", ["quarter", "square", "station"], 13, 11.5, p.text),
    place("suburbs", ["suburb", "village"], 11, 12.5, p.text),
    place("towns", ["city", "town"], 6, 15, p.textStrong),
  ];
}

/** The whole base map; without tiles the plain ground, on which units and calls are still drawn. */
export function baseStyle(theme: Theme, tilesUrl: string | null): StyleSpecification {
  const p = PALETTES[theme];
  const ground: LayerSpecification = { id: "ground", type: "background", paint: { "background-color": p.land } };
  if (tilesUrl === null) return { version: 8, sources: {}, layers: [ground] };
  return {
    version: 8,
    sources: { [TILES]: { type: "vector", url: tilesUrl } },
    layers: [ground, ...areas(p), ...roads(p), ...labels(p)],
  };
}
