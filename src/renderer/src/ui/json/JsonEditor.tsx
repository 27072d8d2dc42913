import { useCallback, useEffect, useId, useRef } from "react";
import type { EditorView } from "@codemirror/view";
import { createJsonEditor } from "./json-editor.ts";
import classes from "./json-editor.module.css";

interface JsonEditorProps {
  readonly label: string;
  readonly description?: string;
  readonly value: string;
  readonly error?: string | undefined;
  readonly onChange: (text: string) => void;
}

/** A field for JSON; what is wrong with it stands beneath. */
export function JsonEditor({ label, description, value, error, onChange }: JsonEditorProps) {
  const id = useId();
  const view = useRef<EditorView | null>(null);
  const latest = useRef({ value, onChange });
  useEffect(() => {
    latest.current = { value, onChange };
    const editor = view.current;
    // A reset or another case: what is typed is the same as what is shown.
    if (editor !== null && editor.state.doc.toString() !== value) {
      editor.dispatch({ changes: { from: 0, to: editor.state.doc.length, insert: value } });
    }
  }, [value, onChange]);
  useEffect(() => {
    const content = view.current?.contentDOM;
    if (error === undefined) content?.removeAttribute("aria-invalid");
    else content?.setAttribute("aria-invalid", "true");
  }, [error]);
  const mount = useCallback(
    (parent: HTMLDivElement | null) => {
      if (parent === null) return undefined;
      const editor = createJsonEditor({
        parent,
        text: latest.current.value,
        label,
        describedBy: id,
        onText: (text) => {
          if (text !== latest.current.value) latest.current.onChange(text);
        },
      });
      view.current = editor;
      return () => {
        view.current = null;
        editor.destroy();
      };
    },
    [id, label],
  );
  return (
    <div className={classes.field}>
      <div className={classes.label} aria-hidden>
        {label}
      </div>
      <div className={classes.frame} data-wrong={error !== undefined || undefined} ref={mount} />
      <div id={id} className={error === undefined ? classes.description : classes.error}>
        {error ?? description}
      </div>
    </div>
  );
}
