import { Button } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { Rollout } from "../../../../../shared/contract/rollout-status.ts";
import type { WayBack } from "../../../../../shared/contract/rollouts.ts";
import { versionName } from "../../../../../shared/format.ts";
import { invalidate } from "../../../api/changes.ts";
import { api, queries } from "../../../api/connection.ts";
import { go } from "../../../shell/route.ts";
import { notify, notifyProblem } from "../../../ui/notify/notify.ts";
import { hrefOfStart } from "../rollouts-location.ts";
import classes from "./Controls.module.css";

/** What is left to do when a rollout is over: to go back to the version before, or to start another one. */
export function Over({ rollout: { id, status, candidate, useCase } }: { readonly rollout: Rollout }) {
  const back = useQuery({
    ...queries.rollouts.wayBack.queryOptions({ input: { rolloutId: id } }),
    enabled: status.state === "healthy",
  }).data;
  return (
    <section className={classes.controls} aria-label="Commands">
      {status.state !== "healthy" && <p className={classes.consequence}>It is going back to the stable version.</p>}
      {status.state === "healthy" && back === null && (
        <p className={classes.consequence}>
          {versionName(candidate)} was promoted by it; {useCase} has another version by now.
        </p>
      )}
      {back && <GoBack back={back} candidate={candidate} />}
      <Button component="a" variant="default" href={hrefOfStart(useCase)}>
        Start another rollout
      </Button>
    </section>
  );
}

function GoBack({ back, candidate }: { readonly back: WayBack; readonly candidate: Rollout["candidate"] }) {
  const [busy, setBusy] = useState(false);
  const { useCase, version, plan, withinRollbackWindow } = back;
  const start = async (): Promise<void> => {
    setBusy(true);
    try {
      const { versionId: candidateVersionId } = version;
      const reason = `Back from ${versionName(candidate)}`;
      const rollout = await api.rollouts.start({ useCase, candidateVersionId, plan, reason });
      await invalidate(queries.rollouts.key());
      notify(`Going back to ${versionName(version)} on ${useCase} has started.`);
      go("rollouts", [rollout.id]);
    } catch (error) {
      notifyProblem(error);
      setBusy(false);
    }
  };
  return (
    <div>
      <Button fullWidth variant="default" loading={busy} aria-describedby="what-back" onClick={() => void start()}>
        Go back to {versionName(version)}
      </Button>
      <p id="what-back" className={classes.consequence}>
        {versionName(candidate)} answers {useCase} now.{" "}
        {withinRollbackWindow
          ? `${versionName(version)} was stable until recently: within the rollback window it skips steps and comparison.`
          : `${versionName(version)} is outside the rollback window, so it takes the steps of this plan like any version.`}
      </p>
    </div>
  );
}
