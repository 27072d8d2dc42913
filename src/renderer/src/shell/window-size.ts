import { useMediaQuery } from "@mantine/hooks";

/** As in the style sheets: below it an inspector is a drawer. In CSS px, so that zooming in counts as a smaller window. */
const inspectorPx = 1_100;
/** Below it a list beside the work is a drawer too, and what stands side by side is stacked. */
const listPx = 900;

/** Whether the window has no room for a pane of that side beside the work, which is a drawer then. */
export function useDrawerInstead(side: "list" | "inspector"): boolean {
  return useMediaQuery(queryFor(side), undefined, { getInitialValueInEffect: false });
}

export function isDrawerInstead(side: "list" | "inspector"): boolean {
  return window.matchMedia(queryFor(side)).matches;
}

function queryFor(side: "list" | "inspector"): string {
  return `(max-width: ${side === "list" ? listPx : inspectorPx}px)`;
}
