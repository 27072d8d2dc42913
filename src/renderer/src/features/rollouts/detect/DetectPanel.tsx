import { Button, SegmentedControl, Select } from "@mantine/core";
import { IconRadar2 } from "@tabler/icons-react";
import { useCallback, useMemo, useState } from "react";
import type { RolloutPlan } from "../../../../../shared/contract/rollout-plan.ts";
import { useActions } from "../../../shell/actions/actions.ts";
import { counted } from "../../../../../shared/format.ts";
import { KeyHint } from "../../../ui/text/KeyHint.tsx";
import { ProgressLine } from "../../../ui/marks/ProgressLine.tsx";
import { DetectResult } from "./DetectResult.tsx";
import { type LoadDraft, readLoad, usualLoad } from "./load-draft.ts";
import { LoadForm } from "./LoadForm.tsx";
import classes from "../Start.module.css";
import { isOf, type useSimulation } from "./use-simulation.ts";

interface DetectPanelProps {
  /** Null while something in it is not right. */
  readonly plan: RolloutPlan | null;
  readonly useCase: string;
  readonly simulating: ReturnType<typeof useSimulation>;
}

/** What a plan would catch and how soon, tried on past calls or on a load as described, before any call is touched. */
export function DetectPanel({ plan, useCase, simulating }: DetectPanelProps) {
  const [source, setSource] = useState<"past" | "load">("past");
  const [days, setDays] = useState("7");
  const [load, setLoad] = useState<LoadDraft>(usualLoad);
  const { simulation, run, cancel } = simulating;
  const { traffic, errors } = readLoad(load);
  const running = simulation.state === "running";
  const possible = plan !== null && (source === "past" || traffic !== null);
  const simulate = useCallback((): void => {
    const given =
      source === "load" ? readLoad(load).traffic : { type: "recorded" as const, useCase, days: Number(days) };
    if (plan !== null && given !== null) void run(plan, useCase, given);
  }, [plan, source, load, run, useCase, days]);
  useActions(
    useMemo(
      () => [
        {
          id: "simulate",
          group: "Rollouts",
          label: "See what the plan can detect",
          keys: "alt+D",
          enabled: possible && !running,
          run: simulate,
        },
        {
          id: "cancel-simulation",
          group: "Rollouts",
          label: "Cancel the simulation",
          keys: "Escape",
          enabled: running,
          run: cancel,
        },
      ],
      [possible, running, simulate, cancel],
    ),
  );
  return (
    // Focusable, so that a keyboard can scroll it.
    <aside className={classes.detect} aria-label="What it can detect" tabIndex={0}>
      <h2 className={classes.title}>What it can detect</h2>
      <p className={classes.faint}>
        300 rollouts with this plan are simulated for each fault, decided by the same code that decides the real one.
      </p>
      <div className={classes.line}>
        <SegmentedControl
          size="xs"
          aria-label="Traffic"
          value={source}
          onChange={setSource}
          data={[
            { value: "past", label: "Past calls" },
            { value: "load", label: "Load model" },
          ]}
        />
        {source === "past" && (
          <Select
            aria-label="Calls of"
            size="xs"
            w={132}
            value={days}
            onChange={(value) => setDays(value ?? days)}
            data={[
              { value: "1", label: "Last day" },
              { value: "7", label: "Last 7 days" },
              { value: "30", label: "Last 30 days" },
            ]}
          />
        )}
        <span className={classes.spacer} />
        {running ? (
          <Button variant="default" rightSection={<KeyHint keys="Escape" />} onClick={cancel}>
            Cancel
          </Button>
        ) : (
          <Button
            variant="default"
            disabled={!possible}
            leftSection={<IconRadar2 size={14} stroke={1.5} />}
            rightSection={<KeyHint keys="alt+D" />}
            onClick={simulate}
          >
            Simulate
          </Button>
        )}
      </div>
      {source === "load" && <LoadForm load={load} errors={errors} onChange={setLoad} />}
      {plan === null && (
        <p className={classes.faint}>Something in the plan is not right yet; mend it to simulate it.</p>
      )}
      <div aria-live="polite" aria-busy={running}>
        {simulation.state === "none" && plan !== null && <NotYet />}
        {simulation.state === "running" && (
          <ProgressLine
            label="Simulation"
            percent={simulation.toMake === 0 ? null : (simulation.made / simulation.toMake) * 100}
            facts={[
              simulation.toMake === 0
                ? "Reading the past calls"
                : `${counted(simulation.made, "rollout")} of ${counted(simulation.toMake, "rollout")}`,
            ]}
            aside={null}
          />
        )}
        {simulation.state === "failed" && (
          <p className={classes.note} role="alert">
            {simulation.problem.message} {simulation.problem.code !== "UNKNOWN" && simulation.problem.remedy}
          </p>
        )}
        {simulation.state === "done" && (
          <>
            {plan !== null && !isOf(simulation, plan, useCase) && (
              <p className={classes.note}>
                The {simulation.useCase === useCase ? "plan was" : "use case was"} changed since. Simulate again to see
                what it detects now.
              </p>
            )}
            <DetectResult plan={simulation.plan} result={simulation.result} />
          </>
        )}
      </div>
    </aside>
  );
}

function NotYet() {
  return (
    <p className={classes.none}>
      Few calls show little: with 50 an hour a doubled latency is seen within the first step, a few more errors only
      after days. Simulate to see where this plan stands.
    </p>
  );
}
