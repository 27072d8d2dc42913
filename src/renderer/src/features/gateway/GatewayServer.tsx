import { Button, Switch } from "@mantine/core";
import type { GatewayStatus } from "../../../../shared/contract/gateway.ts";
import { CopyButton } from "../../ui/controls/CopyButton.tsx";
import { KeyHint } from "../../ui/text/KeyHint.tsx";
import { StateMark } from "../../ui/marks/StateMark.tsx";
import { WithCode } from "../../ui/text/WithCode.tsx";
import classes from "./Gateway.module.css";
import { GatewayLimits } from "./GatewayLimits.tsx";
import { HeldSentence } from "./HeldSentence.tsx";
import { ManagesModels } from "./ManagesModels.tsx";

interface GatewayServerProps {
  readonly status: GatewayStatus;
  readonly switching: boolean;
  readonly onSwitch: (enabled: boolean) => void;
}

/** Whether the gateway is open, where it listens, and what it takes. */
export function GatewayServer({ status, switching, onSwitch }: GatewayServerProps) {
  const { enabled, url, trouble } = status;
  return (
    <section className={classes.section} aria-labelledby="server-title">
      <header className={classes.head}>
        <h2 className={classes.title} id="server-title">
          Gateway
        </h2>
        <Switch
          label={enabled ? "On" : "Off"}
          aria-label="Gateway"
          checked={enabled}
          disabled={switching}
          onChange={({ currentTarget }) => onSwitch(currentTarget.checked)}
        />
      </header>
      {!enabled && (
        <p className={classes.text}>
          Lets other programs on this machine use your models through Ollama’s, OpenAI’s and Anthropic’s APIs. What they
          ask gets the same assignments, fallbacks, checks and log as everything else. Nobody can call it while it is
          off.
        </p>
      )}
      {!enabled && (
        <Button
          className={classes.open ?? ""}
          loading={switching}
          rightSection={<KeyHint keys="G" />}
          onClick={() => onSwitch(true)}
        >
          Switch on
        </Button>
      )}
      {enabled && trouble !== null && (
        <div className={classes.trouble} role="alert">
          <StateMark tone="bad">Does not listen</StateMark>
          <p>
            <WithCode text={trouble} />
          </p>
        </div>
      )}
      {enabled && url !== null && (
        <div className={classes.address}>
          <StateMark tone="good">Listens at</StateMark>
          <span role="group" aria-label="Gateway address">
            <code>{url}</code>
          </span>
          <CopyButton text={url} label="Copy address" word="Copy" />
        </div>
      )}
      <GatewayLimits key={`${status.port} ${status.maxBodyBytes}`} status={status} />
      <ManagesModels status={status} />
      <HeldSentence key={status.heldSentence} status={status} />
    </section>
  );
}
