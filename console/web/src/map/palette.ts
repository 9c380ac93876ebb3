// The colours of the base map, calm by day and readable by night; what lives on it takes its own from tokens.css.
import type { Theme } from "../settings";

export interface Palette {
  land: string;
  residential: string;
  industrial: string;
  special: string;
  green: string;
  water: string;
  waterText: string;
  building: string;
  buildingEdge: string;
  rail: string;
  path: string;
  service: string;
  street: string;
  tertiary: string;
  secondary: string;
  primary: string;
  trunk: string;
  casing: string;
  text: string;
  textStrong: string;
  textFaint: string;
  halo: string;
}

export const PALETTES: Record<Theme, Palette> = {
  dark: {
    land: "#0f151b",
    residential: "#131a21",
    industrial: "#141920",
    special: "#161c26",
    green: "#10201a",
    water: "#10273a",
    waterText: "#5f8db0",
    building: "#1a232c",
    buildingEdge: "#222d38",
    rail: "#2c3742",
    path: "#222c35",
    service: "#232d37",
    street: "#2b3743",
    tertiary: "#344250",
    secondary: "#3b4a5a",
    primary: "#475869",
    trunk: "#576878",
    casing: "#0b1015",
    text: "#8fa1b3",
    textStrong: "#c3d0dc",
    textFaint: "#5f7080",
    halo: "#0f151b",
  },
  light: {
    land: "#f1f2f0",
    residential: "#ebecea",
    industrial: "#e8e6e6",
    special: "#ebe7ee",
    green: "#dfe9d8",
    water: "#c6dbe8",
    waterText: "#4d7fa3",
    building: "#dfdfdc",
    buildingEdge: "#d0d0cc",
    rail: "#c2c4c6",
    path: "#e3e1dc",
    service: "#fafaf9",
    street: "#ffffff",
    tertiary: "#ffffff",
    secondary: "#fffdf6",
    primary: "#fff6df",
    trunk: "#fdebc3",
    casing: "#c6c8c7",
    text: "#55606b",
    textStrong: "#2b343d",
    textFaint: "#7d878f",
    halo: "#ffffff",
  },
};
