// Whether the major incident is really over: asked before it is stood down.
import type { JSX } from "preact";
import { deskApi } from "../deskapi";
import { Key } from "../keycap";
import { useKeys } from "../keys";
import { t } from "../texts";
import type { IncidentView } from "../views";
import type { Act } from "./act";

export function StandDown({ incident, act, onBack }: { incident: IncidentView; act: Act; onBack: () => void }): JSX.Element {
  const yes = async (): Promise<void> => {
    await act(() => deskApi.standDown(incident.id));
    onBack();
  };
  useKeys({ 1: () => void yes(), "!": () => void yes(), Enter: () => void yes(), Escape: onBack });
  return (
    <div class="override" role="group" aria-label={t("standDown")} data-testid="stand-down-ask">
      <p>
        {t("standDownAsk")} <Key>Esc</Key>
      </p>
      <button type="button" class="primary" data-testid="stand-down-yes" ref={(button) => button?.focus()} onClick={() => void yes()}>
        {t("yes")} <Key>1</Key>
      </button>
    </div>
  );
}
