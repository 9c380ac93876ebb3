// The sources and layers that lie over the base map.
import type { Map as MapLibreMap, SymbolLayerSpecification } from "maplibre-gl";
import type { MapColours } from "./colours";

const FONT = ["Arial", "sans-serif"];

export function addSigns(map: MapLibreMap, { icons }: MapColours): void {
  const source = (name: string): void => {
    if (!map.getSource(name)) map.addSource(name, { type: "geojson", data: { type: "FeatureCollection", features: [] } });
  };
  for (const name of ["coverage", "closures", "reaches", "replay", "routes", "fixed", "calls", "new-call", "unit-labels"]) source(name);
  map.addLayer({
    id: "coverage",
    type: "fill",
    source: "coverage",
    // Viridis turned to the ground: what is reached soon is quiet, what is reached late stands out.
    paint: {
      "fill-color": ["interpolate", ["linear"], ["get", "minutes"], 0, "#1f9e89", 5, "#35b779", 10, "#b5de2b", 20, "#fde725", 20.1, icons.accent],
      "fill-opacity": ["interpolate", ["linear"], ["get", "minutes"], 0, 0.12, 20, 0.34, 21, 0.5],
    },
  });
  map.addLayer({
    id: "closures",
    type: "line",
    source: "closures",
    layout: { "line-cap": "round", "line-join": "round" },
    paint: { "line-color": icons.accent, "line-width": 6, "line-opacity": 0.85, "line-dasharray": [0.4, 1.6] },
  });
  map.addLayer({ id: "reaches", type: "fill", source: "reaches", paint: { "fill-color": icons.text, "fill-opacity": 0.05 } });
  map.addLayer({ id: "reaches-edge", type: "line", source: "reaches", paint: { "line-color": icons.text, "line-width": 1, "line-opacity": 0.45, "line-dasharray": [3, 3] } });
  map.addLayer({
    id: "routes-case",
    type: "line",
    source: "routes",
    filter: ["!", ["get", "other"]],
    layout: { "line-cap": "round", "line-join": "round" },
    paint: { "line-color": icons.panel, "line-width": 8, "line-opacity": 0.8 },
  });
  map.addLayer({
    id: "routes-other",
    type: "line",
    source: "routes",
    filter: ["get", "other"],
    layout: { "line-join": "round" },
    paint: { "line-color": icons.text, "line-width": 2, "line-opacity": 0.6, "line-dasharray": [2, 2] },
  });
  map.addLayer({
    id: "routes",
    type: "line",
    source: "routes",
    filter: ["!", ["get", "other"]],
    layout: { "line-cap": "round", "line-join": "round" },
    paint: { "line-color": icons.text, "line-width": 3.5, "line-opacity": 0.9 },
  });
  map.addLayer({
    id: "replay",
    type: "line",
    source: "replay",
    filter: ["has", "part"],
    layout: { "line-cap": "round", "line-join": "round" },
    paint: { "line-color": icons.replay, "line-width": ["case", ["==", ["get", "part"], "passed"], 4, 2], "line-opacity": ["case", ["==", ["get", "part"], "passed"], 0.95, 0.35] },
  });
  // Of symbols the uppermost layer's are placed first: a sign of a unit gives way to bases, hospitals and pins.
  map.addLayer(unitLabels("unit-labels", icons, false));
  map.addLayer({
    id: "fixed",
    type: "symbol",
    source: "fixed",
    layout: {
      "icon-image": ["get", "icon"],
      "icon-allow-overlap": true,
      "icon-size": ["interpolate", ["linear"], ["zoom"], 9, 0.65, 13, 1],
      "text-field": ["step", ["zoom"], "", 13.5, ["get", "name"]],
      "text-font": FONT,
      "text-size": 11.5,
      "text-anchor": "top",
      "text-offset": [0, 0.9],
      "text-optional": true,
      "text-max-width": 10,
    },
    paint: { "text-color": icons.text, "text-halo-color": icons.panel, "text-halo-width": 1.5 },
  });
  map.addLayer(unitLabels("unit-labels-wanted", icons, true));
  map.addLayer({
    id: "calls",
    type: "symbol",
    source: "calls",
    layout: {
      "icon-image": ["get", "icon"],
      "icon-anchor": "bottom",
      // Every pin is drawn, and no street's or district's name under one.
      "icon-allow-overlap": true,
      "icon-size": ["get", "size"],
      "symbol-sort-key": ["get", "order"],
      "text-field": ["case", ["get", "chosen"], ["concat", "№ ", ["get", "number"]], ""],
      "text-font": FONT,
      "text-size": 12,
      "text-anchor": "bottom",
      "text-offset": [0, -3.8],
      "text-optional": true,
    },
    paint: { "text-color": icons.text, "text-halo-color": icons.panel, "text-halo-width": 2 },
  });
  map.addLayer({
    id: "new-call",
    type: "symbol",
    source: "new-call",
    layout: { "icon-image": ["get", "icon"], "icon-anchor": "bottom", "icon-allow-overlap": true, "icon-size": 1.2 },
  });
  map.addLayer({
    id: "replay-here",
    type: "circle",
    source: "replay",
    filter: ["==", ["get", "part"], "here"],
    paint: { "circle-radius": 9, "circle-color": icons.replay, "circle-stroke-color": icons.panel, "circle-stroke-width": 3 },
  });
  map.addLayer({
    id: "replay-sign",
    type: "symbol",
    source: "replay",
    filter: ["==", ["get", "part"], "here"],
    layout: { "text-field": ["get", "sign"], "text-font": FONT, "text-size": 15, "text-anchor": "left", "text-offset": [0.9, 0], "text-allow-overlap": true },
    paint: { "text-color": icons.text, "text-halo-color": icons.panel, "text-halo-width": 2 },
  });
}

/** Call signs beside their units, on whichever side is free. One that is wanted is drawn where no side is, too. */
function unitLabels(id: string, icons: MapColours["icons"], wanted: boolean): SymbolLayerSpecification {
  return {
    id,
    type: "symbol",
    source: "unit-labels",
    filter: ["==", ["get", "wanted"], wanted],
    layout: {
      "text-field": ["get", "sign"],
      "text-font": FONT,
      "text-size": wanted ? 13.5 : 11.5,
      "text-variable-anchor": ["left", "right", "top", "bottom", "top-left", "bottom-right", "top-right", "bottom-left"],
      "text-justify": "auto",
      "text-radial-offset": wanted ? 1.4 : 1,
      "text-overlap": wanted ? "always" : "never",
    },
    paint: { "text-color": icons.text, "text-halo-color": icons.panel, "text-halo-width": 1.8 },
  };
}
