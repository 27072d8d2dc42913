import { Drawer } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import type { ModelDetails } from "../../../../../shared/contract/servers.ts";
import { queries } from "../../../api/connection.ts";
import { CopyButton } from "../../../ui/controls/CopyButton.tsx";
import { Facts } from "../../../ui/text/Facts.tsx";
import { FailedState } from "../../../ui/states/FailedState.tsx";
import { bytes, shortDigest, whole } from "../../../../../shared/format.ts";
import { LoadingState } from "../../../ui/states/LoadingState.tsx";
import { TimeText } from "../../../ui/text/TimeText.tsx";
import classes from "./Servers.module.css";

interface ModelDetailsDrawerProps {
  readonly endpoint: string;
  readonly model: string;
  readonly onClose: () => void;
}

/** Everything the server reports of a model. */
export function ModelDetailsDrawer({ endpoint, model, onClose }: ModelDetailsDrawerProps) {
  const details = useQuery({
    ...queries.servers.show.queryOptions({ input: { endpoint, model } }),
    staleTime: 0,
  });
  return (
    <Drawer opened onClose={onClose} position="right" size={560} title={model}>
      {details.isError && <FailedState error={details.error} onRetry={() => void details.refetch()} />}
      {details.isPending && <LoadingState label="details" rows={8} />}
      {details.data !== undefined && <Details details={details.data} />}
    </Drawer>
  );
}

function Details({ details }: { readonly details: ModelDetails }) {
  const texts = [
    ["Options", details.options],
    ["System prompt", details.system],
    ["Template", details.template],
    ["Licence", details.license],
    ["Modelfile", details.modelfile],
  ] as const;
  return (
    <>
      <Facts
        rows={[
          ["Digest", details.digest === null ? null : <code key="digest">{shortDigest(details.digest)}</code>],
          ["Size", details.sizeBytes === null ? null : bytes(details.sizeBytes)],
          ["Format", details.format],
          ["Family", details.family],
          ["Parameters", details.parameters],
          ["Quantisation", details.quantization],
          ["Context", details.contextTokens === null ? null : `${whole(details.contextTokens)} tokens`],
          ["Embedding", details.embeddingLength === null ? null : `${whole(details.embeddingLength)} numbers`],
          ["Can", details.capabilities.length === 0 ? null : details.capabilities.join(", ")],
          ["Changed", details.modifiedAtMs === null ? null : <TimeText key="changed" atMs={details.modifiedAtMs} />],
        ]}
      />
      {texts.map(([name, text]) =>
        text === null || text.trim() === "" ? null : (
          <section key={name} aria-label={name}>
            <header className={classes.textHead}>
              <h3 className={classes.textTitle}>{name}</h3>
              <CopyButton label={`Copy ${name.toLowerCase()}`} word="Copy" text={text} />
            </header>
            {/* Focusable, so that a keyboard can scroll it. */}
            <pre className={classes.pre} tabIndex={0}>
              {text}
            </pre>
          </section>
        ),
      )}
    </>
  );
}
