// The rest of the form, for a call that was created with less: reason, priority, phone, patient, note.
import { signal } from "@preact/signals";
import type { JSX } from "preact";
import { useRef, useState } from "preact/hooks";
import { calltaking, type Told } from "./calltakingapi";
import { Key } from "./keycap";
import { useKeys } from "./keys";
import { PriorityField } from "./priorityfield";
import { ReasonField, useReason } from "./reasonfield";
import { words } from "./refusals";
import { region } from "./store";
import { t } from "./texts";
import type { IncidentView, Priority } from "./views";

/** The call that more is told of. */
export const describing = signal<string | null>(null);

const FIELDS = ["detail", "phone", "patient", "note"] as const;

export function Describe({ incident }: { incident: IncidentView }): JSX.Element {
  const form = useRef<HTMLFormElement>(null);
  const unclear = incident.reason === region.value?.unclear;
  const choice = useReason(region.value?.reasons ?? [], unclear);
  const [priority, setPriority] = useState<Priority | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const toDetail = (): void => form.current?.querySelector<HTMLInputElement>("#more-detail")?.focus();
  const leave = (): void => {
    describing.value = null;
  };
  useKeys({ Escape: leave });
  const known = { detail: incident.place.detail ?? "", phone: incident.phone ?? "", patient: incident.patient ?? "", note: incident.note ?? "" };
  const save = async (): Promise<void> => {
    const told: Told = {};
    if (choice.reason) told.reason = choice.reason.id;
    if (priority !== null) told.priority = priority;
    for (const name of FIELDS) {
      const value = (form.current?.elements.namedItem(`more-${name}`) as HTMLInputElement | null)?.value.trim() ?? "";
      if (value !== known[name]) told[name] = value;
    }
    try {
      await calltaking.describe(incident.id, told);
      leave();
    } catch (error) {
      setProblem(words(error));
    }
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key !== "Enter" || event.defaultPrevented) return;
    const target = event.target;
    if (event.ctrlKey || event.metaKey) {
      event.preventDefault();
      void save();
    } else if (target instanceof HTMLInputElement && target.role !== "combobox") {
      event.preventDefault();
      const fields = [...(form.current?.querySelectorAll<HTMLInputElement>("input") ?? [])];
      const following = fields[fields.indexOf(target) + 1];
      if (following) following.focus();
      else void save();
    }
  };
  return (
    <form
      ref={form}
      class="describe fields"
      aria-label={t("m_describe")}
      data-testid="describe"
      onKeyDown={onKeyDown}
      onSubmit={(event) => {
        event.preventDefault();
        void save();
      }}
    >
      <ReasonField
        choice={choice}
        id="more-reason"
        testId="more-reason"
        hint={t("reasonHint")}
        wantFocus
        onPick={(picked) => {
          choice.take(picked);
          // What is lighter than the call stands is for a person to say: it is shown chosen, and can be changed.
          setPriority(picked.priority);
          choice.show(false);
          toDetail();
        }}
        onEnter={toDetail}
      />
      <PriorityField priority={priority ?? incident.priority} onPriority={setPriority} />
      {FIELDS.map((name) => (
        <label key={name} class="field">
          <span class="fieldname">{t(name)}</span>
          <input id={`more-${name}`} name={`more-${name}`} defaultValue={known[name]} autocomplete="off" data-testid={`more-${name}`} />
        </label>
      ))}
      {problem !== null && (
        <p class="problem" role="alert">
          {problem}
        </p>
      )}
      <p class="row">
        <button type="submit" class="primary" data-testid="describe-save">
          {t("m_describe")} <Key>Ctrl ⏎</Key>
        </button>
        <button type="button" class="quiet" onClick={leave}>
          {t("close")} <Key>Esc</Key>
        </button>
      </p>
    </form>
  );
}
