import { notifications } from "@mantine/notifications";
import { createElement } from "react";
import { toProblem } from "../../api/problem.ts";
import { ToastMessage } from "./ToastMessage.tsx";

/** Under test a toast stays until it is read. */
const testing = new URLSearchParams(location.search).get("test") === "1";
const closeButtonProps = { "aria-label": "Close notification" };

/** Shows that something was done, with an Undo button where there is a way back. */
export function notify(text: string, undo?: () => Promise<void>): void {
  const id = crypto.randomUUID();
  const onUndo = (): void => {
    notifications.hide(id);
    undo?.().catch(notifyProblem);
  };
  notifications.show({
    id,
    autoClose: testing ? false : 6_000,
    closeButtonProps,
    message: createElement(ToastMessage, { text, ...(undo !== undefined && { onUndo }) }),
  });
}

/** Shows what went wrong and what to do; stays twice as long. */
export function notifyProblem(error: unknown): void {
  const { message, remedy } = toProblem(error);
  notifications.show({
    color: "red",
    autoClose: testing ? false : 12_000,
    closeButtonProps,
    message: createElement(ToastMessage, { title: message, text: remedy }),
  });
}
