import { useQuery } from "@tanstack/react-query";
import { queries } from "../../api/connection.ts";
import { CopyButton } from "../../ui/controls/CopyButton.tsx";
import classes from "./Alerts.module.css";

/** What a receiver checks signatures with. */
export function SigningSecret() {
  const { data } = useQuery(queries.coordination.signingSecret.queryOptions());
  if (data === undefined) return null;
  return (
    <p className={classes.faint}>
      {data.secret === null
        ? "Nothing is signed: this machine offers no place for a secret."
        : "What is sent to webhooks is signed by the Standard Webhooks specification, but for Slack and Discord, which check nothing. "}
      {data.secret !== null && <CopyButton text={data.secret} label="Copy the signing secret" />}
    </p>
  );
}
