import { defaultKeymap, history, historyKeymap, isolateHistory } from "@codemirror/commands";
import { Annotation, EditorState } from "@codemirror/state";
import { drawSelection, EditorView, keymap } from "@codemirror/view";
import { lineDirection } from "./line-direction.ts";

/** Marks a change that came from the store, so that it is not saved again. */
const fromStore = Annotation.define<boolean>();

interface ProseEditorOptions {
  readonly parent: HTMLElement;
  readonly text: string;
  readonly caret: number;
  readonly onText: () => void;
  readonly onCaret: () => void;
  readonly onBlur: () => void;
}

/** A plain prose editor named "Passage text": wrapped lines, spell check, undo. It grows with its text; its parent scrolls. */
export function createProseEditor({ parent, text, caret, onText, onCaret, onBlur }: ProseEditorOptions): EditorView {
  return new EditorView({
    parent,
    state: EditorState.create({
      doc: text,
      selection: { anchor: Math.min(caret, text.length) },
      extensions: [
        history(),
        drawSelection(),
        keymap.of([...historyKeymap, ...defaultKeymap]),
        EditorView.lineWrapping,
        lineDirection,
        EditorView.contentAttributes.of({
          "aria-label": "Passage text",
          spellcheck: "true",
          autocorrect: "on",
          autocapitalize: "sentences",
        }),
        EditorView.updateListener.of((update) => {
          const stored = update.transactions.some((transaction) => transaction.annotation(fromStore) === true);
          if (update.docChanged && !stored) onText();
          else if (update.selectionSet && !stored) onCaret();
        }),
        EditorView.domEventHandlers({ blur: onBlur }),
        proseTheme,
      ],
    }),
  });
}

/** Puts the stored text in the editor as one undoable step, touching only what differs. */
export function showStoredText(view: EditorView, shown: string, stored: string): void {
  const doc = view.state.doc;
  const addition = stored.startsWith(shown) ? stored.slice(shown.length) : null;
  const changes =
    addition === null ? { from: 0, to: doc.length, insert: stored } : { from: doc.length, insert: addition };
  view.dispatch({ changes, annotations: [fromStore.of(true), isolateHistory.of("full")], userEvent: "input.accept" });
}

const proseTheme = EditorView.theme({
  "&": { fontSize: "17px", color: "var(--tw-text)", backgroundColor: "transparent" },
  "&.cm-focused": { outline: "none" },
  ".cm-scroller": { fontFamily: "var(--tw-prose)", lineHeight: "1.65", overflow: "visible" },
  ".cm-content": { padding: "0", caretColor: "var(--tw-accent)" },
  ".cm-line": { padding: "0" },
  ".cm-cursor": { borderLeftColor: "var(--tw-accent)", borderLeftWidth: "2px" },
  "&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground": {
    backgroundColor: "var(--tw-selected) !important",
  },
});
