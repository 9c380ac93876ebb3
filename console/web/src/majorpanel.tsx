// A call as a major incident: declared by one key, led here, stood down by the same.
import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { deskApi } from "./deskapi";
import { Key } from "./keycap";
import { useKeys } from "./keys";
import type { Act } from "./major/act";
import { Beds } from "./major/beds";
import { Plan } from "./major/plan";
import { Reserve } from "./major/reserve";
import { Staging } from "./major/staging";
import { StandDown } from "./major/standdown";
import { Triage } from "./major/triage";
import { words } from "./refusals";
import { lang } from "./settings";
import { region } from "./store";
import { t } from "./texts";
import { notice } from "./ui";
import type { IncidentView } from "./views";

/** The key that declares, and everything that is led by it from then on. */
export function MajorPanel({ incident }: { incident: IncidentView }): JSX.Element | null {
  const [problem, setProblem] = useState<string | null>(null);
  const [ending, setEnding] = useState(false);
  useEffect(() => {
    setProblem(null);
    setEnding(false);
  }, [incident.id]);
  const major = incident.major?.stood_down_ms === null ? incident.major : null;
  const open = incident.ended_at_ms === null;
  const act: Act = async (work) => {
    setProblem(null);
    try {
      await work();
      return true;
    } catch (error) {
      setProblem(words(error));
      return false;
    }
  };
  const declare = (scale?: string): void => {
    deskApi.declare(incident.id, scale).then(
      () => undefined,
      (error: unknown) => {
        notice.value = words(error);
      },
    );
  };
  useKeys({
    "!": () => {
      if (!open) return false;
      if (major) setEnding(true);
      else declare();
      return true;
    },
  });
  if (!open) return null;
  if (!major) {
    return (
      <p class="declare">
        <button type="button" class="quiet" data-testid="declare-major" onClick={() => declare()}>
          {t("majorDeclare")} <Key>!</Key>
        </button>
      </p>
    );
  }
  return (
    <section class="majorpanel" aria-label={t("majorLong")} data-testid="major-panel">
      <div class="majorhead">
        <h3>{t("majorLong")}</h3>
        <label>
          <span class="unseen">{t("majorScale")}</span>
          <select data-testid="major-scale" value={major.scale} onChange={(event) => declare(event.currentTarget.value)}>
            {(region.value?.scales ?? []).map((scale) => (
              <option key={scale.id} value={scale.id}>
                {scale[lang.value]}
              </option>
            ))}
          </select>
        </label>
        <span class="grow" />
        <button type="button" class="quiet" data-testid="stand-down" onClick={() => setEnding(true)}>
          {t("standDown")} <Key>!</Key>
        </button>
      </div>
      {problem && (
        <p class="problem" role="alert">
          {problem}
        </p>
      )}
      {ending && <StandDown incident={incident} act={act} onBack={() => setEnding(false)} />}
      <Plan incident={incident} major={major} act={act} />
      <Triage incident={incident} major={major} act={act} />
      <Staging incident={incident} major={major} act={act} />
      <Beds incident={incident} major={major} act={act} />
      <Reserve incident={incident} major={major} act={act} />
    </section>
  );
}
