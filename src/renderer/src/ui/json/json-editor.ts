import { defaultKeymap, history, historyKeymap, insertNewlineKeepIndent } from "@codemirror/commands";
import { EditorState, type Extension } from "@codemirror/state";
import { Decoration, EditorView, keymap, MatchDecorator, ViewPlugin, type ViewUpdate } from "@codemirror/view";

interface JsonEditorOptions {
  readonly parent: HTMLElement;
  readonly text: string;
  readonly label: string;
  readonly describedBy: string;
  readonly onText: (text: string) => void;
}

/** A small editor for JSON: coloured, a new line keeps its indent, undo. Tab leaves it, as any field. */
export function createJsonEditor({ parent, text, label, describedBy, onText }: JsonEditorOptions): EditorView {
  return new EditorView({
    parent,
    state: EditorState.create({
      doc: text,
      extensions: [
        history(),
        keymap.of([{ key: "Enter", run: insertNewlineKeepIndent }, ...historyKeymap, ...defaultKeymap]),
        EditorState.tabSize.of(2),
        EditorView.lineWrapping,
        EditorView.contentAttributes.of({ "aria-label": label, "aria-describedby": describedBy, spellcheck: "false" }),
        EditorView.updateListener.of((update) => {
          if (update.docChanged) onText(update.state.doc.toString());
        }),
        colours,
        jsonTheme,
      ],
    }),
  });
}

const token = /("(?:[^"\\]|\\.)*")(\s*:)?|\b(true|false|null)\b|(-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)/g;
const marks = {
  key: Decoration.mark({ class: "cm-json-key" }),
  text: Decoration.mark({ class: "cm-json-text" }),
  value: Decoration.mark({ class: "cm-json-value" }),
};
const decorator = new MatchDecorator({
  regexp: token,
  decorate: (add, from, _to, match) => {
    const [whole, quoted, colon] = match;
    if (quoted === undefined) add(from, from + whole.length, marks.value);
    else add(from, from + quoted.length, colon === undefined ? marks.text : marks.key);
  },
});
const colours: Extension = ViewPlugin.define(
  (view) => ({
    decorations: decorator.createDeco(view),
    update(update: ViewUpdate) {
      this.decorations = decorator.updateDeco(update, this.decorations);
    },
  }),
  { decorations: ({ decorations }) => decorations },
);

const jsonTheme = EditorView.theme({
  "&": { fontSize: "12px", color: "var(--tw-text)", backgroundColor: "transparent" },
  "&.cm-focused": { outline: "none" },
  ".cm-scroller": {
    fontFamily: "var(--mantine-font-family-monospace)",
    lineHeight: "1.55",
    minHeight: "76px",
    maxHeight: "260px",
    overflow: "auto",
  },
  ".cm-content": { padding: "8px 0", caretColor: "var(--tw-accent)" },
  ".cm-line": { padding: "0 10px" },
  ".cm-json-key": { color: "var(--tw-accent-text)" },
  ".cm-json-text": { color: "var(--tw-good)" },
  ".cm-json-value": { color: "var(--tw-medium)" },
});
