import { Checkbox, Select, TextInput } from "@mantine/core";
import { alertKind, type AlertKind, alertLevel, type AlertLevel } from "../../../../shared/contract/coordination.ts";
import { kindExplained, kindWords, levelRange } from "./alert-labels.ts";
import classes from "./Alerts.module.css";

interface WebhookFieldsProps {
  readonly url: string;
  readonly from: AlertLevel;
  readonly error: string | undefined;
  readonly onUrl: (url: string) => void;
  readonly onFrom: (level: AlertLevel) => void;
}

export function WebhookFields({ url, from, error, onUrl, onFrom }: WebhookFieldsProps) {
  return (
    <div className={classes.webhook}>
      <TextInput
        label="Webhook"
        description="Each alert is POSTed there as JSON. Empty for none."
        placeholder="http://127.0.0.1:9000/alerts"
        size="xs"
        inputMode="url"
        value={url}
        error={error}
        onChange={({ currentTarget }) => onUrl(currentTarget.value)}
      />
      <Select
        label="Sent there"
        size="xs"
        disabled={url.trim() === ""}
        value={from}
        data={alertLevel.options.map((value) => ({ value, label: levelRange(value) }))}
        onChange={(value) => onFrom(alertLevel.options.find((level) => level === value) ?? from)}
      />
    </div>
  );
}

interface QuietHoursProps {
  readonly quiet: boolean;
  /** Times of the day as typed, such as `22:00`. */
  readonly from: string;
  readonly until: string;
  readonly error: string | undefined;
  readonly onQuiet: (quiet: boolean) => void;
  readonly onFrom: (time: string) => void;
  readonly onUntil: (time: string) => void;
}

export function QuietHours({ quiet, from, until, error, onQuiet, onFrom, onUntil }: QuietHoursProps) {
  return (
    <fieldset className={classes.group}>
      <legend>Quiet hours</legend>
      <div className={classes.line}>
        <Checkbox
          size="xs"
          label="Only critical alerts are sent from"
          checked={quiet}
          onChange={({ currentTarget }) => onQuiet(currentTarget.checked)}
        />
        <TextInput
          aria-label="Quiet from"
          type="time"
          size="xs"
          disabled={!quiet}
          value={from}
          onChange={({ currentTarget }) => onFrom(currentTarget.value)}
        />
        <span>until</span>
        <TextInput
          aria-label="Quiet until"
          type="time"
          size="xs"
          disabled={!quiet}
          value={until}
          onChange={({ currentTarget }) => onUntil(currentTarget.value)}
        />
      </div>
      {error !== undefined && (
        <p className={classes.error} role="alert">
          {error}
        </p>
      )}
    </fieldset>
  );
}

interface AlertKindsProps {
  readonly muted: readonly AlertKind[];
  /** Given the way from what is muted now to what then is. */
  readonly onChange: (change: (muted: readonly AlertKind[]) => readonly AlertKind[]) => void;
}

export function AlertKinds({ muted, onChange }: AlertKindsProps) {
  return (
    <fieldset className={classes.group}>
      <legend>Raise alerts of</legend>
      {alertKind.options.map((kind) => (
        <Checkbox
          key={kind}
          size="xs"
          label={kindWords[kind]}
          description={kindExplained[kind]}
          checked={!muted.includes(kind)}
          onChange={({ currentTarget: { checked } }) =>
            onChange((before) => alertKind.options.filter((one) => (one === kind ? !checked : before.includes(one))))
          }
        />
      ))}
    </fieldset>
  );
}
