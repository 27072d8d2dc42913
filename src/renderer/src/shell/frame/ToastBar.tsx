import { Notifications, useNotifications } from "@mantine/notifications";
import { counted } from "../../../../shared/format.ts";
import classes from "./Shell.module.css";

const maxKept = 20;

/**
 * Where toasts stand: in the top bar, beside its buttons, so that none lies over anything one could press. The newest stands in front and the
 * others wait behind it, with their time stopped; the pointer on it shows a long one whole.
 */
export function ToastBar() {
  const { notifications, queue } = useNotifications();
  const behind = notifications.length + queue.length - 1;
  return (
    <>
      <Notifications
        withinPortal={false}
        position="top-right"
        layout="stacked"
        limit={maxKept}
        transitionDuration={120}
        allowScrollDismiss={false}
      />
      {behind > 0 && (
        <span className={classes.behind} title={`${counted(behind, "older message")} behind this one`}>
          +{behind}
        </span>
      )}
    </>
  );
}
