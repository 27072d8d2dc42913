/** What of a keyboard event decides which shortcut it is. */
export type KeyPress = Pick<
  KeyboardEvent,
  "key" | "code" | "ctrlKey" | "metaKey" | "altKey" | "shiftKey" | "isComposing" | "keyCode" | "getModifierState"
>;

/**
 * Whether an event is the press of a shortcut such as `mod+K`, `alt+shift+ArrowUp` or `J`. A letter is the one that the
 * layout has there where that is Latin, and that of the physical key where it is not. Writing with an input method or with
 * AltGr is never a shortcut.
 */
export function isShortcut(keys: string, event: KeyPress, mac: boolean): boolean {
  if (isWriting(event, mac)) return false;
  const parts = keys.split("+");
  const key = parts.at(-1) ?? "";
  // Arabic and Persian layouts have a question mark of their own.
  if (key === "?") return /^[?؟]$/.test(event.key) && !event.ctrlKey && !event.metaKey && !event.altKey;
  const mod = parts.includes("mod");
  return (
    pressed(event).toLowerCase() === key.toLowerCase() &&
    event.ctrlKey === (mod && !mac) &&
    event.metaKey === (mod && mac) &&
    event.altKey === parts.includes("alt") &&
    event.shiftKey === parts.includes("shift")
  );
}

/** The key code 229 is an input method's, also where the event that ends a composition no longer says so. */
function isWriting(event: KeyPress, mac: boolean): boolean {
  return event.isComposing || event.keyCode === 229 || (!mac && event.getModifierState("AltGraph"));
}

/** With Alt a Mac types another character, and Cyrillic, Greek, Hebrew or Arabic letters are no shortcut's. */
function pressed({ key, code }: KeyPress): string {
  const printed = /^(?:Key|Digit)(.)$/.exec(code)?.[1];
  return printed === undefined || /^[a-z0-9]$/i.test(key) ? key : printed;
}
