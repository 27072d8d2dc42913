import { Button } from "@mantine/core";
import { useCallback, useMemo, useState } from "react";
import type { Rollout, RolloutCommand } from "../../../../../shared/contract/rollout-status.ts";
import { invalidate } from "../../../api/changes.ts";
import { api, queries } from "../../../api/connection.ts";
import { useActions } from "../../../shell/actions/actions.ts";
import { notify, notifyProblem } from "../../../ui/notify/notify.ts";
import { Over } from "./Over.tsx";
import { PromoteAgain } from "./PromoteAgain.tsx";
import { versionName } from "../../../../../shared/format.ts";
import { KeyHint } from "../../../ui/text/KeyHint.tsx";
import { type Offer, offersOf } from "./commands.ts";
import classes from "./Controls.module.css";
import { useDraft } from "../../../ui/fields/drafts.ts";
import { LimitedTextarea } from "../../../ui/fields/LimitedText.tsx";

/** Everything that can be asked of a rollout as it stands, each with what it will do; a reason may be given and need not be. */
export function Controls({ rollout }: { readonly rollout: Rollout }) {
  const [busy, setBusy] = useState<RolloutCommand | null>(null);
  const [confirming, setConfirming] = useState(false);
  const offers = offersOf(rollout);
  const { id } = rollout;
  const { text: reason, set: setReason } = useDraft(`reason for ${id}`);
  const ask = useCallback(
    async ({ command, confirms }: Pick<Offer, "command" | "confirms">): Promise<void> => {
      if (confirms) return setConfirming(true);
      setBusy(command);
      try {
        const given = reason.trim();
        const after = await api.rollouts.command({
          rolloutId: id,
          command,
          ...(given !== "" && { reason: given }),
        });
        setReason("");
        notify(messageAfter[command](after));
        await invalidate(queries.rollouts.key());
      } catch (error) {
        notifyProblem(error);
      } finally {
        setBusy(null);
      }
    },
    [id, reason, setReason],
  );
  useActions(
    useMemo(
      () =>
        offersOf(rollout).flatMap((offer) => [
          {
            id: `rollout-${offer.command}`,
            group: "This rollout",
            label: offer.label,
            keys: offer.keys,
            enabled: busy === null || offer.command === "abort",
            run: () => void ask(offer),
          },
          // In reach also while a reason is being typed.
          ...(offer.command === "abort"
            ? [
                {
                  id: "rollout-abort-anywhere",
                  group: "This rollout",
                  label: "Abort, also while typing",
                  keys: "alt+A",
                  run: () => void ask(offer),
                },
              ]
            : []),
        ]),
      [rollout, ask, busy],
    ),
  );
  if (offers.length === 0) return <Over rollout={rollout} />;
  return (
    <section className={classes.controls} aria-label="Commands">
      {confirming && (
        <PromoteAgain
          rollout={rollout}
          reason={reason}
          onDone={(after) => {
            setReason("");
            notify(messageAfter.promote_fully(after));
          }}
          onClose={() => setConfirming(false)}
        />
      )}
      <ul className={classes.offers} aria-label="Commands">
        {offers.map((offer, index) => (
          <li key={`${offer.command} ${offer.label}`}>
            <Button
              fullWidth
              justify="space-between"
              variant={variantOf(offer, index)}
              {...(offer.command === "abort" && { color: "red" })}
              loading={busy === offer.command}
              disabled={busy !== null && busy !== offer.command && offer.command !== "abort"}
              rightSection={<KeyHint keys={offer.keys} />}
              aria-describedby={`what-${offer.command}`}
              onClick={() => void ask(offer)}
            >
              {offer.label}
            </Button>
            <p id={`what-${offer.command}`} className={classes.consequence}>
              {offer.consequence}
            </p>
          </li>
        ))}
      </ul>
      <LimitedTextarea
        label="Reason"
        description="Goes into the event log. It may stay empty."
        size="xs"
        autosize
        minRows={2}
        maxRows={5}
        limit={500}
        value={reason}
        onChange={({ currentTarget }) => setReason(currentTarget.value)}
        onKeyDown={({ key, currentTarget }) => {
          if (key === "Escape") currentTarget.blur();
        }}
      />
    </section>
  );
}

function variantOf({ command }: Offer, index: number): string {
  if (command === "abort") return "light";
  // Skipping everything is never what is meant first.
  return index === 0 && command !== "promote_fully" ? "filled" : "default";
}

const messageAfter: Record<RolloutCommand, (after: Rollout) => string> = {
  step: ({ status }) => `Stepped: the candidate gets ${status.candidatePercent} % now.`,
  pause: ({ status }) => `Paused at ${status.candidatePercent} %.`,
  resume: () => "Resumed.",
  promote: ({ status }) => `Promoted: the candidate gets ${status.candidatePercent} % now.`,
  promote_fully: ({ status }) =>
    status.switched || status.state === "healthy"
      ? `Promoted to the end: the candidate gets ${status.candidatePercent} % now.`
      : `Promoting to the end: the candidate gets its calls when it is loaded, and ${status.candidatePercent} % now.`,
  abort: ({ stable }) => `Aborted: ${versionName(stable)} answers every call. Retry takes it back.`,
  retry: () => "It starts again from the first step.",
};
