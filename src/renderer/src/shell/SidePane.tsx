import { Drawer } from "@mantine/core";
import { type ReactNode, useEffect } from "react";
import classes from "./SidePane.module.css";
import { useRoute } from "./route.ts";
import { useSidePane } from "./shell-store.ts";
import { useDrawerInstead } from "./window-size.ts";

interface SidePaneProps {
  /** Of the button in the top bar that opens it where the window is small. */
  readonly label: string;
  readonly children: ReactNode;
}

/** The list on the left of a screen; in a small window a drawer, which closes once something is chosen in it. */
export function SidePane({ label, children }: SidePaneProps) {
  const drawer = useDrawerInstead("list");
  const { open } = useSidePane();
  const { screen, ids } = useRoute();
  const location = [screen, ...ids].join("/");
  useEffect(() => {
    useSidePane.setState({ label, open: false });
    return () => useSidePane.setState({ label: null, open: false });
  }, [label]);
  useEffect(() => useSidePane.setState({ open: false }), [location, drawer]);
  if (!drawer) return children;
  return (
    <Drawer.Root
      opened={open}
      onClose={() => useSidePane.setState({ open: false })}
      position="left"
      size={400}
      padding={0}
    >
      <Drawer.Overlay />
      <Drawer.Content aria-label={label}>
        <Drawer.Header>
          <Drawer.Title className={classes.title ?? ""}>{label}</Drawer.Title>
          <Drawer.CloseButton aria-label={`Close ${label.toLowerCase()}`} />
        </Drawer.Header>
        <Drawer.Body className={classes.list ?? ""}>{children}</Drawer.Body>
      </Drawer.Content>
    </Drawer.Root>
  );
}
