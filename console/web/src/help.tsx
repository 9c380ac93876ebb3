// All keys on one sheet.
import type { JSX } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import { useKeys } from "./keys";
import { Key } from "./parts";
import { t, type TextKey } from "./texts";
import { helpOpen } from "./ui";

const KEYS: readonly (readonly [keys: readonly string[], what: TextKey])[] = [
  [["N"], "newCall"],
  [["J", "K"], "key_move"],
  [["⏎"], "key_open"],
  [["1", "9"], "key_send"],
  [["A"], "key_another"],
  [["S"], "key_next"],
  [["⇧S"], "key_further"],
  [["H"], "chooseHospital"],
  [["X"], "key_cancel"],
  [["⇧X"], "key_close"],
  [["="], "key_queue"],
  [["-"], "key_resources"],
  [["0"], "key_print"],
  [["F"], "key_callmenu"],
  [["M"], "key_map"],
  [["C"], "key_city"],
  [["B"], "key_board"],
  [["/"], "key_search"],
  [["W"], "key_desk"],
  [["←", "→"], "key_view"],
  [["E"], "key_hand"],
  [["!"], "key_major"],
  [["D"], "key_plan"],
  [["G"], "key_open_alarm"],
  [["⇧G"], "key_ack"],
  [["Y"], "key_proposal"],
  [["⇧Y"], "key_later"],
  [["⇧F"], "key_firstaid"],
  [["⇧J", "⇧K"], "key_join"],
  [["O"], "coverage"],
  [["Z"], "closure"],
  [["V"], "replay"],
  [["I"], "key_past"],
  [["⇧V"], "key_then"],
  [["⇧M", "⇧B", "⇧W"], "key_windows"],
  [["⇧I"], "key_windowmenu"],
  [["⇧1", "⇧5"], "key_duty"],
  [["⇧6", "⇧9"], "key_until"],
  [["⇧D"], "key_shift"],
  [["⇧O"], "key_order"],
  [["⇧L"], "key_link"],
  [["Q"], "believe"],
  [["U"], "key_sound"],
  [["R"], "key_reports"],
  [["P"], "key_autopilot"],
  [["L"], "key_lang"],
  [["T"], "key_theme"],
  [["⇧Q"], "key_out"],
  [["Ctrl ⏎"], "key_create"],
  [["."], "key_letters"],
  [["Esc"], "key_escape"],
  [["?"], "key_help"],
];

/** Keys of which the first and the last are named. */
const RANGES = /[16]$/;

export function Help(): JSX.Element {
  const box = useRef<HTMLDivElement>(null);
  const close = (): void => {
    helpOpen.value = false;
  };
  useKeys({ Escape: close, "?": close }, true);
  useLayoutEffect(() => box.current?.focus(), []);
  return (
    <div class="veil" onClick={close}>
      <div ref={box} class="sheet keysheet" role="dialog" aria-modal="true" aria-label={t("keysTitle")} tabIndex={-1} data-testid="help" onClick={(event) => event.stopPropagation()}>
        <div class="panehead">
          <h2>{t("keysTitle")}</h2>
          <span class="grow" />
          <button type="button" class="quiet" onClick={close}>
            {t("close")} <Key>Esc</Key>
          </button>
        </div>
        <dl class="keys">
          {KEYS.map(([keys, what]) => (
            <div key={what}>
              <dt>
                {keys.map((key, i) => (
                  <span key={key}>
                    {i > 0 && (RANGES.test(keys[0] ?? "") ? "–" : " ")}
                    <kbd class="key">{key}</kbd>
                  </span>
                ))}
              </dt>
              <dd>{t(what)}</dd>
            </div>
          ))}
        </dl>
      </div>
    </div>
  );
}
