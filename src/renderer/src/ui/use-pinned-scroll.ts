import { useCallback, useRef } from "react";

const nearPx = 32;

/** Keeps the scroll where the reader put it, except at the very end, where it stays at the end as text arrives. */
export function usePinnedScroll(pinnedAtFirst = false) {
  const view = useRef<HTMLDivElement | null>(null);
  const pinned = useRef(pinnedAtFirst);

  const scroller = useCallback((element: HTMLDivElement | null) => {
    view.current = element;
    if (element === null) return undefined;
    const read = (): void => {
      pinned.current = element.scrollHeight - element.scrollTop - element.clientHeight < nearPx;
    };
    element.addEventListener("scroll", read, { passive: true });
    return () => element.removeEventListener("scroll", read);
  }, []);

  const content = useCallback((element: HTMLDivElement | null) => {
    if (element === null) return undefined;
    const observer = new ResizeObserver(() => {
      if (pinned.current && view.current !== null) view.current.scrollTop = view.current.scrollHeight;
    });
    observer.observe(element);
    return () => observer.disconnect();
  }, []);

  const toEnd = useCallback(() => {
    pinned.current = true;
    requestAnimationFrame(() => view.current?.scrollTo({ top: view.current.scrollHeight }));
  }, []);

  return { scroller, content, toEnd };
}
