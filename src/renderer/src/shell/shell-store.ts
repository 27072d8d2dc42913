import { create } from "zustand";
import { persist } from "zustand/middleware";
import { isDrawerInstead, useDrawerInstead } from "./window-size.ts";

export type SaveState =
  | { readonly kind: "none" }
  | { readonly kind: "saving" }
  | { readonly kind: "saved"; readonly atMs: number }
  | { readonly kind: "failed"; readonly message: string };

interface ShellState {
  readonly helpOpen: boolean;
  readonly settingsOpen: boolean;
  /** Of the text being edited, for the status bar. */
  readonly save: SaveState;
}

export const useShell = create<ShellState>(() => ({ helpOpen: false, settingsOpen: false, save: { kind: "none" } }));

interface InspectorState {
  readonly open: boolean;
  readonly widthPx: number;
}

/** The inspector remembers whether it is open and how wide it is. */
export const useInspector = create<InspectorState>()(
  persist((): InspectorState => ({ open: true, widthPx: 288 }), { name: "taleward.inspector" }),
);

/** The inspector where it is a drawer: closed until somebody opens it, whatever it was in a wider window. */
export const useInspectorDrawer = create<{ readonly open: boolean }>(() => ({ open: false }));

/** The list on a screen's left, for the button that opens it where it is a drawer; without a label there is none. */
export const useSidePane = create<{ readonly label: string | null; readonly open: boolean }>(() => ({
  label: null,
  open: false,
}));

/** Whether the inspector is on screen. */
export function useInspectorOpen(): boolean {
  const { open } = useInspector();
  const drawer = useInspectorDrawer();
  return useDrawerInstead("inspector") ? drawer.open : open;
}

export function toggleInspector(): void {
  if (isDrawerInstead("inspector")) useInspectorDrawer.setState(({ open }) => ({ open: !open }));
  else useInspector.setState(({ open }) => ({ open: !open }));
}

/** Shows what was just chosen. */
export function openInspector(): void {
  if (isDrawerInstead("inspector")) useInspectorDrawer.setState({ open: true });
  else useInspector.setState({ open: true });
}
