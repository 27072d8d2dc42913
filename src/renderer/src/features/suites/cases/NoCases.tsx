import { Anchor, Button } from "@mantine/core";
import { IconTestPipe } from "@tabler/icons-react";
import { hrefOf } from "../../../shell/route.ts";
import { EmptyState } from "../../../ui/states/EmptyState.tsx";

export function NoCases({ onAdd }: { readonly onAdd: () => void }) {
  return (
    <EmptyState
      icon={<IconTestPipe size={22} stroke={1.5} />}
      title="No case in this suite yet"
      action={
        <Button variant="default" onClick={onAdd}>
          Add a case
        </Button>
      }
    >
      A case is a prompt with what its answer has to be. Write one here, or save one from{" "}
      <Anchor href={hrefOf("playground")} size="sm" underline="always">
        what you tried
      </Anchor>
      .
    </EmptyState>
  );
}
