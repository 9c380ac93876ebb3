// Keys: one listener, a stack of bindings, the latest first. Never while somebody types in a field.
import { useLayoutEffect, useRef } from "preact/hooks";

/** Answers false to let the binding below have the key. */
export type KeyHandler = (event: KeyboardEvent) => boolean | void;
export type Bindings = Record<string, KeyHandler>;

/** The nine digits, each with its place in a list from 0. */
export function digits(act: (i: number) => boolean | void): Bindings {
  return Object.fromEntries(Array.from({ length: 9 }, (_, i) => [String(i + 1), () => act(i)] as const));
}

interface Entry {
  held: { current: Bindings };
  /** Nothing below hears a key while this is open. */
  modal: boolean;
}

const stack: Entry[] = [];

/** The name of a key by its place on the keyboard: `n` is `n` in the Russian layout, too. */
export function keyName(event: KeyboardEvent): string {
  if (event.key === "?" || (event.code === "Slash" && event.shiftKey)) return "?";
  if (event.code === "Period") return ".";
  if (event.key === "/" || event.code === "Slash" || event.code === "NumpadDivide") return "/";
  const letter = /^Key([A-Z])$/.exec(event.code)?.[1];
  if (letter) return letter.toLowerCase();
  const digit = /^(?:Digit|Numpad)([0-9])$/.exec(event.code)?.[1];
  if (digit && !event.shiftKey) return digit;
  return event.key.length === 1 ? event.key.toLowerCase() : event.key;
}

/** The names under which a key may be bound: `⇧x` is X with Shift, in every layout, and never X alone. */
function keyNames(event: KeyboardEvent): string[] {
  const letter = /^Key([A-Z])$/.exec(event.code)?.[1];
  if (event.shiftKey && letter) return [`⇧${letter.toLowerCase()}`];
  const digit = /^Digit([0-9])$/.exec(event.code)?.[1];
  return [...(event.shiftKey && digit ? [`⇧${digit}`] : []), keyName(event)];
}

export function typing(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (target instanceof HTMLInputElement) return !["checkbox", "radio", "button", "submit", "range"].includes(target.type);
  return target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement || target.isContentEditable;
}

function onKeyDown(event: KeyboardEvent): void {
  if (event.defaultPrevented || event.metaKey || event.altKey || event.isComposing) return;
  // From inside a field, where a dot is a dot, the letters come with Ctrl.
  const wantsLetters = event.code === "Period" && event.ctrlKey;
  if (event.ctrlKey && !wantsLetters) return;
  if (typing(event.target) && event.key !== "Escape" && !wantsLetters) return;
  const names = keyNames(event);
  for (let i = stack.length - 1; i >= 0; i -= 1) {
    const entry = stack[i];
    for (const name of names) {
      const handler = entry?.held.current[name];
      if (handler && handler(event) !== false) {
        event.preventDefault();
        return;
      }
    }
    if (entry?.modal) return;
  }
}
window.addEventListener("keydown", onKeyDown);

/** Bind keys while the component is on the page. At once, not after the next paint: fast hands type ahead. */
export function useKeys(bindings: Bindings, modal = false): void {
  const held = useRef(bindings);
  held.current = bindings;
  useLayoutEffect(() => {
    const entry: Entry = { held, modal };
    stack.push(entry);
    return () => {
      stack.splice(stack.indexOf(entry), 1);
    };
  }, []);
}
