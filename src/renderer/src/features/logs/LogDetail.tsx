import { ActionIcon, Tabs } from "@mantine/core";
import { IconX } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { queries } from "../../api/connection.ts";
import type { InferenceRecord, InferenceSummary } from "../../../../shared/contract/logs.ts";
import { go, hrefOf } from "../../shell/route.ts";
import { Facts } from "../../ui/text/Facts.tsx";
import { RawText } from "../../ui/text/RawText.tsx";
import { FailedState } from "../../ui/states/FailedState.tsx";
import { shortDigest, versionName } from "../../../../shared/format.ts";
import { LoadingState } from "../../ui/states/LoadingState.tsx";
import { TimeText } from "../../ui/text/TimeText.tsx";
import { TimingTable } from "../../ui/call/TimingBar.tsx";
import { LogChain } from "./LogChain.tsx";
import { LogChecks } from "./LogChecks.tsx";
import { LogPrompt } from "./LogPrompt.tsx";
import { LogResponse } from "./LogResponse.tsx";
import classes from "./Logs.module.css";
import { OutcomeMark } from "../../ui/marks/OutcomeMark.tsx";
import { RatingField } from "./RatingField.tsx";

/** One call, whole, beside the table. */
export function LogDetail({ inferenceId }: { readonly inferenceId: InferenceSummary["id"] }) {
  const record = useQuery(queries.logs.get.queryOptions({ input: { inferenceId } }));
  return (
    <aside className={classes.detail} aria-label="Call">
      <header className={classes.detailHead}>
        <h2 className={classes.title}>{record.data === undefined ? "Call" : versionName(record.data)}</h2>
        {record.data !== undefined && <OutcomeMark outcome={record.data.outcome} />}
        <ActionIcon variant="subtle" color="gray" aria-label="Close call" onClick={() => go("logs")}>
          <IconX size={16} stroke={1.5} />
        </ActionIcon>
      </header>
      {record.isError && <FailedState error={record.error} onRetry={() => void record.refetch()} />}
      {record.isPending && <LoadingState label="call" />}
      {record.data !== undefined && hasAnswer(record.data) && <RatingField inferenceId={inferenceId} />}
      {record.data !== undefined && <Record record={record.data} />}
    </aside>
  );
}

/** One that a version gave and that the reader saw. */
function hasAnswer({ outcome, versionId }: InferenceRecord): boolean {
  return versionId !== null && (outcome === "completed" || outcome === "stopped");
}

function Record({ record }: { readonly record: InferenceRecord }) {
  return (
    <Tabs
      defaultValue="response"
      keepMounted={false}
      classNames={{ root: classes.tabs, tab: classes.tab, panel: classes.panel }}
    >
      <Tabs.List aria-label="Call">
        <Tabs.Tab value="response">Response</Tabs.Tab>
        <Tabs.Tab value="prompt">Prompt as sent</Tabs.Tab>
        <Tabs.Tab value="timings">Timings</Tabs.Tab>
        <Tabs.Tab value="checks">Checks</Tabs.Tab>
        <Tabs.Tab value="chain">Chain</Tabs.Tab>
        <Tabs.Tab value="raw">Raw</Tabs.Tab>
      </Tabs.List>
      <Tabs.Panel value="response" tabIndex={0}>
        <LogResponse record={record} />
      </Tabs.Panel>
      <Tabs.Panel value="prompt" tabIndex={0}>
        <LogPrompt record={record} />
      </Tabs.Panel>
      <Tabs.Panel value="chain" tabIndex={0}>
        <LogChain record={record} />
      </Tabs.Panel>
      <Tabs.Panel value="timings" tabIndex={0}>
        <TimingTable
          timings={record.timings}
          promptTokens={record.promptTokens}
          completionTokens={record.completionTokens}
        />
      </Tabs.Panel>
      <Tabs.Panel value="checks" tabIndex={0}>
        <LogChecks record={record} />
      </Tabs.Panel>
      <Tabs.Panel value="raw" tabIndex={0}>
        <RecordFacts record={record} />
        {record.raw !== "" && (
          <section className={classes.message} aria-label="As the model wrote it">
            <h3 className={classes.role}>As the model wrote it</h3>
            <RawText raw={record.raw} leftOut={record.leftOut} />
          </section>
        )}
        <pre className={classes.raw}>{JSON.stringify(record, null, 2)}</pre>
      </Tabs.Panel>
    </Tabs>
  );
}

function RecordFacts({ record }: { readonly record: InferenceRecord }) {
  return (
    <Facts
      rows={[
        ["Use case", record.useCase],
        ["Asked by", record.caller],
        ["Session", record.sessionKey],
        [
          "Version",
          record.versionId === null ? null : (
            <a key="version" href={hrefOf("models", "version", record.versionId)}>
              {versionName(record)}
            </a>
          ),
        ],
        ["Provider", record.provider],
        ["Digest", record.digest === null ? null : <code key="digest">{shortDigest(record.digest)}</code>],
        ["Template", record.promptTemplate],
        ["Ended by", record.finishReason],
        ["Started", <TimeText key="started" atMs={record.startedAtMs} />],
        ["Finished", record.finishedAtMs === null ? null : <TimeText key="finished" atMs={record.finishedAtMs} />],
        ["Registry", record.registryStale ? "could not be read; last known assignment" : null],
        ["Id", <code key="id">{record.id}</code>],
      ]}
    />
  );
}
