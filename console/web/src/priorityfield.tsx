// The priority of a new call: the reason's own, until somebody presses another.
import type { JSX } from "preact";
import { priorityText } from "./format";
import { t } from "./texts";
import type { Priority } from "./views";

const PRIORITIES: readonly Priority[] = [1, 2, 3];

export function PriorityField({ priority, onPriority }: { priority: Priority | null; onPriority: (priority: Priority) => void }): JSX.Element {
  return (
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
            onClick={() => onPriority(each)}
          >
            <b class="num">{each}</b> {priorityText(each)}
          </button>
        ))}
      </div>
    </div>
  );
}
