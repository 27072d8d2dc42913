import type { Extension, Range } from "@codemirror/state";
import { Decoration, type DecorationSet, EditorView, ViewPlugin, type ViewUpdate } from "@codemirror/view";

const byItsText = Decoration.line({ attributes: { dir: "auto" } });

/** Each line runs in the direction of its own first strong letter, so that Arabic and English stand beside each other. */
export const lineDirection: Extension = [
  EditorView.perLineTextDirection.of(true),
  ViewPlugin.fromClass(
    class {
      decorations: DecorationSet;

      constructor(view: EditorView) {
        this.decorations = linesOf(view);
      }

      update(update: ViewUpdate): void {
        if (update.docChanged || update.viewportChanged) this.decorations = linesOf(update.view);
      }
    },
    { decorations: ({ decorations }) => decorations },
  ),
];

function linesOf(view: EditorView): DecorationSet {
  const lines: Range<Decoration>[] = [];
  for (const { from, to } of view.visibleRanges)
    for (let at = from; at <= to;) {
      const line = view.state.doc.lineAt(at);
      lines.push(byItsText.range(line.from));
      at = line.to + 1;
    }
  return Decoration.set(lines);
}
