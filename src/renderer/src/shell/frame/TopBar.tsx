import { ActionIcon, Button, Tooltip } from "@mantine/core";
import { IconLayoutSidebar, IconLayoutSidebarRight, IconSearch } from "@tabler/icons-react";
import { create } from "zustand";
import { KeyHint } from "../../ui/text/KeyHint.tsx";
import { openPalette } from "../actions/CommandPalette.tsx";
import { allFeatures } from "../registry.ts";
import classes from "./Shell.module.css";
import { toggleInspector, useInspectorOpen, useSidePane } from "../shell-store.ts";
import { ToastBar } from "./ToastBar.tsx";
import { useDrawerInstead } from "../window-size.ts";

/** What the current screen adds to the top bar: the path within it, and whether it has an inspector. */
export const useTopBar = create<{ readonly crumbs: readonly string[]; readonly inspector: boolean }>(() => ({
  crumbs: [],
  inspector: false,
}));

export function TopBar({ title }: { readonly title: string }) {
  const { crumbs, inspector } = useTopBar();
  const open = useInspectorOpen();
  return (
    <header className={classes.top}>
      <SidePaneButton />
      <h1 className={classes.crumbs} aria-label={[title, ...crumbs].join(", ")} title={[title, ...crumbs].join(" / ")}>
        {[title, ...crumbs].map((crumb, depth) => (
          // The same title may stand at two depths.
          <span key={`${depth} ${crumb}`} className={classes.crumb}>
            <bdi>{crumb}</bdi>
          </span>
        ))}
      </h1>
      <ToastBar />
      <Button
        className={classes.commands ?? ""}
        variant="subtle"
        color="gray"
        leftSection={<IconSearch size={14} stroke={1.5} />}
        rightSection={<KeyHint keys="mod+K" />}
        onClick={openPalette}
      >
        Commands
      </Button>
      {allFeatures().map(({ TopBarItem }, index) => TopBarItem !== undefined && <TopBarItem key={index} />)}
      {inspector && (
        <Tooltip label={open ? "Close inspector" : "Open inspector"}>
          <ActionIcon
            variant="subtle"
            color="gray"
            aria-label="Inspector"
            aria-pressed={open}
            onClick={toggleInspector}
          >
            <IconLayoutSidebarRight size={18} stroke={1.5} />
          </ActionIcon>
        </Tooltip>
      )}
    </header>
  );
}

/** Opens the list of the screen where it is a drawer. */
function SidePaneButton() {
  const { label, open } = useSidePane();
  const drawer = useDrawerInstead("list");
  if (!drawer || label === null) return null;
  return (
    <Tooltip label={label}>
      <ActionIcon
        variant="subtle"
        color="gray"
        aria-label={label}
        aria-expanded={open}
        onClick={() => useSidePane.setState({ open: true })}
      >
        <IconLayoutSidebar size={18} stroke={1.5} />
      </ActionIcon>
    </Tooltip>
  );
}
