// A pane that fails must not take the others with it: it says so, and can be tried again.
import type { ComponentChildren, JSX } from "preact";
import { useErrorBoundary } from "preact/hooks";
import { t } from "./texts";

export function Safe({ children }: { children: ComponentChildren }): JSX.Element {
  const [error, again] = useErrorBoundary((thrown: unknown) => console.error("pane:", thrown));
  if (error === undefined || error === null) return <>{children}</>;
  return (
    <section class="pane">
      <p class="problem" role="alert" data-testid="pane-failed">
        {t("paneFailed")} {String(error)}
      </p>
      <p>
        <button type="button" onClick={again}>
          {t("tryAgain")}
        </button>
      </p>
    </section>
  );
}
