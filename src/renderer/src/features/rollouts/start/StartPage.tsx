import { Button } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useCallback, useEffect, useMemo, useState } from "react";
import type { ModelVersion, UseCase } from "../../../../../shared/contract/registry.ts";
import { invalidate } from "../../../api/changes.ts";
import { api, queries } from "../../../api/connection.ts";
import { toProblem } from "../../../api/problem.ts";
import { useActions } from "../../../shell/actions/actions.ts";
import { notify } from "../../../ui/notify/notify.ts";
import { useReady } from "../../../shell/ready.ts";
import { go } from "../../../shell/route.ts";
import { useTopBar } from "../../../shell/frame/TopBar.tsx";
import { FailedState } from "../../../ui/states/FailedState.tsx";
import { versionName } from "../../../../../shared/format.ts";
import { KeyHint } from "../../../ui/text/KeyHint.tsx";
import { LoadingState } from "../../../ui/states/LoadingState.tsx";
import { DetectPanel } from "../detect/DetectPanel.tsx";
import { ManifestButton } from "../ManifestButton.tsx";
import type { PlanDraft } from "./plan-draft.ts";
import { readPlan } from "./read-plan.ts";
import { PlanForm } from "./PlanForm.tsx";
import { careful } from "./presets.ts";
import { ReplacementPart } from "./ReplacementPart.tsx";
import classes from "../Start.module.css";
import type { Errors } from "../typed-numbers.ts";
import { isOf, useSimulation } from "../detect/use-simulation.ts";
import { useDraft } from "../../../ui/fields/drafts.ts";
import { useDraftState } from "../../../ui/fields/use-draft-state.ts";
import { LimitedTextInput } from "../../../ui/fields/LimitedText.tsx";

interface StartPageProps {
  /** From the address, where a link named them. */
  readonly useCase: string | null;
  readonly candidateId: string | null;
}

const usual = "story_generation";

/** What to replace, by what, and how; and what that plan can detect, before any traffic. */
export function StartPage({ useCase: linkedUseCase, candidateId }: StartPageProps) {
  const useCases = useQuery(queries.registry.useCases.queryOptions());
  const linked = useQuery({
    // An id from the address may be any string; the backend judges it.
    ...queries.registry.version.queryOptions({ input: { versionId: (candidateId ?? "") as ModelVersion["id"] } }),
    enabled: candidateId !== null,
  });
  useReady(useCases.isFetched);
  useEffect(() => {
    useTopBar.setState({ crumbs: ["Start"] });
    return () => useTopBar.setState({ crumbs: [] });
  }, []);
  if (useCases.data === undefined)
    return useCases.isError ? (
      <FailedState error={useCases.error} onRetry={() => void useCases.refetch()} />
    ) : (
      <LoadingState label="use cases" rows={8} />
    );
  if (candidateId !== null && linked.isPending) return <LoadingState label="the candidate" rows={8} />;
  const answered = useCases.data.filter(({ assignment }) => assignment !== null);
  const initial =
    useCases.data.find(({ name }) => name === linkedUseCase) ??
    answered.find(({ name }) => name === usual) ??
    answered[0];
  return (
    <StartForm
      useCases={useCases.data}
      initialUseCase={initial?.name ?? usual}
      initialCandidate={linked.data ?? null}
    />
  );
}

interface StartFormProps {
  readonly useCases: readonly UseCase[];
  readonly initialUseCase: string;
  readonly initialCandidate: ModelVersion | null;
}

