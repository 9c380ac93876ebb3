// What each workplace keeps for itself: language and theme. Kept in the browser, switched live.
import { effect, signal } from "@preact/signals";

export type Lang = "ru" | "en";
export type Theme = "dark" | "light";

function stored<T extends string>(key: string, allowed: readonly T[]): T | null {
  try {
    const value = localStorage.getItem(key);
    return allowed.find((each) => each === value) ?? null;
  } catch {
    return null; // storage may be forbidden: then the choice lasts as long as the page
  }
}

function keep(key: string, value: string): void {
  try {
    localStorage.setItem(key, value);
  } catch {
    // as above
  }
}

/** A name for this browser that says nothing about it; its windows share it. */
export function ownBrowser(): string {
  const fresh = Math.random().toString(36).slice(2, 12);
  try {
    const known = localStorage.getItem(BROWSER) ?? fresh;
    localStorage.setItem(BROWSER, known);
    return known;
  } catch {
    return fresh;
  }
}

const BROWSER = "skoraya.browser";
const LANG = "skoraya.lang";
const THEME = "skoraya.theme";
const darkWanted = window.matchMedia("(prefers-color-scheme: dark)");

export const lang = signal<Lang>(
  stored<Lang>(LANG, ["ru", "en"]) ?? (navigator.language.toLowerCase().startsWith("ru") ? "ru" : "en"),
);
export const theme = signal<Theme>(stored<Theme>(THEME, ["dark", "light"]) ?? (darkWanted.matches ? "dark" : "light"));

export function switchLang(): void {
  lang.value = lang.value === "ru" ? "en" : "ru";
  keep(LANG, lang.value);
}

export function switchTheme(): void {
  theme.value = theme.value === "dark" ? "light" : "dark";
  keep(THEME, theme.value);
}

effect(() => {
  document.documentElement.lang = lang.value;
});
effect(() => {
  document.documentElement.dataset.theme = theme.value;
});
darkWanted.addEventListener("change", (event) => {
  if (stored<Theme>(THEME, ["dark", "light"]) === null) theme.value = event.matches ? "dark" : "light";
});
