// The reason of a new call, chosen from the region's catalogue as one types. Its state, and the field that shows it.
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

export function useReason(catalogue: readonly CallReason[]): Reason {
  const [typed, setTyped] = useState("");
  const [reason, setReason] = useState<CallReason | null>(null);
  const [open, setOpen] = useState(false);
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
  invalid: boolean;
  onPick: (reason: CallReason) => void;
  /** Enter where the reason is chosen already. */
  onOnward: () => void;
}

export function ReasonField({ choice, invalid, onPick, onOnward }: Props): JSX.Element {
  const { reason, typed, matching } = choice;
  return (
    <Combobox
      id="reason"
      label={t("reason")}
      hint={t("reasonLater")}
      testId="reason-input"
      optionTestId="reason-option"
      text={reason ? reason[lang.value] : typed}
      options={matching}
      open={choice.open && reason === null}
      at={choice.at}
      invalid={invalid}
      empty={reason === null && typed !== "" && matching.length === 0 ? t("reasonNone") : null}
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
      onEnter={() => (reason ? onOnward() : choice.show(true))}
    />
  );
}
