import "./trusted.ts"; // first: the one policy name is taken before anything else runs
import { effect } from "@preact/signals";
import { render } from "preact";
import { startLogin } from "./login/methods.ts";
import { followRoute, guardUnsent } from "./store/session.ts";
import { startRouting } from "./store/route.ts";
import { startSettings } from "./store/settings.ts";
import { App, prefetchRoom } from "./ui/App.tsx";
import "./ui/base.css";
import "./ui/controls.css";
import "./ui/Sheet.css";

// The secret leaves the address bar before anything else happens.
startRouting();
await Promise.all([startSettings(), startLogin()]);
effect(followRoute);
guardUnsent();
render(<App />, document.getElementById("app")!);
prefetchRoom();
