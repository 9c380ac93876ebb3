// `.`: a letter on everything that can be pressed and shows no key of its own. The letter presses it, or goes to the field.
import { signal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect, useLayoutEffect, useState } from "preact/hooks";
import { Key } from "./keycap";
import { typing, useKeys, type Bindings } from "./keys";
import { LETTERS, labelsFor } from "./letterlabels";
import { t } from "./texts";

export const lettersOpen = signal(false);

interface Lettered {
  element: HTMLElement;
  label: string;
}

const PRESSABLE = "button:enabled, a[href], summary, input:enabled, select:enabled, textarea:enabled";
/** Rows of long lists come last: what acts on the chosen one deserves the single letters. */
const ROWS = ".calls, .board";
/** What is narrower has its letter beside it, not upon it. */
const NARROW_PX = 60;

/** Whether a person could press it just now: neither scrolled away nor under something else. */
function isInSight(element: HTMLElement): boolean {
  const box = element.getBoundingClientRect();
  if (box.width === 0 || box.height === 0) return false;
  // The middle, else the left end: a long row may be cut at the edge of its list.
  return [box.left + box.width / 2, box.left + 4].some((x) => {
    const top = document.elementFromPoint(x, box.top + box.height / 2);
    return top !== null && (element.contains(top) || top.closest("label")?.contains(element) === true);
  });
}

const isRadio = (element: HTMLElement): boolean => element.getAttribute("role") === "radio";

/** Whether a key that does it is written on it; the digits of a row of answers count while the row has the keys. */
function hasOwnKey(element: HTMLElement): boolean {
  if (element.querySelector(".key") === null) return false;
  return !isRadio(element) || element.parentElement?.contains(document.activeElement) === true;
}

/** Everything in sight without a key of its own, each with its letters; what arrows walk through (answers, a heat map) as one. */
function lettered(): Lettered[] {
  const found = [...document.querySelectorAll<HTMLElement>(PRESSABLE)].filter((each) => each.tabIndex >= 0 && !hasOwnKey(each) && isInSight(each));
  const rank = (each: HTMLElement): number => (each.closest(ROWS) === null ? 0 : 1);
  found.sort((a, b) => rank(a) - rank(b));
  const labels = labelsFor(found.length);
  return found.flatMap((element, i) => {
    const label = labels[i];
    return label === undefined ? [] : [{ element, label }];
  });
}

function press(element: HTMLElement): void {
  if (!element.isConnected) return;
  element.focus();
  if (isRadio(element)) return;
  if (!typing(element)) element.click();
  else if (element instanceof HTMLInputElement) element.select();
}

export function Letters(): JSX.Element {
  const [before] = useState(() => document.activeElement);
  const [all, setAll] = useState<readonly Lettered[]>([]);
  const [typed, setTyped] = useState("");
  const [, follow] = useState(0);
  const close = (): void => {
    lettersOpen.value = false;
  };
  const leave = (): void => {
    close();
    if (before instanceof HTMLElement) before.focus();
  };
  useLayoutEffect(() => {
    // A letter that lands in a field would be written there; and a field's list, which hides what is below it, closes.
    if (before instanceof HTMLElement && typing(before)) before.blur();
  }, []);
  useEffect(() => {
    setAll(lettered());
    // Things move while letters stand: these go with them.
    let frame = 0;
    const again = (): void => {
      follow((n) => n + 1);
      frame = requestAnimationFrame(again);
    };
    again();
    // A hand on the mouse wants no letters.
    window.addEventListener("pointerdown", close);
    return () => {
      cancelAnimationFrame(frame);
      window.removeEventListener("pointerdown", close);
    };
  }, []);
  const take = (letter: string): void => {
    if (all.length === 0) return;
    const now = typed + letter;
    const hit = all.find((each) => each.label === now);
    if (hit) {
      close();
      press(hit.element);
    } else if (all.some((each) => each.label.startsWith(now))) setTyped(now);
    else close();
  };
  const keys: Bindings = { Escape: leave, ".": leave };
  for (const letter of LETTERS) keys[letter.toLowerCase()] = () => take(letter);
  keys.Backspace = () => setTyped("");
  useKeys(keys, true);
  return (
    <div class="letters" role="status" data-testid="letters">
      <p class="unseen">{t("lettersHint")}</p>
      {all
        .filter((each) => each.label.startsWith(typed) && each.element.isConnected)
        .map(({ element, label }) => {
          const box = element.getBoundingClientRect();
          return (
            <span key={label} style={{ left: `${Math.max(0, box.left - (box.width < NARROW_PX ? 16 : 4))}px`, top: `${Math.max(0, box.top - 5)}px` }}>
              <Key>{label}</Key>
            </span>
          );
        })}
    </div>
  );
}
