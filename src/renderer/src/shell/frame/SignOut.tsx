import { Button, Text } from "@mantine/core";
import { useState } from "react";
import { signOutEverywhere } from "../../api/page-key.ts";

/** Shuts out every browser that was ever let in, this one too. */
export function SignOut() {
  const [problem, setProblem] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const signOut = async (): Promise<void> => {
    setBusy(true);
    setProblem(await signOutEverywhere());
    setBusy(false);
  };
  return (
    <div>
      <Button variant="default" size="xs" loading={busy} onClick={() => void signOut()}>
        Sign out everywhere
      </Button>
      <Text size="xs" c="var(--tw-muted)" mt={4}>
        Every browser that was let in, this one too, needs a fresh link afterwards: start Taleward again on this folder.
      </Text>
      {problem !== null && (
        <Text size="xs" c="var(--tw-critical)" role="alert">
          {problem}
        </Text>
      )}
    </div>
  );
}
