// The scale in the map's corner, in the language that is shown.
import { effect } from "@preact/signals";
import { ScaleControl, type Map as MapLibreMap } from "maplibre-gl";
import { t } from "../texts";

/** Put the scale on a map, anew with each language; the answer stops that. */
export function keepScale(map: MapLibreMap): () => void {
  const scale = new ScaleControl({ maxWidth: 90 });
  return effect(() => {
    Object.assign(map._locale, { "ScaleControl.Kilometers": t("unit_km"), "ScaleControl.Meters": t("unit_m") });
    if (map.hasControl(scale)) map.removeControl(scale);
    map.addControl(scale, "bottom-right");
  });
}
