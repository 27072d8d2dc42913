import type { ContextMenuParams, MenuItemConstructorOptions } from "electron";

type ClickedText = Pick<
  ContextMenuParams,
  "isEditable" | "selectionText" | "misspelledWord" | "dictionarySuggestions" | "editFlags"
>;

/** A language that words can be checked in. */
export interface SpellingLanguage {
  readonly code: string;
  /** In the language of this desktop. */
  readonly name: string;
  readonly chosen: boolean;
  /** Its dictionary could not be downloaded, so that nothing is checked in it. */
  readonly missing: boolean;
}

interface TextMenuActions {
  readonly replace: (word: string) => void;
  readonly learn: (word: string) => void;
  /** Empty where the system decides what is checked, as on a Mac. */
  readonly languages: readonly SpellingLanguage[];
  readonly choose: (code: string, chosen: boolean) => void;
}

const separator: MenuItemConstructorOptions = { type: "separator" };

/** The menu of text that was clicked: suggestions for a misspelt word, the clipboard, and the languages; empty elsewhere. */
export function textMenu(clicked: ClickedText, actions: TextMenuActions): MenuItemConstructorOptions[] {
  const { isEditable, selectionText, editFlags } = clicked;
  if (!isEditable) return selectionText.trim() === "" ? [] : [{ role: "copy" }];
  return [
    ...spellingItems(clicked, actions),
    { role: "undo", enabled: editFlags.canUndo },
    { role: "redo", enabled: editFlags.canRedo },
    separator,
    { role: "cut", enabled: editFlags.canCut },
    { role: "copy", enabled: editFlags.canCopy },
    { role: "paste", enabled: editFlags.canPaste },
    { role: "selectAll", enabled: editFlags.canSelectAll },
    ...languageItems(actions),
  ];
}

function spellingItems(
  { misspelledWord, dictionarySuggestions }: ClickedText,
  { replace, learn }: TextMenuActions,
): MenuItemConstructorOptions[] {
  if (misspelledWord === "") return [];
  const suggestions = dictionarySuggestions.map((word) => ({ label: word, click: () => replace(word) }));
  return [
    ...(suggestions.length > 0 ? suggestions : [{ label: "No suggestions", enabled: false }]),
    separator,
    { label: `Add “${misspelledWord}” to the dictionary`, click: () => learn(misspelledWord) },
    separator,
  ];
}

function languageItems({ languages, choose }: TextMenuActions): MenuItemConstructorOptions[] {
  if (languages.length === 0) return [];
  const submenu: MenuItemConstructorOptions[] = [
    { label: "A dictionary is downloaded when its language is first chosen", enabled: false },
    separator,
    ...languages.map(({ code, name, chosen, missing }) => ({
      label: missing ? `${name} (its dictionary could not be downloaded)` : name,
      type: "checkbox" as const,
      checked: chosen,
      click: () => choose(code, !chosen),
    })),
  ];
  return [separator, { label: "Spelling", submenu }];
}