function StartForm({ useCases, initialUseCase, initialCandidate }: StartFormProps) {
  const [useCase, setUseCase] = useState(initialUseCase);
  const [candidate, setCandidate] = useState(initialCandidate);
  const {
    value: draft,
    isKept,
    set: setDraft,
    clear,
  } = useDraftState<PlanDraft>("rollout plan", () => careful.draft());
  const [supersede, setSupersede] = useState(false);
  const { text: reason, set: setReason } = useDraft("rollout reason");
  const [tried, setTried] = useState(false);
  const [refused, setRefused] = useState<Errors>({});
  const [busy, setBusy] = useState(false);
  const stable = useCases.find(({ name }) => name === useCase)?.assignment ?? null;
  const inProgress = useQuery(queries.rollouts.list.queryOptions({ input: { useCase, active: true } })).data?.[0];
  const { plan, errors: wrong } = useMemo(() => readPlan(draft), [draft]);
  const simulating = useSimulation();
  const { simulation } = simulating;
  // What was predicted for this very plan is kept with it, to be compared with what happens.
  const prediction = simulation.state === "done" && isOf(simulation, plan, useCase) ? simulation.result : null;
  const errors: Errors = { ...(tried ? wrong : {}), ...refused };
  const candidateError =
    refused["candidateVersionId"] ?? (tried && candidate === null ? "Choose the version to roll out." : undefined);
  const startable = stable !== null && !busy;
  const isInProgress = inProgress !== undefined;
  const start = useCallback(async (): Promise<void> => {
    setTried(true);
    setRefused({});
    if (plan === null || candidate === null || !startable) return;
    setBusy(true);
    try {
      const given = reason.trim();
      const rollout = await api.rollouts.start({
        useCase,
        candidateVersionId: candidate.id,
        plan,
        supersede: supersede && isInProgress,
        ...(prediction !== null && { prediction }),
        ...(given !== "" && { reason: given }),
      });
      setReason("");
      clear();
      await invalidate(queries.rollouts.key());
      notify(`The rollout of ${versionName(rollout.candidate)} on ${useCase} has started.`);
      go("rollouts", [rollout.id], "replace");
    } catch (error) {
      const problem = toProblem(error);
      const field = problem.field?.replace(/^plan\./, "") ?? "form";
      setRefused({ [shownFields.test(field) ? field : "form"]: `${problem.message} ${problem.remedy}` });
      setBusy(false);
    }
  }, [plan, candidate, useCase, supersede, isInProgress, startable, prediction, reason, setReason, clear]);
  useActions(
    useMemo(
      () => [
        {
          id: "start-this-rollout",
          group: "Rollouts",
          label: "Start this rollout",
          keys: "mod+Enter",
          enabled: startable,
          run: () => void start(),
        },
        { id: "all-rollouts", group: "Rollouts", label: "All rollouts", keys: "L", run: () => go("rollouts") },
      ],
      [start, startable],
    ),
  );
  const problems = Object.keys(errors).length + (candidateError === undefined ? 0 : 1);
  return (
    <div className={classes.page}>
      <form
        className={classes.form}
        aria-label="Start a rollout"
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          void start(); // its failure is shown in the form
        }}
      >
        {/* Focusable, so that a keyboard can scroll it. */}
        <div className={classes.fields} tabIndex={0} role="group" aria-label="What and how">
          <ReplacementPart
            useCases={useCases}
            useCase={useCase}
            useCaseError={refused["useCase"]}
            candidate={candidate}
            candidateError={candidateError}
            inProgress={inProgress}
            supersede={supersede}
            onUseCase={(name) => {
              setUseCase(name);
              setSupersede(false);
              setRefused({});
            }}
            onCandidate={(version) => {
              setCandidate(version);
              setRefused({});
            }}
            onSupersede={setSupersede}
          />
          <PlanForm
            draft={draft}
            errors={errors}
            onChange={(changed) => {
              setDraft(changed);
              setRefused({});
            }}
          />
          <LimitedTextInput
            label="Reason"
            description="Goes into the event log. It may stay empty."
            size="xs"
            limit={500}
            value={reason}
            onChange={({ currentTarget }) => setReason(currentTarget.value)}
          />
        </div>
        <footer className={classes.foot}>
          <span className={classes.footText} role="alert">
            {refused["form"] ??
              (problems > 0
                ? `${problems === 1 ? "One thing is" : `${problems} things are`} not right yet; it says what at its field.`
                : "")}
          </span>
          {isKept && (
            <Button variant="subtle" color="gray" onClick={clear}>
              Start over
            </Button>
          )}
          <ManifestButton plan={plan} useCase={useCase} candidateVersionId={candidate?.id ?? null} label="Export" />
          <Button type="submit" loading={busy} disabled={stable === null} rightSection={<KeyHint keys="mod+Enter" />}>
            Start rollout
          </Button>
        </footer>
      </form>
      <DetectPanel plan={plan} useCase={useCase} simulating={simulating} />
    </div>
  );
}

/** Fields of the contract that this screen has an input for. */
const shownFields =
  /^(useCase|candidateVersionId|(steps|previewSteps)\.\d+(\.\w+)?|startAtMs|shadowPercent|holdback\w+|standbyMs|watchMs|limits\.\w+|objectives\.\d+\.\w+|progressDeadlineMs|rollbackWindow|analysis\.[\w.]+)$/;
