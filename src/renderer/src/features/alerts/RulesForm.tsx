import { Button, Select } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import {
  alertLevel,
  type AlertKind,
  type AlertLevel,
  type AlertRules,
} from "../../../../shared/contract/coordination.ts";
import { queryClient } from "../../api/changes.ts";
import { api, queries } from "../../api/connection.ts";
import { toProblem } from "../../api/problem.ts";
import { notify } from "../../ui/notify/notify.ts";
import { clockOf, levelRange, minuteOf } from "./alert-labels.ts";
import classes from "./Alerts.module.css";
import { AlertKinds, QuietHours, WebhookFields } from "./RuleFields.tsx";

const none = "none";
const desktopLevels = [
  { value: none, label: "Nothing" },
  ...alertLevel.options.map((value) => ({ value, label: levelRange(value) })),
];

/** The rules as typed, until they are saved; a test shows where an alert would be sent now. */
export function RulesForm({ rules }: { readonly rules: AlertRules }) {
  const [desktop, setDesktop] = useState<AlertLevel | null>(rules.desktop);
  const [url, setUrl] = useState(rules.webhook?.url ?? "");
  const [from, setFrom] = useState<AlertLevel>(rules.webhook?.from ?? "warning");
  const [quiet, setQuiet] = useState(rules.quiet !== null);
  const [quietFrom, setQuietFrom] = useState(clockOf(rules.quiet?.fromMinute ?? 22 * 60));
  const [quietUntil, setQuietUntil] = useState(clockOf(rules.quiet?.untilMinute ?? 7 * 60));
  const [muted, setMuted] = useState<readonly AlertKind[]>(rules.muted);
  const [errors, setErrors] = useState<Readonly<Partial<Record<"webhook" | "quiet" | "form", string>>>>({});
  const [busy, setBusy] = useState<"save" | "test" | null>(null);
  const [tested, setTested] = useState<string | null>(null);
  const host = useQuery(queries.app.info.queryOptions()).data?.host;
  const hasDesktop = host === undefined || host === "desktop";
  const fromMinute = minuteOf(quietFrom);
  const untilMinute = minuteOf(quietUntil);
  const typed: AlertRules = {
    desktop,
    webhook: url.trim() === "" ? null : { url: url.trim(), from },
    quiet: quiet ? { fromMinute: fromMinute ?? 0, untilMinute: untilMinute ?? 0 } : null,
    muted: [...muted],
  };
  const changed = JSON.stringify(typed) !== JSON.stringify(rules);
  const refused = (error: unknown): void => {
    const problem = toProblem(error);
    const field =
      problem.field?.startsWith("webhook") === true
        ? "webhook"
        : problem.field?.startsWith("quiet") === true
          ? "quiet"
          : "form";
    setErrors({ [field]: `${problem.message} ${problem.remedy}` });
  };
  const save = async (): Promise<void> => {
    setErrors({});
    setTested(null);
    if (quiet && (fromMinute === null || untilMinute === null || fromMinute === untilMinute))
      return setErrors({ quiet: "Give two different times of the day." });
    setBusy("save");
    try {
      const saved = await api.coordination.saveRules(typed);
      queryClient.setQueryData(queries.coordination.rules.queryKey(), saved);
      notify("The rules are saved.");
    } catch (error) {
      refused(error);
    } finally {
      setBusy(null);
    }
  };
  const test = async (): Promise<void> => {
    setErrors({});
    setTested(null);
    setBusy("test");
    try {
      setTested((await api.coordination.testAlert()).remedy);
    } catch (error) {
      refused(error);
    } finally {
      setBusy(null);
    }
  };
  return (
    <form
      className={classes.rules}
      aria-label="Alert rules"
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        void save(); // its failure is shown in the form
      }}
    >
      <h2 className={classes.title}>Where alerts are sent</h2>
      <p className={classes.faint}>Every alert stands on these screens. Where else it is sent:</p>
      <Select
        label="On the desktop"
        description={hasDesktop ? undefined : "The desktop app shows these; this window is a browser’s."}
        size="xs"
        value={desktop ?? none}
        data={desktopLevels}
        onChange={(value) => setDesktop(alertLevel.options.find((level) => level === value) ?? null)}
      />
      <WebhookFields url={url} from={from} error={errors.webhook} onUrl={setUrl} onFrom={setFrom} />
      <QuietHours
        quiet={quiet}
        from={quietFrom}
        until={quietUntil}
        error={errors.quiet}
        onQuiet={setQuiet}
        onFrom={setQuietFrom}
        onUntil={setQuietUntil}
      />
      <AlertKinds muted={muted} onChange={setMuted} />
      {errors.form !== undefined && (
        <p className={classes.error} role="alert">
          {errors.form}
        </p>
      )}
      <div className={classes.line}>
        <Button type="submit" loading={busy === "save"} disabled={!changed}>
          Save rules
        </Button>
        <Button variant="default" loading={busy === "test"} disabled={changed} onClick={() => void test()}>
          Send a test alert
        </Button>
        <span className={classes.faint} role="status" aria-label="Test alert">
          {tested ?? (changed ? "Save first; a test goes by the saved rules." : "")}
        </span>
      </div>
    </form>
  );
}
