import { invalidate } from "../../../api/changes.ts";
import { api, queries } from "../../../api/connection.ts";
import { notify, notifyProblem } from "../../../ui/notify/notify.ts";
import { counted } from "../../../../../shared/format.ts";

/** Asks every server now whether the pinned versions are still what they were, and notifies the result. */
export async function checkDrift(): Promise<void> {
  try {
    const drifted = await api.registry.checkDrift();
    await invalidate(queries.registry.key());
    notify(
      drifted.length === 0
        ? "Every version that a server could be asked about is still what was registered."
        : `${counted(drifted.length, "version")} drifted; what to do stands above.`,
    );
  } catch (error) {
    notifyProblem(error);
  }
}
