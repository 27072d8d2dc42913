import { useJobEndings, useServerJobs } from "./server-jobs.ts";
import { StateMark } from "../../../ui/marks/StateMark.tsx";
import { hrefOf } from "../../../shell/route.ts";
import { StatusLink } from "../../../shell/frame/StatusLink.tsx";

/** The servers' jobs in progress, on every screen: how far they are, and the link to them. */
export function JobsMark() {
  const jobs = useServerJobs();
  useJobEndings(jobs);
  const running = jobs.filter(({ state }) => state === "running");
  const [job] = running;
  if (job === undefined) return null;
  const { kind, model, bytesDone, bytesTotal } = job;
  const verb = { pull: "Pulling", create: "Creating", load: "Loading" }[kind];
  const share =
    bytesDone === null || bytesTotal === null || bytesTotal === 0
      ? ""
      : ` ${Math.floor((bytesDone / bytesTotal) * 100)} %`;
  const label = running.length > 1 ? `${running.length} jobs on servers` : `${verb} ${model}${share}`;
  return (
    <StatusLink href={hrefOf("models", "servers")}>
      <StateMark tone="busy">{label}</StateMark>
    </StatusLink>
  );
}
