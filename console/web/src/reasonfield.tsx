// The reason of a call, new or told more of, chosen from the region's catalogue as one types. Its state, and the field that shows it.
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { Combobox } from "./combobox";
import { PriorityMark } from "./parts";
import { matchingReasons } from "./reasons";
import { lang } from "./settings";
import { t } from "./texts";
import type { CallReason } from "./views";

export interface Reason {
  reason: CallReason | null;
  typed: string;
  matching: readonly CallReason[];
  open: boolean;
  at: number;
  type: (text: string) => void;
  move: (at: number) => void;
  show: (open: boolean) => void;
  take: (reason: CallReason | null) => void;
  /** The reason that the call is created with: the chosen one, else the marked one of what was typed. */
  chosen: () => CallReason | null;
}

/** `listed`: whether the list stands open from the beginning. */
export function useReason(catalogue: readonly CallReason[], listed = false): Reason {
  const [typed, setTyped] = useState("");
  const [reason, setReason] = useState<CallReason | null>(null);
  const [open, setOpen] = useState(listed);
  const [at, setAt] = useState(0);
  const matching = matchingReasons(catalogue, reason ? "" : typed);
  return {
    reason,
    typed,
    matching,
    open,
    at,
    type: (next) => {
      setReason(null);
      setTyped(next);
      setAt(0);
      setOpen(true);
    },
    move: setAt,
    show: setOpen,
    take: setReason,
    chosen: () => reason ?? (typed.trim() !== "" ? (matching[at] ?? null) : null),
  };
}

interface Props {
  choice: Reason;
  id: string;
  testId: string;
  hint: string;
  invalid?: boolean;
  /** What stands there when nothing matches. */
  empty?: string | null;
  wantFocus?: boolean;
  onPick: (reason: CallReason) => void;
  /** Enter where there is nothing to pick. */
  onEnter: () => void;
}

export function ReasonField({ choice, id, testId, hint, invalid = false, empty = null, wantFocus = false, onPick, onEnter }: Props): JSX.Element {
  const { reason, typed, matching } = choice;
  return (
    <Combobox
      id={id}
      label={t("reason")}
      hint={hint}
      testId={testId}
      optionTestId={`${id}-option`}
      text={reason ? reason[lang.value] : typed}
      options={matching}
      open={choice.open && reason === null}
      at={choice.at}
      invalid={invalid}
      empty={reason === null && typed !== "" && matching.length === 0 ? empty : null}
      wantFocus={wantFocus}
      keyOf={(each) => each.id}
      show={(each) => (
        <>
          <PriorityMark priority={each.priority} /> <span>{each[lang.value]}</span>
        </>
      )}
      onText={choice.type}
      onAt={choice.move}
      onPick={onPick}
      onOpen={() => choice.show(true)}
      onClose={() => choice.show(false)}
      onEnter={onEnter}
    />
  );
}
