const depth = 4;

/** Text that has no room is shown whole as a title once the pointer or the focus is on it. Returns the way to stop. */
export function titleCutText(): () => void {
  const look = ({ target }: Event): void => {
    let element = target instanceof HTMLElement ? target : null;
    for (let up = 0; element !== null && up < depth; up += 1, element = element.parentElement) {
      const own = element.dataset["cut"] !== undefined;
      if (isCut(element)) {
        if (!own && element.closest("[title]") !== null) return;
        element.dataset["cut"] = "";
        element.title = textOf(element);
        return;
      }
      if (own) {
        delete element.dataset["cut"];
        element.removeAttribute("title");
      }
    }
  };
  document.addEventListener("pointerover", look);
  document.addEventListener("focusin", look);
  return () => {
    document.removeEventListener("pointerover", look);
    document.removeEventListener("focusin", look);
  };
}

/** Cut in its width by an ellipsis, or in its lines. */
function isCut(element: HTMLElement): boolean {
  const wide = element.scrollWidth > element.clientWidth + 1;
  const high = element.scrollHeight > element.clientHeight + 1;
  if (!wide && !high) return false;
  if (isChoice(element)) return wide;
  const { overflowX, textOverflow, webkitLineClamp } = getComputedStyle(element);
  return (wide && textOverflow === "ellipsis" && overflowX !== "visible") || (high && webkitLineClamp !== "none");
}

/** The field of a select, which cannot be scrolled to what its value ends with. */
function isChoice(element: HTMLElement): element is HTMLInputElement {
  return element instanceof HTMLInputElement && element.getAttribute("role") === "combobox";
}

function textOf(element: HTMLElement): string {
  return isChoice(element) ? element.value || element.placeholder : element.textContent.trim();
}
