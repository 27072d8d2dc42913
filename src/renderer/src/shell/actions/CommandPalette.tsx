import { lazy, Suspense, useEffect } from "react";
import { create } from "zustand";
import { Boundary } from "../../ui/states/Boundary.tsx";

const usePalette = create<{ readonly wanted: boolean; readonly openings: number }>(() => ({
  wanted: false,
  openings: 0,
}));
const loadPalette = () => import("./PaletteDialog.tsx");
const PaletteDialog = lazy(async () => ({ default: (await loadPalette()).PaletteDialog }));
const settleMs = 1_500;

/** Opens the command palette, fetching it the first time. */
export function openPalette(): void {
  usePalette.setState(({ openings }) => ({ wanted: true, openings: openings + 1 }));
}

/** The palette is no part of the first bundle: it loads once the page has settled, or when it is asked for. */
export function CommandPalette() {
  const { wanted, openings } = usePalette();
  useEffect(() => {
    const timer = setTimeout(() => loadPalette().catch(() => undefined), settleMs);
    return () => clearTimeout(timer);
  }, []);
  if (!wanted) return null;
  return (
    <Boundary fallback={null}>
      <Suspense fallback={null}>
        <PaletteDialog openings={openings} />
      </Suspense>
    </Boundary>
  );
}
