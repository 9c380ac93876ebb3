// Signing in: a name and a password, or a hint when a one-time link no longer serves.
import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { api, Refusal } from "./api";
import { words } from "./refusals";
import { lang, switchLang, switchTheme, theme } from "./settings";
import { session } from "./store";
import { t } from "./texts";

export function SignIn(): JSX.Element {
  const [user, setUser] = useState("");
  const [password, setPassword] = useState("");
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const first = useRef<HTMLInputElement>(null);
  const expired = new URLSearchParams(location.search).get("link") === "expired";
  useEffect(() => first.current?.focus(), []);

  const submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    setBusy(true);
    setProblem(null);
    try {
      const who = await api.signIn(user.trim(), password);
      if (expired) history.replaceState(null, "", `/${location.hash}`);
      session.value = who;
    } catch (error) {
      setProblem(error instanceof Refusal && error.status === 401 ? t("signInWrong") : words(error));
      setBusy(false);
    }
  };

  return (
    <main class="signin">
      <form onSubmit={(event) => void submit(event)}>
        <h1>
          <svg viewBox="0 0 16 16" aria-hidden="true" class="logo">
            <path d="M6 1h4v5h5v4h-5v5H6v-5H1V6h5z" />
          </svg>
          {t("product")}
        </h1>
        <p class="dim">{t("tagline")}</p>
        {expired && (
          <p class="hint" role="status" data-testid="banner">
            {t("linkExpired")}
          </p>
        )}
        <label>
          {t("user")}
          <input
            ref={first}
            data-testid="sign-in-user"
            name="username"
            autocomplete="username"
            required
            value={user}
            onInput={(event) => setUser(event.currentTarget.value)}
          />
        </label>
        <label>
          {t("password")}
          <input
            data-testid="sign-in-password"
            type="password"
            name="password"
            autocomplete="current-password"
            required
            value={password}
            onInput={(event) => setPassword(event.currentTarget.value)}
          />
        </label>
        {problem && (
          <p class="problem" role="alert" data-testid="sign-in-problem">
            {problem}
          </p>
        )}
        <button type="submit" class="primary" data-testid="sign-in-submit" disabled={busy}>
          {t("signIn")}
        </button>
        <p class="row">
          <button type="button" class="quiet" data-testid="lang-switch" onClick={switchLang}>
            {lang.value === "ru" ? "English" : "Русский"}
          </button>
          <button type="button" class="quiet" data-testid="theme-switch" aria-label={t("theme")} onClick={switchTheme}>
            {theme.value === "dark" ? "☀︎" : "☾"}
          </button>
        </p>
      </form>
    </main>
  );
}
