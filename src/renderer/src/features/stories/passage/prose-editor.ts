import { defaultKeymap, history, historyKeymap, invertedEffects, isolateHistory } from "@codemirror/commands";
import { Annotation, ChangeSet, Compartment, EditorState, StateEffect, Text } from "@codemirror/state";
import { drawSelection, EditorView, keymap } from "@codemirror/view";
import { lineDirection } from "./line-direction.ts";
import type { Proposal } from "../../../../../shared/contract/story.ts";
import { changeBetween } from "../../../../../shared/text-change.ts";

/** Marks a change that came from the store, so that it is not saved again. */
const fromStore = Annotation.define<boolean>();

/** An accepted proposal's text came into the passage, or was taken back out of it. */
const acceptance = StateEffect.define<{ readonly proposalId: Proposal["id"]; readonly accepted: boolean }>();

const listeners = new Compartment();

interface ProseEditorOptions {
  readonly parent: HTMLElement;
  readonly text: string;
  readonly caret: number;
  /** An editor of the same passage from before, whose text and caret are taken over as one more step that can be undone. */
  readonly before?: EditorState | undefined;
  readonly onText: () => void;
  readonly onCaret: () => void;
  readonly onBlur: () => void;
  /** An acceptance was undone or redone by the keyboard. */
  readonly onAcceptance: (proposalId: Proposal["id"], accepted: boolean) => void;
}

/** A plain prose editor named "Passage text": wrapped lines, spell check, undo. It grows with its text; its parent scrolls. */
export function createProseEditor(options: ProseEditorOptions): EditorView {
  const { parent, text, caret, before } = options;
  // An editor's line ends are one unit long, whatever they were when the text was stored.
  const doc = Text.of(text.split(/\r\n?|\n/));
  const selection = { anchor: Math.min(caret, doc.length) };
  if (before === undefined) {
    const extensions = [listeners.of(listenersFor(options)), ...proseExtensions];
    return new EditorView({ parent, state: EditorState.create({ doc, selection, extensions }) });
  }
  const taken = before.update({ effects: listeners.reconfigure([]) }).state;
  const view = new EditorView({ parent, state: taken });
  if (!taken.doc.eq(doc)) showStoredText(view, taken.doc.toString(), doc.toString());
  view.dispatch({ selection, effects: listeners.reconfigure(listenersFor(options)) });
  return view;
}

/**
 * Puts the stored text in the editor as one undoable step, touching only what differs from the text `shown` before; what was
 * typed since stays. `accepted` is the proposal whose text it brought.
 */
export function showStoredText(view: EditorView, shown: string, stored: string, accepted?: Proposal["id"]): void {
  const now = view.state.doc.toString();
  const changes = changeSet(shown, stored).map(changeSet(shown, now));
  view.dispatch({
    changes,
    effects: accepted === undefined ? [] : acceptance.of({ proposalId: accepted, accepted: true }),
    annotations: [fromStore.of(true), isolateHistory.of("full")],
    userEvent: "input.accept",
  });
}

function changeSet(before: string, after: string): ChangeSet {
  const { offset, removed, inserted } = changeBetween(before, after);
  return ChangeSet.of({ from: offset, to: offset + removed.length, insert: inserted }, before.length);
}

function listenersFor({ onText, onCaret, onBlur, onAcceptance }: ProseEditorOptions) {
  return [
    EditorView.updateListener.of((update) => {
      const stored = update.transactions.some((transaction) => transaction.annotation(fromStore) === true);
      if (update.docChanged && !stored) onText();
      else if (update.selectionSet && !stored) onCaret();
      if (stored) return;
      for (const effect of update.transactions.flatMap(({ effects }) => effects))
        if (effect.is(acceptance)) onAcceptance(effect.value.proposalId, effect.value.accepted);
    }),
    EditorView.domEventHandlers({ blur: onBlur }),
  ];
}

const proseExtensions = [
  history(),
  invertedEffects.of(({ effects }) =>
    effects
      .filter((effect) => effect.is(acceptance))
      .map(({ value: { proposalId, accepted } }) => acceptance.of({ proposalId, accepted: !accepted })),
  ),
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
  EditorView.theme({
    "&": { fontSize: "17px", color: "var(--tw-text)", backgroundColor: "transparent" },
    "&.cm-focused": { outline: "none" },
    ".cm-scroller": { fontFamily: "var(--tw-prose)", lineHeight: "1.65", overflow: "visible" },
    ".cm-content": { padding: "0", caretColor: "var(--tw-accent)" },
    ".cm-line": { padding: "0" },
    ".cm-cursor": { borderLeftColor: "var(--tw-accent)", borderLeftWidth: "2px" },
    "&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground": {
      backgroundColor: "var(--tw-selected) !important",
    },
  }),
];
