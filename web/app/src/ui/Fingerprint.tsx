import { useEffect, useState } from "preact/hooks";
import { fingerprint, type IdentityKey, inGroups } from "@hcchat/client";

/** A key's short name, for reading aloud. */
export function Fingerprint({ label, of }: { label: string; of: IdentityKey }) {
  const [shown, setShown] = useState("");
  useEffect(() => {
    let current = true;
    void fingerprint(of).then((short) => current && setShown(inGroups(short)));
    return () => void (current = false);
  }, [of]);
  return (
    <section class="code">
      <h3>{label}</h3>
      <p class="code-text fingerprint">{shown}</p>
    </section>
  );
}
