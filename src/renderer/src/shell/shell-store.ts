import { create } from "zustand";
import { persist } from "zustand/middleware";

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

export function toggleInspector(): void {
  useInspector.setState(({ open }) => ({ open: !open }));
}
