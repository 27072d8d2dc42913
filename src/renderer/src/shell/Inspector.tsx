import { ActionIcon, Drawer } from "@mantine/core";
import { IconX } from "@tabler/icons-react";
import { type KeyboardEvent, type PointerEvent, type ReactNode, useEffect } from "react";
import classes from "./Inspector.module.css";
import { toggleInspector, useInspector, useInspectorDrawer, useInspectorOpen } from "./shell-store.ts";
import { useDrawerInstead } from "./window-size.ts";

const narrowestPx = 240;
const widestPx = 560;
const stepPx = 16;

/** What belongs to the selected thing, on the right; can be closed and keeps its width. In a small window it is a drawer. */
export function Inspector({ title, children }: { readonly title: string; readonly children: ReactNode }) {
  const { widthPx } = useInspector();
  const open = useInspectorOpen();
  const drawer = useDrawerInstead("inspector");
  useEffect(() => () => useInspectorDrawer.setState({ open: false }), [drawer]);
  if (drawer) {
    return (
      <Drawer.Root opened={open} onClose={toggleInspector} position="right" size={400} padding={0}>
        <Drawer.Overlay />
        <Drawer.Content aria-label={title}>
          <aside className={classes.drawer} aria-label="Inspector">
            <Head title={title} />
            <Body title={title}>{children}</Body>
          </aside>
        </Drawer.Content>
      </Drawer.Root>
    );
  }
  if (!open) return null;
  return (
    <aside className={classes.inspector} aria-label="Inspector" style={{ width: widthPx }}>
      <div
        className={classes.handle}
        role="separator"
        aria-orientation="vertical"
        aria-label="Inspector width"
        aria-valuenow={widthPx}
        aria-valuemin={narrowestPx}
        aria-valuemax={widestPx}
        tabIndex={0}
        onPointerDown={startResize}
        onKeyDown={resizeByKey}
      />
      <Head title={title} />
      <Body title={title}>{children}</Body>
    </aside>
  );
}

function Head({ title }: { readonly title: string }) {
  return (
    <header className={classes.header}>
      <h2 className={classes.title}>{title}</h2>
      <ActionIcon variant="subtle" color="gray" aria-label="Close inspector" onClick={toggleInspector}>
        <IconX size={16} stroke={1.5} />
      </ActionIcon>
    </header>
  );
}

/** Focusable, so that a keyboard can scroll it. */
function Body({ title, children }: { readonly title: string; readonly children: ReactNode }) {
  return (
    <div className={classes.body} tabIndex={0} role="group" aria-label={title}>
      {children}
    </div>
  );
}

function startResize(event: PointerEvent<HTMLElement>): void {
  const handle = event.currentTarget;
  const fromPx = event.clientX;
  const { widthPx } = useInspector.getState();
  handle.setPointerCapture(event.pointerId);
  const move = (moved: globalThis.PointerEvent): void => setWidth(widthPx + fromPx - moved.clientX);
  handle.addEventListener("pointermove", move);
  handle.addEventListener("lostpointercapture", () => handle.removeEventListener("pointermove", move), { once: true });
}

function resizeByKey(event: KeyboardEvent): void {
  const { widthPx } = useInspector.getState();
  if (event.key === "ArrowLeft") setWidth(widthPx + stepPx);
  if (event.key === "ArrowRight") setWidth(widthPx - stepPx);
}

function setWidth(widthPx: number): void {
  useInspector.setState({ widthPx: Math.min(widestPx, Math.max(narrowestPx, Math.round(widthPx))) });
}
