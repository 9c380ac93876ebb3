// A row of a few answers, one of which holds: digits and arrows choose, Enter goes on. One stop for Tab.
import type { JSX } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";

interface Props<T extends string | number> {
  label: string;
  options: readonly (readonly [value: T, text: string])[];
  value: T | null;
  onChoose: (value: T) => void;
  /** Enter passes over, and a digit hands on. */
  onDone?: (() => void) | undefined;
  testId: (value: T) => string;
  /** Looks grave when chosen. */
  grave?: T;
  wantFocus?: boolean;
  wrap?: boolean;
}

export function Choices<T extends string | number>({ label, options, value, onChoose, onDone, testId, grave, wantFocus = false, wrap = false }: Props<T>): JSX.Element {
  const row = useRef<HTMLDivElement>(null);
  const at = Math.max(0, options.findIndex(([each]) => each === value));
  useLayoutEffect(() => {
    if (wantFocus) row.current?.querySelector<HTMLElement>('[tabindex="0"]')?.focus();
  }, []);
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
    const digit = Number(/^(?:Digit|Numpad)([1-9])$/.exec(event.code)?.[1] ?? 0);
    const picked = options[digit - 1];
    const step = event.key === "ArrowRight" || event.key === "ArrowDown" ? 1 : event.key === "ArrowLeft" || event.key === "ArrowUp" ? -1 : 0;
    if (picked !== undefined) {
      onChoose(picked[0]);
      onDone?.();
    } else if (step !== 0) {
      const to = value === null ? 0 : (at + step + options.length) % options.length;
      const next = options[to];
      if (next !== undefined) onChoose(next[0]);
      row.current?.querySelectorAll<HTMLElement>("button")[to]?.focus();
    } else if (event.key === "Enter" && onDone !== undefined) onDone();
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    <div ref={row} class={wrap ? "segments wide wrap" : "segments wide"} role="radiogroup" aria-label={label} onKeyDown={onKeyDown}>
      {options.map(([each, text], i) => (
        <button
          key={each}
          type="button"
          role="radio"
          class={each === grave && each === value ? "grave" : ""}
          aria-checked={value === each}
          tabIndex={i === at ? 0 : -1}
          data-testid={testId(each)}
          onClick={() => {
            onChoose(each);
            onDone?.();
          }}
        >
          <b class="num key">{i + 1}</b> {text}
        </button>
      ))}
    </div>
  );
}
