import classes from "./key-hint.module.css";

const mac = /Mac|iPhone|iPad/.test(navigator.userAgent);

/** A shortcut as its keys: "mod+Enter" reads "Ctrl Enter", or "⌘ Enter" on a Mac. */
export function KeyHint({ keys }: { readonly keys: string }) {
  return (
    <kbd className={classes.keys} aria-hidden>
      {keyWords(keys)}
    </kbd>
  );
}

export function keyWords(keys: string): string {
  return keys
    .split("+")
    .map((key) => words[key] ?? (key.length === 1 ? key.toUpperCase() : key))
    .join(" ");
}

const words: Record<string, string> = {
  mod: mac ? "⌘" : "Ctrl",
  shift: "Shift",
  alt: mac ? "⌥" : "Alt",
  Escape: "Esc",
  ArrowUp: "↑",
  ArrowDown: "↓",
};
