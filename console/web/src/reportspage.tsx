// The reports' place on the page. Their code comes when somebody opens them: a desk starts without it.
import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { t } from "./texts";

type Page = () => JSX.Element;

export function ReportsPage(): JSX.Element {
  const [Shown, setShown] = useState<Page | null>(null);
  const [failed, setFailed] = useState(false);
  const fetch = (): void => {
    setFailed(false);
    import("./reports/page").then(
      (found) => setShown(() => found.default),
      () => setFailed(true),
    );
  };
  useEffect(fetch, []);
  if (Shown) return <Shown />;
  return (
    <main class="empty">
      {failed ? (
        <>
          <p>{t("paneFailed")}</p>
          <button type="button" onClick={fetch}>
            {t("tryAgain")}
          </button>
        </>
      ) : (
        t("loading")
      )}
    </main>
  );
}
