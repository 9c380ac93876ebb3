// What stands in the panel when no call is chosen: the shift in figures, which is the map's legend, too.
import type { JSX } from "preact";
import { showCrews } from "./board";
import { stateText } from "./format";
import { Key } from "./keycap";
import { substationName } from "./names";
import { GroupMark } from "./parts";
import { queue, region, selectedUnit, units } from "./store";
import { t } from "./texts";
import { page } from "./ui";
import { UnitCard } from "./unitcard";
import { GROUP_OF, GROUPS, type StateGroup } from "./unitstyle";
import { UNIT_STATES } from "./views";

const NAMES: Record<StateGroup, () => string> = Object.fromEntries(
  GROUPS.map((group) => [
    group,
    () =>
      UNIT_STATES.filter((state) => GROUP_OF[state] === group)
        .map(stateText)
        .join(" · "),
  ]),
) as Record<StateGroup, () => string>;

export function Overview(): JSX.Element {
  const all = [...units.value.values()];
  const bases = [...new Set(all.map((unit) => unit.substation))].map((id) => {
    const own = all.filter((unit) => unit.substation === id && unit.duty !== "off");
    return { id, total: own.length, free: own.filter((unit) => unit.state === "free").length };
  });
  bases.sort((a, b) => substationName(a.id).localeCompare(substationName(b.id), undefined, { numeric: true }));
  const here = selectedUnit.value === null ? undefined : units.value.get(selectedUnit.value);
  const openCalls = queue.value.length;
  return (
    <section class="pane overview" aria-label={t("overview")}>
      <header class="panehead">
        <h2>{t(page.value === "past" ? "overviewThen" : "overview")}</h2>
      </header>
      {here && page.value !== "past" && <UnitCard key={here.id} unit={here} />}
      <div class="scroll">
        <table class="legend">
          <tbody>
            {GROUPS.map((group) => {
              const count = all.filter((unit) => GROUP_OF[unit.state] === group).length;
              return (
                <tr key={group}>
                  <td>
                    <GroupMark group={group} />
                  </td>
                  <th scope="row">{NAMES[group]()}</th>
                  <td class="num right">
                    <button type="button" class="link num" data-testid={`crews-${group}`} aria-label={`${NAMES[group]()}: ${count}`} onClick={() => showCrews(group)}>
                      {count}
                    </button>
                  </td>
                </tr>
              );
            })}
            <tr>
              <td>
                <GroupMark group="free" hollow />
              </td>
              <th scope="row" class="dim">
                {t("stale")}
              </th>
              <td />
            </tr>
          </tbody>
        </table>
        <h3>{t("freeByBase")}</h3>
        <table class="bases">
          <tbody>
            {bases.map((base) => (
              <tr key={base.id ?? ""}>
                <th scope="row">{substationName(base.id)}</th>
                <td class="share">
                  <span class="bar" aria-hidden="true">
                    <i style={{ width: `${base.total === 0 ? 0 : (100 * base.free) / base.total}%` }} />
                  </span>
                </td>
                <td class={`num right${base.free === 0 ? " warn" : ""}`}>
                  <button type="button" class="link num" aria-label={`${substationName(base.id)}: ${t("ofAll", { n: base.free, m: base.total })}`} onClick={() => showCrews("free", substationName(base.id))}>
                    {t("ofAll", { n: base.free, m: base.total })}
                  </button>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
        <p class="hintline dim">
          {openCalls > 0 ? (
            <>
              <Key>J</Key> <Key>K</Key> {t("key_move")}
            </>
          ) : (
            t("noCalls")
          )}
          {region.value ? (
            <>
              {" "}
              · <Key>?</Key> {t("keysTitle")} · <Key>.</Key> {t("lettersTitle")}
            </>
          ) : null}
        </p>
      </div>
    </section>
  );
}
