// The tokens of tokens.css as the map needs them: numbers for the shader, words for the icons.
import { GROUPS, type StateGroup } from "../unitstyle";
import type { IconColours } from "./icons";
import type { UnitColours } from "./unitlayer";

export interface MapColours {
  units: UnitColours;
  icons: IconColours;
}

function rgb(hex: string): [number, number, number] {
  const digits = hex.replace("#", "");
  // The build shortens #ffffff to #fff.
  const value = Number.parseInt(digits.length === 3 ? [...digits].map((each) => each + each).join("") : digits, 16);
  return [(value >> 16) / 255, ((value >> 8) & 255) / 255, (value & 255) / 255];
}

/** Read the colours that the theme of now gives. */
export function readColours(): MapColours {
  const css = getComputedStyle(document.documentElement);
  const token = (name: string): string => css.getPropertyValue(`--${name}`).trim();
  const groups = Object.fromEntries(GROUPS.map((group) => [group, rgb(token(`unit-${group}`))])) as Record<
    StateGroup,
    [number, number, number]
  >;
  return {
    units: { groups, edge: rgb(token("map-edge")), accent: rgb(token("focus")) },
    icons: {
      panel: token("panel"),
      text: token("text"),
      dim: token("dim"),
      accent: token("accent"),
      accentInk: token("accent-ink"),
      hospital: token("unit-hospital"),
      replay: token("unit-driving"),
    },
  };
}
