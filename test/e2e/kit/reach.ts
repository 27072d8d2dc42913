import type { Page } from "@playwright/test";

/**
 * What of the screen as it stands cannot be reached or read, one sentence each: a control that no scrolling brings into the window, that lies
 * under something else or that a box cuts off; a text that is cut and names itself nowhere; two texts or two buttons printed over each other.
 * Where a dialog is open, it is about the dialog.
 */
export async function unreachable(page: Page): Promise<readonly string[]> {
  // A size that was just set, and what a transition moves, have to settle.
  await page.evaluate(async () => {
    await new Promise(requestAnimationFrame);
    // One that is held up, or a caret that blinks for ever, is not waited for.
    const moves = ({ effect, playState }: Animation): boolean =>
      playState === "running" && Number.isFinite(effect?.getComputedTiming().endTime ?? 0);
    for (let frame = 0; frame < 120 && document.getAnimations().some(moves); frame += 1)
      await new Promise(requestAnimationFrame);
    await new Promise(requestAnimationFrame);
  });
  return await page.evaluate(problemsInPage);
}

/** Runs in the page, so it refers to nothing outside itself. */
function problemsInPage(): string[] {
  const selector =
    'button, a[href], input, textarea, select, summary, [role="separator"][tabindex], [contenteditable="true"], [role="tab"], [role="menuitem"], [role="option"]';
  const problems = new Set<string>();
  const dialogs = [...document.querySelectorAll('[role="dialog"]')].filter((dialog) => dialog.checkVisibility());
  const root = dialogs.at(-1) ?? document.body;

  const nameOf = (element: Element): string => {
    const name =
      element.getAttribute("aria-label") ?? element.textContent?.trim() ?? element.getAttribute("placeholder") ?? "";
    const near = element.id === "" ? "" : (document.querySelector(`label[for="${element.id}"]`)?.textContent ?? "");
    return `${element.tagName.toLowerCase()} “${(name === "" ? near : name).slice(0, 60)}”`;
  };
  const shown = (element: Element): boolean => {
    if (!element.checkVisibility({ visibilityProperty: true, contentVisibilityAuto: false })) return false;
    if (element.closest('[inert], [aria-hidden="true"]') !== null) return false;
    const { width, height } = element.getBoundingClientRect();
    return width > 1 && height > 1;
  };
  /** What a pointer goes for: the label of a box that is drawn by its label. */
  const targetOf = (control: Element): Element => {
    if (!(control instanceof HTMLInputElement) || getComputedStyle(control).opacity !== "0") return control;
    return control.labels?.[0] ?? control;
  };
  const ancestors = (element: Element): Element[] => {
    const all: Element[] = [];
    for (let up = element.parentElement; up !== null; up = up.parentElement) all.push(up);
    return all;
  };
  const boxOf = (element: Element): DOMRect =>
    getComputedStyle(element).display === "inline"
      ? (element.getClientRects()[0] ?? element.getBoundingClientRect())
      : element.getBoundingClientRect();

  /** Scrolls as a person can: a box that only hides what is too much for it stays where it is. */
  const bring = (element: Element): void => {
    const stiff = ancestors(element)
      .filter((up) => /hidden|clip/.test(getComputedStyle(up).overflow))
      .map((up) => ({ up, left: up.scrollLeft, top: up.scrollTop }));
    element.scrollIntoView({ block: "center", inline: "center", behavior: "instant" });
    for (const { up, left, top } of stiff) {
      const { overflowX, overflowY } = getComputedStyle(up);
      if (/hidden|clip/.test(overflowX)) up.scrollLeft = left;
      if (/hidden|clip/.test(overflowY)) up.scrollTop = top;
    }
  };
  const isItself = (target: Element, control: Element, hit: Element): boolean =>
    target.contains(hit) ||
    hit === control ||
    (control.id !== "" && hit.closest(`label[for="${control.id}"]`) !== null);

  const controls = [...root.querySelectorAll(selector)].filter(
    (control) => shown(targetOf(control)) && !control.matches(":disabled, [data-disabled]"),
  );
  for (const control of controls) {
    const target = targetOf(control);
    bring(target);
    const box = boxOf(target);
    const inset = Math.min(4, box.width / 4);
    const y = box.top + Math.min(box.height / 2, 40);
    for (const x of [box.left + inset, box.left + box.width / 2, box.right - inset]) {
      if (x < 0 || x > innerWidth || y < 0 || y > innerHeight) {
        problems.add(`${nameOf(control)} cannot be scrolled into the window`);
        break;
      }
      const hit = document.elementFromPoint(x, y);
      if (hit !== null && isItself(target, control, hit)) continue;
      // What lies on it and belongs to it: the mark in a field, its label.
      if (hit !== null && control instanceof HTMLInputElement && hit.closest("[data-position], label") !== null)
        continue;
      problems.add(`${nameOf(control)} is covered or cut off by ${hit === null ? "nothing" : nameOf(hit)}`);
      break;
    }
    const { overflowY } = getComputedStyle(control);
    if (
      control instanceof HTMLButtonElement &&
      overflowY === "hidden" &&
      control.scrollHeight > control.clientHeight + 3
    )
      problems.add(`${nameOf(control)} is too low for its words`);
  }

  const cut = (element: Element): boolean =>
    element.scrollWidth > element.clientWidth + 1 && getComputedStyle(element).overflowX !== "visible";
  for (const element of root.querySelectorAll("*")) {
    const { textOverflow, overflowX } = getComputedStyle(element);
    const field = element instanceof HTMLInputElement && element.getAttribute("role") === "combobox";
    if (!(textOverflow === "ellipsis" || overflowX === "hidden" || field) || !shown(element) || !cut(element)) continue;
    if (!field && (element.textContent ?? "").trim() === "") continue;
    if (textOverflow !== "ellipsis" && !field && element.children.length > 3) continue;
    element.dispatchEvent(new PointerEvent("pointerover", { bubbles: true }));
    if (element.closest("[title]") === null)
      problems.add(`the text of ${nameOf(element)} is cut and stands nowhere whole`);
  }

  for (const scrolled of document.querySelectorAll("*")) if (scrolled.scrollTop > 0) scrolled.scrollTop = 0;
  const clipped = (element: Element, box: DOMRect): DOMRect => {
    let { left, top, right, bottom } = box;
    for (const up of [element, ...ancestors(element)]) {
      if (getComputedStyle(up).overflow === "visible") continue;
      const edge = up.getBoundingClientRect();
      [left, top] = [Math.max(left, edge.left), Math.max(top, edge.top)];
      [right, bottom] = [Math.min(right, edge.right), Math.min(bottom, edge.bottom)];
    }
    return new DOMRect(left, top, Math.max(0, right - left), Math.max(0, bottom - top));
  };
  const printed: { readonly element: Element; readonly box: DOMRect }[] = [];
  for (const element of root.querySelectorAll("*")) {
    const texts = [...element.childNodes].filter((node) => node.nodeType === 3 && node.textContent?.trim() !== "");
    if (texts.length === 0 || !shown(element)) continue;
    for (const text of texts) {
      const range = document.createRange();
      range.selectNodeContents(text);
      for (const line of range.getClientRects()) {
        const box = clipped(element, line);
        const hit = document.elementFromPoint(box.left + box.width / 2, box.top + box.height / 2);
        if (box.width > 3 && box.height > 3 && hit !== null && (element.contains(hit) || hit.contains(element)))
          printed.push({ element, box });
      }
    }
  }
  // What lies under a foot that stays is scrolled from under it.
  const buttons = controls
    .filter((control) => control.matches("button, a[href], [role=tab]") && shown(control))
    .map((element) => ({ element, box: clipped(element, boxOf(element)) }))
    .filter(({ element, box }) =>
      element.contains(document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2)),
    );
  for (const [kind, boxes] of [
    ["text", printed],
    ["button", buttons],
  ] as const) {
    boxes.forEach((one, index) => {
      for (const other of boxes.slice(index + 1)) {
        if (one.element.contains(other.element) || other.element.contains(one.element)) continue;
        const wide = Math.min(one.box.right, other.box.right) - Math.max(one.box.left, other.box.left);
        const high = Math.min(one.box.bottom, other.box.bottom) - Math.max(one.box.top, other.box.top);
        if (wide > 3 && high > 4)
          problems.add(`${kind}s overprint: ${nameOf(one.element)} and ${nameOf(other.element)}`);
      }
    });
  }
  return [...problems];
}
