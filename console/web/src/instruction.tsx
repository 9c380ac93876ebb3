// What a caller is told to do until a crew is there: large steps to be read out, with their source and who approved them.
import type { JSX } from "preact";
import type { Instruction } from "./calltakingviews";
import { lang } from "./settings";
import { region } from "./store";
import { t } from "./texts";

export function instructionOf(id: string | null | undefined): Instruction | null {
  return region.value?.instructions?.find((each) => each.id === id) ?? null;
}

/** The instructions that a call opens: by its answers, else by its reason. */
export function instructionsFor(arrest: boolean, reason: string | null): Instruction[] {
  const named = region.value?.reasons.find((each) => each.id === reason)?.instructions ?? [];
  const ids = arrest ? [region.value?.resuscitation ?? "", ...named] : named;
  return [...new Set(ids)].flatMap((id) => instructionOf(id) ?? []);
}

export function InstructionSteps({ instruction }: { instruction: Instruction }): JSX.Element {
  const steps = lang.value === "ru" ? instruction.steps_ru : instruction.steps_en;
  return (
    <section class="instruction" aria-label={t("instructionFor", { name: instruction[lang.value] })} data-testid={`instruction-${instruction.id}`}>
      <h3>{instruction[lang.value]}</h3>
      <ol>
        {steps.map((step) => (
          <li key={step}>{step}</li>
        ))}
      </ol>
      <p class="fine">
        {instruction.approved_by === null ? <b class="warn">{t("notApproved")}</b> : t("approvedBy", { who: instruction.approved_by })}
        {instruction.source !== "" && ` · ${t("sourceIs", { what: instruction.source })}`}
      </p>
    </section>
  );
}
