// A key cap on what the key does: seen by the eye, and told to a screen reader by the thing it stands on.
import type { ComponentChildren, JSX } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";

const NAMES: Readonly<Record<string, string>> = { "⏎": "Enter", Esc: "Escape", Ctrl: "Control", "←": "ArrowLeft", "→": "ArrowRight" };

/** What is written on a cap as `aria-keyshortcuts` names it (WAI-ARIA 1.2), or null for keys pressed one after the other. */
export function shortcutOf(cap: string): string | null {
  const words = cap.trim().split(/\s+/u);
  if (words.length > 1 && words[0] !== "Ctrl") return null;
  return words
    .map((word) => (word.startsWith("⇧") && word.length > 1 ? `Shift+${word.slice(1)}` : (NAMES[word] ?? word)))
    .join("+");
}

export function Key({ children }: { children: ComponentChildren }): JSX.Element {
  const cap = useRef<HTMLElement>(null);
  useLayoutEffect(() => {
    const shortcut = shortcutOf(cap.current?.textContent ?? "");
    const on = cap.current?.closest("button, a, summary");
    if (shortcut === null || !on) return undefined;
    on.setAttribute("aria-keyshortcuts", shortcut);
    return () => on.removeAttribute("aria-keyshortcuts");
  }, [String(children)]);
  return (
    <kbd ref={cap} class="key" aria-hidden="true">
      {children}
    </kbd>
  );
}
