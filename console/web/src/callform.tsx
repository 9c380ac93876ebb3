// The call form: address, reason, and as much more as the caller can say. By keyboard from `n` to created.
import type { JSX } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { api, Refusal, type NewCall } from "./api";
import { calltaking } from "./calltakingapi";
import { Combobox } from "./combobox";
import { describing } from "./describe";
import { nameOfPoint, useCompletion, type Offer } from "./addresses";
import { priorityText } from "./format";
import { useKeys } from "./keys";
import { Key, PriorityMark } from "./parts";
import { FormWarnings } from "./formwarnings";
import { InstructionSteps, instructionsFor } from "./instruction";
import { isArrest, isGrave, Questions, type Asked } from "./questions";
import { LaterFields, laterOf } from "./laterfields";
import { matchingReasons } from "./reasons";
import { words } from "./refusals";
import { lang } from "./settings";
import { incidents, nowMs, picture, region } from "./store";
import { t } from "./texts";
import { clickedPoint, created, draftPoint, focusRecommendation, formAddress, formOpen, selectCall } from "./ui";
import type { CallReason, FoundPlace, Priority } from "./views";

const PRIORITIES: readonly Priority[] = [1, 2, 3];

export function CallForm(): JSX.Element {
  const [calledAt] = useState(() => Date.now());
  const [text, setText] = useState(() => formAddress.peek());
  const [place, setPlace] = useState<FoundPlace | null>(null);
  const [placeOpen, setPlaceOpen] = useState(true);
  const [placeAt, setPlaceAt] = useState(0);
  const [reasonTyped, setReasonTyped] = useState("");
  const [reason, setReason] = useState<CallReason | null>(null);
  const [reasonOpen, setReasonOpen] = useState(false);
  const [reasonAt, setReasonAt] = useState(0);
  const [priority, setPriority] = useState<Priority | null>(null);
  const [asked, setAsked] = useState<Asked>({ conscious: null, breathing: null });
  const [awaited, setAwaited] = useState(false);
  const [phone, setPhone] = useState("");
  const [problem, setProblem] = useState<{ field: string; text: string } | null>(null);
  const [busy, setBusy] = useState(false);
  const form = useRef<HTMLFormElement>(null);
  const { found, asked: askedFor, problem: placesProblem } = useCompletion(text, place === null);
  const catalogue = region.value?.reasons ?? [];
  const reasons = matchingReasons(catalogue, reason ? "" : reasonTyped);
  const reasonName = reason ? reason[lang.value] : reasonTyped;
  const focus = (id: string): void => form.current?.querySelector<HTMLElement>(`#${id}`)?.focus();

  useKeys({
    Escape: () => {
      formOpen.value = false;
    },
  });
  // Recent callers are offered before anything is typed, but none is taken by a mere Enter. With the list, not after the
  // next paint: an arrow that was pressed meanwhile would be undone.
  useLayoutEffect(() => setPlaceAt(askedFor === "" ? -1 : 0), [found]);
  // A list that opened before its answer came takes the first hit of the newest answer only.
  const fresh = askedFor === text.trim();

  const fill = (name: string, value: string | undefined): void => {
    const field = form.current?.elements.namedItem(name);
    if (field instanceof HTMLInputElement && field.value === "" && value !== undefined) field.value = value;
    if (name === "phone" && value !== undefined && phone === "") setPhone(value);
  };
  // At once and not after the next drawing: the digit that follows the Enter must not land in the address.
  const ask = (): void => form.current?.querySelector<HTMLElement>(".questions [tabindex='0']")?.focus();
  const takePlace = (picked: Offer): void => {
    setPlace(picked);
    setText(picked.label);
    setPlaceOpen(false);
    setProblem(null);
    fill("phone", picked.phone);
    fill("detail", picked.detail);
  };
  const pickPlace = (picked: Offer): void => {
    takePlace(picked);
    ask();
  };
  // Enter before the answer has come: the keys go on to the questions, and the first hit is taken when it is there.
  useEffect(() => {
    if (!awaited || !fresh) return;
    setAwaited(false);
    const first = found[0];
    if (first !== undefined) takePlace(first);
    else {
      setProblem({ field: "address", text: t("addressNone") });
      focus("address");
    }
  }, [awaited, fresh, found]);
  const enterPlace = (): void => {
    if (place) ask();
    else if (text.trim() !== "" && !fresh) {
      setAwaited(true);
      ask();
    } else setProblem({ field: "address", text: t("addressChoose") });
  };
  const toReason = (): void => {
    focus("reason");
    setReasonOpen(true);
  };
  const arrest = isArrest(asked);
  const open = instructionsFor(arrest, reason?.id ?? null)[0] ?? null;
  /** What the answers say stands, until somebody names another reason. */
  const answered = (next: Asked): void => {
    setAsked(next);
    if (isGrave(next)) setPriority(1);
    if (isArrest(next) && reason === null && reasonTyped === "") setReason(catalogue.find((each) => each.id === "not_breathing") ?? null);
  };
  useEffect(() => {
    clickedPoint.value = null;
    const stop = clickedPoint.subscribe((point) => {
      if (point) void nameOfPoint(point).then((named) => clickedPoint.peek() === point && pickPlace(named));
    });
    return () => {
      stop();
      clickedPoint.value = null;
      draftPoint.value = null;
      formAddress.value = "";
    };
  }, []);
  useEffect(() => {
    draftPoint.value = place;
  }, [place]);
  const pickReason = (picked: CallReason): void => {
    setReason(picked);
    setPriority(picked.priority);
    setReasonOpen(false);
    setProblem(null);
    focus("detail");
  };

  const field = (name: string): string => (form.current?.elements.namedItem(name) as HTMLInputElement | null)?.value.trim() ?? "";
  const create = async (): Promise<void> => {
    if (busy) return;
    const chosenPlace = place ?? (fresh && text.trim() !== "" ? (found[placeAt] ?? null) : null);
    if (!chosenPlace) {
      setProblem({ field: "address", text: t("addressChoose") });
      focus("address");
      return;
    }
    const only = reason ?? (reasonTyped.trim() !== "" ? (reasons[reasonAt] ?? null) : null);
    // The place alone is enough: what is not known yet is told while the crew drives.
    const placeAlone = reasonTyped.trim() === "" && (region.value?.unclear ?? null) !== null;
    if (!only && !placeAlone) {
      setProblem({ field: "reason", text: t(reasonTyped.trim() === "" ? "reasonChoose" : "reasonNone") });
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
      place: { label: chosenPlace.label, lat_deg: chosenPlace.lat_deg, lon_deg: chosenPlace.lon_deg },
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
        <Combobox
          id="address"
          label={t("address")}
          hint={t("addressHint")}
          testId="address-input"
          optionTestId="address-option"
          text={text}
          // While an answer is on its way the last one stays to be read, and Enter takes nothing from it.
          options={found}
          settled={fresh}
          open={placeOpen && place === null}
          at={placeAt}
          wantFocus
          invalid={problem?.field === "address"}
          empty={placesProblem ?? (place === null && fresh && askedFor !== "" && found.length === 0 ? t("addressNone") : null)}
          keyOf={(each) => `${each.label} ${each.lat_deg} ${each.lon_deg} ${each.phone ?? ""}`}
          show={(each) => (
            <>
              <span class="grow">{each.label}</span>
              {each.number !== undefined && (
                <span class="dim num">
                  № {each.number} {each.phone ?? ""}
                </span>
              )}
            </>
          )}
          onText={(next) => {
            setText(next);
            setPlace(null);
            setAwaited(false);
            setPlaceOpen(true);
          }}
          onAt={setPlaceAt}
          onPick={pickPlace}
          onOpen={() => setPlaceOpen(true)}
          onClose={() => setPlaceOpen(false)}
          onEnter={enterPlace}
        />
        <Questions asked={asked} onAsked={answered} onDone={toReason} />
        {arrest && open && <InstructionSteps instruction={open} />}
        <FormWarnings place={place} phone={phone} />
        <Combobox
          id="reason"
          label={t("reason")}
          hint={t("reasonLater")}
          testId="reason-input"
          optionTestId="reason-option"
          text={reasonName}
          options={reasons}
          open={reasonOpen && reason === null}
          at={reasonAt}
          invalid={problem?.field === "reason"}
          empty={reason === null && reasonTyped !== "" && reasons.length === 0 ? t("reasonNone") : null}
          keyOf={(each) => each.id}
          show={(each) => (
            <>
              <PriorityMark priority={each.priority} /> <span>{each[lang.value]}</span>
            </>
          )}
          onText={(next) => {
            setReason(null);
            setReasonTyped(next);
            setReasonAt(0);
            setReasonOpen(true);
          }}
          onAt={setReasonAt}
          onPick={pickReason}
          onOpen={() => setReasonOpen(true)}
          onClose={() => setReasonOpen(false)}
          onEnter={() => (reason ? focus("detail") : setReasonOpen(true))}
        />
        <div class="field" role="radiogroup" aria-label={t("priority")}>
          <span class="fieldname">{t("priority")}</span>
          <div class="segments wide">
            {PRIORITIES.map((each) => (
              <button
                key={each}
                type="button"
                role="radio"
                aria-checked={priority === each}
                data-testid={`priority-${each}`}
                onClick={() => setPriority(each)}
              >
                <b class="num">{each}</b> {priorityText(each)}
              </button>
            ))}
          </div>
        </div>
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
