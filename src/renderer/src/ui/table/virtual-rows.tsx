import { useVirtualizer } from "@tanstack/react-virtual";
import { type RefObject, useRef } from "react";

const rowPx = 32;

/** The rows of a long table that are in view, with the room above and below that the others would take. */
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

/** Room of rows that are not drawn. One cell only: spanning the columns would keep a hidden one's room. */
export function Spacer({ heightPx, className }: { readonly heightPx: number; readonly className: string | undefined }) {
  if (heightPx === 0) return null;
  return (
    <tr aria-hidden>
      <td className={className} style={{ height: heightPx }} />
    </tr>
  );
}
