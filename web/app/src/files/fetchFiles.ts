import { startFilesTexts } from "../store/filesText.ts";
import { refetching } from "../ui/lazy.tsx";

const fetchCode = refetching(() => import("./files.ts"));

/** Fetches what files need: when one is attached, or a message with some is in view. */
export async function fetchFiles(): Promise<Awaited<ReturnType<typeof fetchCode>>> {
  const [code] = await Promise.all([fetchCode(), startFilesTexts()]);
  return code;
}
