import { ActionIcon } from "@mantine/core";
import { IconX } from "@tabler/icons-react";
import type { KeyboardEvent, PointerEvent, ReactNode } from "react";
import classes from "./Inspector.module.css";
import { toggleInspector, useInspector } from "./shell-store.ts";

const narrowestPx = 240;
const widestPx = 560;
const stepPx = 16;

/** What belongs to the selected thing, on the right; can be closed and keeps its width. */
export function Inspector({ title, children }: { readonly title: string; readonly children: ReactNode }) {
  const { open, widthPx } = useInspector();
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
      <header className={classes.header}>
        <h2 className={classes.title}>{title}</h2>
        <ActionIcon variant="subtle" color="gray" aria-label="Close inspector" onClick={toggleInspector}>
          <IconX size={16} stroke={1.5} />
        </ActionIcon>
      </header>
      {/* Focusable, so that a keyboard can scroll it. */}
      <div className={classes.body} tabIndex={0} role="group" aria-label={title}>
        {children}
      </div>
    </aside>
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
