import { lazy, refetching } from "../ui/lazy.tsx";

const fetchCode = refetching(() => import("./loggingIn.ts"));

async function fetchLogin(): Promise<Awaited<ReturnType<typeof fetchCode>>> {
  const [code, texts] = await Promise.all([fetchCode(), import("./text.ts")]);
  await texts.startLoginTexts();
  return code;
}

export const LoginPage = lazy(() => fetchLogin().then((m) => m.LoginPage));
export const Who = lazy(() => fetchLogin().then((m) => m.Who));
