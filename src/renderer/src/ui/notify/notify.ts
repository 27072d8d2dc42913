import { notifications } from "@mantine/notifications";
import { createElement } from "react";
import { toProblem } from "../../api/problem.ts";
import { UndoMessage } from "./UndoMessage.tsx";

/** Under test a toast stays until it is read. */
const testing = new URLSearchParams(location.search).get("test") === "1";
const autoClose = testing ? false : 6_000;
const closeButtonProps = { "aria-label": "Close notification" };

/** Shows that something was done, with an Undo button where there is a way back. */
export function notify(message: string, undo?: () => Promise<void>): void {
  const id = crypto.randomUUID();
  notifications.show({
    id,
    autoClose,
    closeButtonProps,
    message:
      undo === undefined
        ? message
        : createElement(UndoMessage, {
            message,
            onUndo: () => {
              notifications.hide(id);
              undo().catch(notifyProblem);
            },
          }),
  });
}

/** Shows what went wrong and what to do; stays twice as long. */
export function notifyProblem(error: unknown): void {
  const problem = toProblem(error);
  notifications.show({
    title: problem.message,
    message: problem.remedy,
    color: "red",
    autoClose: testing ? false : 12_000,
    closeButtonProps,
  });
}
