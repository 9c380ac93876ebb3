// The priority of a call that is written down, or told more of: three answers, by a digit.
import type { JSX } from "preact";
import { Choices } from "./choices";
import { priorityText } from "./format";
import { t } from "./texts";
import type { Priority } from "./views";

const PRIORITIES: readonly Priority[] = [1, 2, 3];

export function PriorityField({ priority, onPriority }: { priority: Priority | null; onPriority: (priority: Priority) => void }): JSX.Element {
  return (
    <div class="field">
      <span class="fieldname">{t("priority")}</span>
      <Choices
        label={t("priority")}
        options={PRIORITIES.map((each) => [each, priorityText(each)] as const)}
        value={priority}
        testId={(each) => `priority-${each}`}
        onChoose={onPriority}
      />
    </div>
  );
}
