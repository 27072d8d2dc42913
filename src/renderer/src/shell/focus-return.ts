const maxRemembered = 30;

/**
 * Whatever takes the focused element away (a dialog that closes, a row that is removed), focus goes back to where it was before, else to the
 * screen; never to the page's body, where the keyboard is lost. Returns the way to stop.
 */
export function returnLostFocus(): () => void {
  let focused: HTMLElement[] = [];
  const remember = ({ target }: FocusEvent): void => {
    if (!(target instanceof HTMLElement)) return;
    focused = [target, ...focused.filter((each) => each !== target && each.isConnected)].slice(0, maxRemembered);
  };
  let due: number | undefined;
  // After the change has been painted: whoever took the element away may move focus itself.
  const look = (): void => {
    const [last] = focused;
    if (last === undefined || last.isConnected || due !== undefined) return;
    due = requestAnimationFrame(() => {
      due = undefined;
      if (document.activeElement !== document.body) return;
      const back = focused.find((each) => each.isConnected && each.checkVisibility({ visibilityProperty: true }));
      (back ?? document.querySelector("main"))?.focus({ preventScroll: true });
    });
  };
  const observer = new MutationObserver(look);
  document.addEventListener("focusin", remember);
  observer.observe(document.body, { childList: true, subtree: true });
  return () => {
    document.removeEventListener("focusin", remember);
    observer.disconnect();
    if (due !== undefined) cancelAnimationFrame(due);
  };
}
