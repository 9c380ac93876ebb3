// A few questions, one after the other, by keys alone: digits choose, Enter takes what was typed, Escape leaves.
import type { JSX } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { Key } from "./keycap";
import { digits, useKeys } from "./keys";
import { words } from "./refusals";
import { t } from "./texts";

export interface Step {
  id: string;
  ask: string;
  /** Codes and words to choose from; without them something is typed. */
  options?: readonly (readonly [code: string, text: string])[];
  /** What is typed may be left out. */
  optional?: boolean;
}
export type Answers = Readonly<Record<string, string>>;

interface Props {
  title: string;
  /** What is answered already. */
  begin?: Answers;
  /** The next question after these answers, or null: it is complete. */
  next: (answers: Answers) => Step | null;
  done: (answers: Answers) => Promise<unknown>;
  leave: () => void;
}

export function Steps({ title, begin = {}, next, done, leave }: Props): JSX.Element {
  const [answers, setAnswers] = useState<Answers>(begin);
  const [typed, setTyped] = useState("");
  const [problem, setProblem] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const field = useRef<HTMLInputElement>(null);
  const box = useRef<HTMLElement>(null);
  const step = next(answers);
  const finish = async (all: Answers): Promise<void> => {
    setBusy(true);
    try {
      await done(all);
      leave();
    } catch (error) {
      setProblem(words(error));
      setBusy(false);
    }
  };
  const take = async (value: string): Promise<void> => {
    if (busy || step === null) return;
    const all = { ...answers, [step.id]: value };
    setTyped("");
    if (next(all) === null) await finish(all);
    else setAnswers(all);
  };
  const pick = (i: number): void => {
    const option = step?.options?.[i];
    if (option) void take(option[0]);
  };
  useKeys({ ...digits(pick), Escape: leave }, true);
  // Before the next key, not after the next paint: fast hands type ahead.
  useLayoutEffect(() => (step?.options ? box.current : field.current)?.focus(), [step?.id]);
  useEffect(() => {
    // An act without a question is done at once.
    if (step === null) void finish(answers);
  }, []);
  if (step === null) return problem === null ? <></> : <p class="problem" role="alert">{problem}</p>;
  const empty = typed.trim() === "";
  return (
    <section ref={box} class="steps" role="dialog" aria-label={title} tabIndex={-1} data-testid="steps" data-step={step.id}>
      <header>
        <h3>{title}</h3>
        <button type="button" class="quiet" onClick={leave}>
          {t("close")} <Key>Esc</Key>
        </button>
      </header>
      {step.options ? (
        <div role="group" aria-label={step.ask}>
          <p class="ask">{step.ask}</p>
          <div class="choices">
            {step.options.map(([code, text], i) => (
              <button key={code} type="button" disabled={busy} data-testid={`step-${code}`} onClick={() => void take(code)}>
                <Key>{String(i + 1)}</Key> {text}
              </button>
            ))}
          </div>
        </div>
      ) : (
        <form
          onSubmit={(event) => {
            event.preventDefault();
            if (!empty || step.optional === true) void take(typed.trim());
          }}
        >
          <label>
            <span class="ask">{step.ask}</span>
            <input ref={field} data-testid="step-input" autocomplete="off" value={typed} onInput={(event) => setTyped(event.currentTarget.value)} />
          </label>
          <button type="submit" class="primary" disabled={busy || (empty && step.optional !== true)}>
            {t(empty && step.optional === true ? "skip_step" : "next_step")} <Key>⏎</Key>
          </button>
        </form>
      )}
      {problem !== null && (
        <p class="problem" role="alert" data-testid="steps-problem">
          {problem}
        </p>
      )}
    </section>
  );
}
