import { useVirtualizer } from "@tanstack/react-virtual";
import { type RefObject, useRef } from "react";

const rowPx = 32;

/** The rows of a long table that are in view, with spacers above and below as high as the others. */
export function useVirtualRows(count: number, overscan: number) {
  const scroller: RefObject<HTMLDivElement | null> = useRef(null);
  const virtual = useVirtualizer({
    count,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowPx,
    overscan,
    // The header row is in the way of the first one.
    scrollPaddingStart: rowPx,
  });
  const drawn = virtual.getVirtualItems();
  return {
    scroller,
    virtual,
    drawn,
    last: drawn.at(-1)?.index ?? 0,
    abovePx: drawn[0]?.start ?? 0,
    belowPx: virtual.getTotalSize() - (drawn.at(-1)?.end ?? 0),
  };
}

/** A spacer for rows that are not drawn. One cell only: spanning the columns would keep a hidden one's width. */
export function Spacer({ heightPx, className }: { readonly heightPx: number; readonly className: string | undefined }) {
  if (heightPx === 0) return null;
  return (
    <tr aria-hidden>
      <td className={className} style={{ height: heightPx }} />
    </tr>
  );
}
