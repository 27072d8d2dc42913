import { useCallback, useState } from "react";
import { draftOf, setDraft } from "./drafts.ts";

/**
 * State of a form that is kept under a name over other screens, reloads and restarts until it is cleared. `isKept` says that it
 * came from an earlier visit; `clear` forgets it and starts from the initial state again.
 */
export function useDraftState<Value extends object>(
  key: string,
  initial: () => Value,
): {
  readonly value: Value;
  readonly isKept: boolean;
  readonly set: (value: Value) => void;
  readonly clear: () => void;
} {
  const [kept, setKept] = useState(() => keptValue<Value>(key));
  const [value, setValue] = useState(() => kept ?? initial());
  const set = useCallback(
    (next: Value) => {
      setValue(next);
      setDraft(key, JSON.stringify(next));
    },
    [key],
  );
  const [start] = useState(initial);
  const clear = useCallback(() => {
    setKept(null);
    setDraft(key, "");
    setValue(start);
  }, [key, start]);
  return { value, isKept: kept !== null, set, clear };
}

function keptValue<Value>(key: string): Value | null {
  try {
    return JSON.parse(draftOf(key)) as Value; // written by this form
  } catch {
    return null;
  }
}
