import { Notifications } from "@mantine/notifications";

const maxKept = 20;

/**
 * Where toasts stand: in the top bar, beside its buttons, so that none lies over anything one could press. The newest stands in front and the
 * others wait behind it, with their time stopped; the pointer on it spreads them, and shows a long one whole.
 */
export function ToastBar() {
  return (
    <Notifications
      withinPortal={false}
      position="top-right"
      layout="stacked"
      limit={maxKept}
      transitionDuration={120}
      allowScrollDismiss={false}
    />
  );
}
