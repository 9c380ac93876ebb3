// All keys on one sheet.
import type { JSX } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import { Key } from "./keycap";
import { useKeys } from "./keys";
import { t, type TextKey } from "./texts";
import { helpOpen } from "./ui";

type Line = readonly [keys: readonly string[], what: TextKey];

/** By what one wants to do; a dispatcher reads three columns downwards. */
const SECTIONS: readonly (readonly [title: TextKey, lines: readonly Line[]])[] = [
  [
    "keysCalls",
    [
      [["N"], "newCall"],
      [["Ctrl ⏎"], "key_create"],
      [["J", "K"], "key_move"],
      [["⏎"], "key_open"],
      [["1", "9"], "key_send"],
      [["="], "key_queue"],
      [["F"], "key_callmenu"],
      [["⇧F"], "key_firstaid"],
      [["⇧J", "⇧K"], "key_join"],
      [["E"], "key_hand"],
      [["X"], "key_cancel"],
      [["⇧X"], "key_close"],
      [["!"], "key_major"],
      [["D"], "key_plan"],
    ],
  ],
  [
    "keysCrews",
    [
      [["A"], "key_another"],
      [["S"], "key_next"],
      [["⇧S"], "key_further"],
      [["H"], "chooseHospital"],
      [["B"], "key_board"],
      [["⇧O"], "key_order"],
      [["⇧1", "⇧5"], "key_duty"],
      [["⇧6", "⇧9"], "key_until"],
      [["⇧D"], "key_shift"],
      [["⇧L"], "key_link"],
      [["Q"], "believe"],
      [["-"], "key_resources"],
      [["0"], "key_print"],
    ],
  ],
  [
    "keysAlarms",
    [
      [["G"], "key_open_alarm"],
      [["⇧G"], "key_ack"],
      [["Y"], "key_proposal"],
      [["⇧Y"], "key_later"],
    ],
  ],
  [
    "map",
    [
      [["M"], "key_map"],
      [["C"], "key_city"],
      [["O"], "coverage"],
      [["Z"], "closure"],
      [["V"], "replay"],
      [["⇧V"], "key_then"],
      [["I"], "key_past"],
    ],
  ],
  [
    "keysPlace",
    [
      [["/"], "key_search"],
      [["."], "key_letters"],
      [["W"], "key_desk"],
      [["←", "→"], "key_view"],
      [["U"], "key_sound"],
      [["⇧M", "⇧B", "⇧W"], "key_windows"],
      [["⇧I"], "key_windowmenu"],
      [["R"], "key_reports"],
      [["L"], "key_lang"],
      [["T"], "key_theme"],
      [["P"], "key_autopilot"],
      [["⇧Q"], "key_out"],
      [["Esc"], "key_escape"],
      [["?"], "key_help"],
    ],
  ],
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
        <div class="keys">
          {SECTIONS.map(([title, lines]) => (
            <section key={title}>
              <h3>{t(title)}</h3>
              <dl>
                {lines.map(([keys, what]) => (
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
            </section>
          ))}
        </div>
      </div>
    </div>
  );
}
