import { Button } from "@mantine/core";
import classes from "./toast.module.css";

interface ToastMessageProps {
  /** What went wrong, before what to do about it. */
  readonly title?: string;
  readonly text: string;
  readonly onUndo?: () => void;
}

/** What a toast says, with an Undo button where there is a way back. */
export function ToastMessage({ title, text, onUndo }: ToastMessageProps) {
  return (
    <div className={classes.message}>
      <div className={classes.text}>
        <span>
          {title !== undefined && <strong>{title} </strong>}
          {text}
        </span>
      </div>
      {onUndo !== undefined && (
        <Button size="compact-xs" variant="light" className={classes.undo ?? ""} onClick={onUndo}>
          Undo
        </Button>
      )}
    </div>
  );
}
