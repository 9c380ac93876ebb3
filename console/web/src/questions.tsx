// "Conscious? Breathing normally?": two rows of three answers; the first row hands on to the second.
import type { JSX } from "preact";
import { useRef } from "preact/hooks";
import { ANSWERS, type Answer } from "./calltakingviews";
import { Choices } from "./choices";
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
  return (
    <fieldset class="questions">
      <legend>{t("firstQuestions")}</legend>
      {(["conscious", "breathing"] as const).map((name) => (
        <div key={name} ref={rows[name]} class="field">
          <span class="fieldname strong">{t(`q_${name}`)}</span>
          <Choices
            label={t(`q_${name}`)}
            options={ANSWERS.map((answer) => [answer, t(`a_${answer}`)] as const)}
            value={asked[name]}
            grave="no"
            testId={(answer) => `${name}-${answer}`}
            onChoose={(answer) => onAsked({ ...asked, [name]: answer })}
            onDone={() => (name === "conscious" ? focus("breathing") : onDone())}
          />
        </div>
      ))}
    </fieldset>
  );
}
