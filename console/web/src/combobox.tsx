// A field with a list that narrows as one types: arrows move, Enter takes, Escape closes the list.
import type { JSX } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";

export interface ComboboxProps<T> {
  id: string;
  label: string;
  hint: string;
  testId: string;
  optionTestId: string;
  text: string;
  options: readonly T[];
  open: boolean;
  at: number;
  /** Whether the options belong to the text of now: else Enter takes none of them. */
  settled?: boolean;
  /** The list cannot be closed on its own: Escape is for whoever holds the field. */
  always?: boolean;
  invalid: boolean;
  empty: string | null;
  wantFocus?: boolean;
  keyOf: (option: T) => string;
  show: (option: T) => JSX.Element;
  onText: (text: string) => void;
  onAt: (at: number) => void;
  onPick: (option: T) => void;
  onClose: () => void;
  onOpen: () => void;
  /** Enter with no list open. */
  onEnter: () => void;
}

export function Combobox<T>(props: ComboboxProps<T>): JSX.Element {
  const field = useRef<HTMLInputElement>(null);
  useLayoutEffect(() => {
    if (props.wantFocus) field.current?.focus();
  }, [props.wantFocus]);
  const onKeyDown = (event: KeyboardEvent): void => {
    const last = props.options.length - 1;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (!props.open) props.onOpen();
      else props.onAt(event.key === "ArrowDown" ? Math.min(last, props.at + 1) : Math.max(0, props.at - 1));
    } else if (event.key === "Enter" && !event.ctrlKey && !event.metaKey) {
      event.preventDefault();
      const option = props.open && props.settled !== false ? props.options[props.at] : undefined;
      if (option !== undefined) props.onPick(option);
      else props.onEnter();
    } else if (event.key === "Escape" && props.open && props.always !== true) {
      event.preventDefault();
      event.stopPropagation();
      props.onClose();
    }
  };
  const listId = `${props.id}-list`;
  const shown = props.open && props.options.length > 0;
  return (
    <div class="combobox">
      <label for={props.id}>{props.label}</label>
      <input
        ref={field}
        id={props.id}
        data-testid={props.testId}
        role="combobox"
        aria-autocomplete="list"
        aria-expanded={shown}
        aria-controls={listId}
        aria-activedescendant={shown && props.at >= 0 ? `${listId}-${props.at}` : undefined}
        aria-invalid={props.invalid}
        aria-busy={props.open && props.settled === false}
        autocomplete="off"
        spellcheck={false}
        placeholder={props.hint}
        value={props.text}
        onInput={(event) => props.onText(event.currentTarget.value)}
        onKeyDown={onKeyDown}
        onBlur={() => props.onClose()}
      />
      <ul id={listId} role="listbox" aria-label={props.label} class="combolist" hidden={!shown}>
        {shown &&
          props.options.map((option, i) => (
            <li
              key={props.keyOf(option)}
              id={`${listId}-${i}`}
              role="option"
              aria-selected={i === props.at}
              data-testid={props.optionTestId}
              // The field keeps the focus: a mouse must not blur it before the click counts.
              onMouseDown={(event) => event.preventDefault()}
              onClick={() => props.onPick(option)}
            >
              {props.show(option)}
            </li>
          ))}
      </ul>
      {props.empty !== null && (
        <p class="fieldhint" role="status">
          {props.empty}
        </p>
      )}
    </div>
  );
}
