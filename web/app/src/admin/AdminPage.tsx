import { language, locale } from "../store/settings.ts";
import { Icon } from "../ui/Icon.tsx";
import { Console } from "./Console.tsx";
import { LoginPanel } from "./LoginPanel.tsx";
import { logOut, operator } from "./operator.ts";
import { text } from "./text.ts";

/** What operators see: the login, then the console. */
export function AdminPage() {
  const t = text.value;
  const who = operator.value;
  return (
    <div class="admin">
      <header class="admin-head">
        <h1>
          <img src="./icon.svg" alt="" width="28" height="28" />
          {t.title}
        </h1>
        <div class="admin-who">
          {who.kind === "operator" && (
            <>
              <span>
                {t.loggedInAs} <strong dir="auto">{who.name}</strong>
              </span>
              <button type="button" class="quiet-button" onClick={() => void logOut()}>
                <Icon name="leave" />
                {t.logOut}
              </button>
            </>
          )}
          <button
            type="button"
            class="quiet-button"
            lang={locale.value === "zh" ? "en" : "zh-CN"}
            onClick={() => (language.value = locale.value === "zh" ? "en" : "zh")}
          >
            {locale.value === "zh" ? "English" : "简体中文"}
          </button>
        </div>
      </header>
      {who.kind === "operator" ? <Console /> : <LoginPanel who={who} />}
    </div>
  );
}
