import type { Refusal } from "@hcchat/client";
import { useEffect, useState } from "preact/hooks";
import type { OpenRoom } from "../store/openRoom.ts";
import { keptOf } from "./kept.ts";
import { asPicture, type Shown } from "./shown.ts";

export type PictureState =
  | { kind: "none" | "loading" | "unshown" }
  | { kind: "here"; url: string }
  | { kind: "failed"; refusal: Refusal };

/** The address of a picture while it is shown, once it is wanted. @param tries grows when somebody tries again */
export function usePicture(opened: OpenRoom, { message, file }: Shown, wanted: boolean, tries = 0): PictureState {
  const [state, setState] = useState<PictureState>({ kind: "none" });
  const { key } = message;
  useEffect(() => {
    if (!wanted) return;
    let url: string | undefined;
    let over = false;
    const settle = (next: PictureState) => {
      if (!over) setState(next);
    };
    const open = async () => {
      const result = await keptOf(opened).open(key, file);
      if (!result.ok) return settle({ kind: "failed", refusal: result.refusal });
      const picture = await asPicture(result.value);
      if (!picture || over) return settle({ kind: "unshown" });
      url = URL.createObjectURL(picture);
      settle({ kind: "here", url });
    };
    settle({ kind: "loading" });
    void open();
    return () => {
      over = true;
      setState({ kind: "none" });
      if (url) URL.revokeObjectURL(url);
    };
  }, [key, file.keyB64 || file.objectKey, wanted, tries]);
  return state;
}
