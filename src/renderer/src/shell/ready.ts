import { useEffect } from "react";

/** Marks the page as usable once its first screen has what it needs; it stays marked from then on. */
export function useReady(settled: boolean): void {
  useEffect(() => {
    const root = document.getElementById("root");
    if (settled && root !== null) root.dataset.ready = "true";
  }, [settled]);
}
