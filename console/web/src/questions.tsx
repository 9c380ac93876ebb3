// "Conscious? Breathing normally?": two rows of three, answered by 1, 2, 3; the first row hands on to the second.
import type { JSX } from "preact";
import { useRef } from "preact/hooks";
import { ANSWERS, type Answer } from "./calltakingviews";
import { t } from "./texts";

export interface Asked {
  conscious: Answer | null;
  breathing: Answer | null;
}

/** Unconscious, and breathing not or not surely: resuscitate. As dispatch/condition.py. */
export const isArrest = (asked: Asked): boolean => asked.conscious === "no" && (asked.breathing === "no" || asked.breathing === "unknown");
/** Either No is danger to life. */
export const isGrave = (asked: Asked): boolean => asked.conscious === "no" || asked.breathing === "no";

interface Props {
  asked: Asked;
  onAsked: (asked: Asked) => void;
  /** Both were answered, or passed over by Enter. */
  onDone: () => void;
}

export function Questions({ asked, onAsked, onDone }: Props): JSX.Element {
  const rows = { conscious: useRef<HTMLDivElement>(null), breathing: useRef<HTMLDivElement>(null) };
  const focus = (name: keyof Asked): void => rows[name].current?.querySelector<HTMLElement>('[tabindex="0"]')?.focus();
  const take = (name: keyof Asked, answer: Answer): void => {
    onAsked({ ...asked, [name]: answer });
    if (name === "conscious") focus("breathing");
    else onDone();
  };
  const onKeyDown = (name: keyof Asked) => (event: KeyboardEvent): void => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const picked = ANSWERS[Number(/^(?:Digit|Numpad)([1-3])$/.exec(event.code)?.[1] ?? 0) - 1];
    const at = ANSWERS.indexOf(asked[name] ?? "yes");
    if (picked !== undefined) take(name, picked);
    else if (event.key === "ArrowRight" || event.key === "ArrowLeft") onAsked({ ...asked, [name]: ANSWERS[(at + (event.key === "ArrowRight" ? 1 : 2)) % 3] ?? "yes" });
    else if (event.key === "Enter") name === "conscious" ? focus("breathing") : onDone();
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    <fieldset class="questions">
      <legend>{t("firstQuestions")}</legend>
      {(["conscious", "breathing"] as const).map((name) => (
        <div key={name} ref={rows[name]} class="field" role="radiogroup" aria-label={t(`q_${name}`)} onKeyDown={onKeyDown(name)}>
          <span class="fieldname strong">{t(`q_${name}`)}</span>
          <div class="segments wide">
            {ANSWERS.map((answer, i) => (
              <button
                key={answer}
                type="button"
                role="radio"
                class={answer === "no" && asked[name] === "no" ? "grave" : ""}
                aria-checked={asked[name] === answer}
                tabIndex={asked[name] === answer || (asked[name] === null && i === 0) ? 0 : -1}
                data-testid={`${name}-${answer}`}
                onClick={() => take(name, answer)}
              >
                <b class="num">{i + 1}</b> {t(`a_${answer}`)}
              </button>
            ))}
          </div>
        </div>
      ))}
    </fieldset>
  );
}
