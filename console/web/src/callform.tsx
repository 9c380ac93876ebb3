// The call form: address, reason, and as much more as the caller can say. By keyboard from `n` to created.
import type { JSX } from "preact";
import { useRef, useState } from "preact/hooks";
import type { Offer } from "./addresses";
import { AddressField, useAddress } from "./addressfield";
import { api, Refusal, type NewCall } from "./api";
import { calltaking } from "./calltakingapi";
import { describing } from "./describe";
import { FormWarnings } from "./formwarnings";
import { InstructionSteps, instructionsFor } from "./instruction";
import { Key } from "./keycap";
import { useKeys } from "./keys";
import { LaterFields, laterOf } from "./laterfields";
import { PriorityField } from "./priorityfield";
import { isArrest, isGrave, Questions, type Asked } from "./questions";
import { ReasonField, useReason } from "./reasonfield";
import { words } from "./refusals";
import { incidents, nowMs, picture, region } from "./store";
import { t } from "./texts";
import { created, focusRecommendation, formOpen, selectCall } from "./ui";
import type { CallReason, Priority } from "./views";

export function CallForm(): JSX.Element {
  const [calledAt] = useState(() => Date.now());
  const [priority, setPriority] = useState<Priority | null>(null);
  const [asked, setAsked] = useState<Asked>({ conscious: null, breathing: null });
  const [phone, setPhone] = useState("");
  const [problem, setProblem] = useState<{ field: string; text: string } | null>(null);
  const [busy, setBusy] = useState(false);
  const form = useRef<HTMLFormElement>(null);
  const catalogue = region.value?.reasons ?? [];
  const choice = useReason(catalogue);
  const focus = (id: string): void => form.current?.querySelector<HTMLElement>(`#${id}`)?.focus();

  useKeys({
    Escape: () => {
      formOpen.value = false;
    },
  });
  const fill = (name: string, value: string | undefined): void => {
    const field = form.current?.elements.namedItem(name);
    if (field instanceof HTMLInputElement && field.value === "" && value !== undefined) field.value = value;
    if (name === "phone" && value !== undefined && phone === "") setPhone(value);
  };
  const address = useAddress({
    onTaken: (picked: Offer) => {
      setProblem(null);
      fill("phone", picked.phone);
      fill("detail", picked.detail);
    },
    // At once and not after the next drawing: the digit that follows the Enter must not land in the address.
    onOnward: () => form.current?.querySelector<HTMLElement>(".questions [tabindex='0']")?.focus(),
    onNone: () => {
      setProblem({ field: "address", text: t("addressNone") });
      focus("address");
    },
    onUnchosen: () => setProblem({ field: "address", text: t("addressChoose") }),
  });
  const toReason = (): void => {
    focus("reason");
    choice.show(true);
  };
  const arrest = isArrest(asked);
  const open = instructionsFor(arrest, choice.reason?.id ?? null)[0] ?? null;
  /** What the answers say stands, until somebody names another reason. */
  const answered = (next: Asked): void => {
    setAsked(next);
    if (isGrave(next)) setPriority(1);
    if (isArrest(next) && choice.reason === null && choice.typed === "") choice.take(catalogue.find((each) => each.id === "not_breathing") ?? null);
  };
  const pickReason = (picked: CallReason): void => {
    choice.take(picked);
    setPriority(picked.priority);
    choice.show(false);
    setProblem(null);
    focus("detail");
  };

  const field = (name: string): string => (form.current?.elements.namedItem(name) as HTMLInputElement | null)?.value.trim() ?? "";
  const create = async (): Promise<void> => {
    if (busy) return;
    const place = address.chosen();
    if (!place) {
      setProblem({ field: "address", text: t("addressChoose") });
      focus("address");
      return;
    }
    const only = choice.chosen();
    // The place alone is enough: what is not known yet is told while the crew drives.
    const placeAlone = choice.typed.trim() === "" && (region.value?.unclear ?? null) !== null;
    if (!only && !placeAlone) {
      setProblem({ field: "reason", text: t(choice.typed.trim() === "" ? "reasonChoose" : "reasonNone") });
      focus("reason");
      return;
    }
    const later = laterOf(form.current, nowMs(), region.value?.timezone ?? "UTC");
    if (later === null) {
      setProblem({ field: "due", text: t("timeWrong") });
      return;
    }
    const chosenPriority = priority ?? only?.priority;
    const draft: NewCall = {
      place: { label: place.label, lat_deg: place.lat_deg, lon_deg: place.lon_deg },
      ...(only ? { reason: only.id } : {}),
      ...(chosenPriority === undefined ? {} : { priority: chosenPriority }),
      ...(asked.conscious === null ? {} : { conscious: asked.conscious }),
      ...(asked.breathing === null ? {} : { breathing: asked.breathing }),
      ...later,
    };
    const detail = field("detail");
    if (detail !== "") draft.place.detail = detail;
    for (const name of ["phone", "patient", "note"] as const) {
      const value = field(name);
      if (value !== "") draft[name] = value;
    }
    setBusy(true);
    setProblem(null);
    try {
      const { incident } = await api.create(draft);
      if (!incidents.peek().has(incident.id)) {
        picture.value = { ...picture.peek(), incidents: new Map(picture.peek().incidents).set(incident.id, incident) };
      }
      if (open && arrest) calltaking.instruct(incident.id, open.id).catch(() => undefined);
      if (!only) describing.value = incident.id;
      focusRecommendation.value = only !== null;
      created.value = incident.number;
      selectCall(incident.id);
    } catch (error) {
      setProblem({ field: error instanceof Refusal ? (error.field ?? "") : "", text: words(error) });
      setBusy(false);
    }
  };
  const onFormKey = (event: KeyboardEvent): void => {
    if (event.key !== "Enter") return;
    if (event.ctrlKey || event.metaKey) {
      event.preventDefault();
      void create();
      return;
    }
    const target = event.target;
    if (!(target instanceof HTMLInputElement) || target.role === "combobox" || event.defaultPrevented) return;
    event.preventDefault();
    const fields = [...(form.current?.querySelectorAll<HTMLInputElement>("input") ?? [])];
    const next = fields[fields.indexOf(target) + 1];
    if (next) next.focus();
    else void create();
  };

  return (
    <form
      ref={form}
      class="pane callform"
      data-testid="call-form"
      data-opened={calledAt}
      aria-label={t("newCall")}
      onKeyDown={onFormKey}
      onSubmit={(event) => {
        event.preventDefault();
        void create();
      }}
    >
      <header class="panehead">
        <h2>{t("newCall")}</h2>
        <span class="grow" />
        <button type="button" class="quiet" onClick={() => (formOpen.value = false)}>
          {t("close")} <Key>Esc</Key>
        </button>
      </header>
      <div class="scroll fields">
        <AddressField address={address} invalid={problem?.field === "address"} />
        <Questions asked={asked} onAsked={answered} onDone={toReason} />
        {arrest && open && <InstructionSteps instruction={open} />}
        <FormWarnings place={address.place} phone={phone} />
        <ReasonField
          choice={choice}
          id="reason"
          testId="reason-input"
          hint={t("reasonLater")}
          invalid={problem?.field === "reason"}
          empty={t("reasonNone")}
          onPick={pickReason}
          onEnter={() => (choice.reason ? focus("detail") : choice.show(true))}
        />
        <PriorityField priority={priority} onPriority={setPriority} />
        {(["detail", "phone", "patient", "note"] as const).map((name) => (
          <label key={name} class="field">
            <span class="fieldname">{t(name)}</span>
            <input
              id={name}
              name={name}
              data-testid={`${name}-input`}
              autocomplete="off"
              inputmode={name === "phone" ? "tel" : "text"}
              onInput={(event) => name === "phone" && setPhone(event.currentTarget.value)}
            />
          </label>
        ))}
        <LaterFields />
      </div>
      {problem && (
        <p class="problem" role="alert" data-testid="form-problem">
          {problem.text}
        </p>
      )}
      <footer class="panelfoot">
        <span class="grow" />
        <button type="submit" class="primary" data-testid="create-call" disabled={busy}>
          {t("create")} <Key>Ctrl ⏎</Key>
        </button>
      </footer>
    </form>
  );
}
