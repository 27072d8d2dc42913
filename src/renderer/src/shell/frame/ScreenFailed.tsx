import { Button } from "@mantine/core";
import { IconPlugConnectedX } from "@tabler/icons-react";
import { useConnection } from "../../api/connection-state.ts";
import { EmptyState } from "../../ui/states/EmptyState.tsx";

/** Shown instead of a screen that broke or could not be fetched. Unsaved text is kept as long as the page is not loaded anew. */
export function ScreenFailed({ title }: { readonly title: string }) {
  const away = useConnection(({ state }) => state !== "open");
  return (
    <div role="alert">
      <EmptyState
        icon={<IconPlugConnectedX size={22} stroke={1.5} />}
        title={`${title} could not be shown`}
        action={
          <Button variant="default" disabled={away} onClick={() => location.reload()}>
            Load the page anew
          </Button>
        }
      >
        {away
          ? "Taleward's backend is away. Once it is back, what you typed is saved and the page can be loaded anew."
          : "Something went wrong on Taleward's side. What you typed is saved; load the page anew to go on."}
      </EmptyState>
    </div>
  );
}
