// What few calls need: further patients, a journey with its hour, an earlier time for what is entered afterwards.
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { instantOf } from "./daytime";
import { region } from "./store";
import { t } from "./texts";
import type { NewCall } from "./api";

const KINDS = ["emergency", "transfer", "planned"] as const;
type Kind = (typeof KINDS)[number];

export function LaterFields(): JSX.Element {
  const [kind, setKind] = useState<Kind>("emergency");
  return (
    <details class="later" data-testid="later">
      <summary>
        {t("morePatients")} · {t("callKind")} · {t("calledField")}
      </summary>
      <label class="field">
        <span class="fieldname">
          {t("morePatients")} <span class="dim">({t("morePatientsHint")})</span>
        </span>
        <input name="later-patients" data-testid="later-patients" autocomplete="off" />
      </label>
      <label class="field">
        <span class="fieldname">{t("calledField")}</span>
        <input name="later-called" data-testid="later-called" autocomplete="off" inputmode="numeric" />
      </label>
      <label class="field">
        <span class="fieldname">{t("callKind")}</span>
        <select name="later-kind" data-testid="later-kind" value={kind} onChange={(event) => setKind(KINDS.find((each) => each === event.currentTarget.value) ?? "emergency")}>
          {KINDS.map((each) => (
            <option key={each} value={each}>
              {t(`k_${each}`)}
            </option>
          ))}
        </select>
      </label>
      {kind !== "emergency" && (
        <>
          <label class="field">
            <span class="fieldname">{t("dueField")}</span>
            <input name="later-due" data-testid="later-due" autocomplete="off" inputmode="numeric" />
          </label>
          <label class="field">
            <span class="fieldname">{t("toHospital")}</span>
            <select name="later-hospital" data-testid="later-hospital">
              <option value="">—</option>
              {(region.value?.hospitals ?? []).map((each) => (
                <option key={each.id} value={each.id}>
                  {each.name}
                </option>
              ))}
            </select>
          </label>
        </>
      )}
    </details>
  );
}

/** What the fields say, for the new call; null where a time is none. */
export function laterOf(form: HTMLFormElement | null, now_ms: number, zone: string): Pick<NewCall, "patients" | "journey" | "called_at_ms" | "reason" | "priority"> | null {
  const value = (name: string): string => {
    const field = form?.elements.namedItem(`later-${name}`);
    return field instanceof HTMLInputElement || field instanceof HTMLSelectElement ? field.value.trim() : "";
  };
  const patients = value("patients").split(";").map((each) => each.trim()).filter((each) => each !== "");
  const called_ms = value("called") === "" ? undefined : instantOf(value("called"), now_ms, zone, "past");
  const kind = value("kind");
  const due_ms = kind === "transfer" || kind === "planned" ? instantOf(value("due"), now_ms, zone, "future") : undefined;
  if (called_ms === null || due_ms === null) return null;
  const hospital = value("hospital");
  return {
    ...(patients.length > 0 ? { patients } : {}),
    ...(called_ms === undefined ? {} : { called_at_ms: called_ms }),
    ...(due_ms === undefined || (kind !== "transfer" && kind !== "planned") ? {} : { journey: { kind, due_ms, ...(hospital === "" ? {} : { hospital }) }, reason: kind, priority: 3 }),
  };
}
