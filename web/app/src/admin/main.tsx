import { effect } from "@preact/signals";
import { render } from "preact";
import { startLogin } from "../login/methods.ts";
import { startSettings } from "../store/settings.ts";
import { AdminPage } from "./AdminPage.tsx";
import { startOperator } from "./operator.ts";
import { startAdminTexts, text } from "./text.ts";
import "../ui/base.css";
import "../ui/controls.css";
import "./admin.css";

await Promise.all([startSettings(), startLogin()]);
await startAdminTexts();
effect(() => void (document.title = `${text.value.title} · HCChat`));
render(<AdminPage />, document.getElementById("app")!);
await startOperator();
