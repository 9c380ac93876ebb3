// A handle for browser tests and for whoever opens the developer tools: reads, and switches the language.
import { switchLang } from "./settings";
import { fixAge_s, nowMs, picture, positions, positionsTick, tickCosts } from "./store";

export interface SkorayaDebug {
  /** Where a unit is drawn and how old its fix is; null when it has none. */
  unit: (id: string) => { lat: number; lon: number; ageS: number; state: string } | null;
  nowMs: () => number;
  seq: () => number;
  /** Position frames so far, and what the last of them cost in script, taken and drawn, in ms. */
  ticks: () => number;
  tickCosts: () => number[];
  switchLang: () => void;
}

declare global {
  interface Window {
    skorayaDebug?: SkorayaDebug;
  }
}

export function exposeDebug(): void {
  window.skorayaDebug = {
    unit: (id) => {
      const unit = picture.peek().units.get(id);
      const index = unit?.index;
      if (!unit || index === undefined || !positions.has(index)) return null;
      return {
        lat: positions.lat_deg[index] ?? 0,
        lon: positions.lon_deg[index] ?? 0,
        ageS: fixAge_s(index) ?? Number.POSITIVE_INFINITY,
        state: unit.state,
      };
    },
    nowMs,
    seq: () => picture.peek().seq,
    ticks: () => positionsTick.peek(),
    tickCosts: () => [...tickCosts],
    switchLang,
  };
}
