import type { ModelVersion } from "../../../../../shared/contract/registry.ts";
import { CopyButton } from "../../../ui/controls/CopyButton.tsx";
import { Facts } from "../../../ui/text/Facts.tsx";
import { bytes, shortDigest, whole } from "../../../../../shared/format.ts";
import { StateMark } from "../../../ui/marks/StateMark.tsx";
import { TimeText } from "../../../ui/text/TimeText.tsx";
import { isWaiting, usePinning } from "./pinning.ts";
import { useServersModels, useVersionFacts } from "../version-facts.ts";
import classes from "./VersionPage.module.css";
import { providerWords, whereabouts } from "../version-labels.ts";

/** What the version is, as its server or file reports it now. */
export function VersionFactList({ version }: { readonly version: ModelVersion }) {
  const facts = useVersionFacts(version, useServersModels());
  const where = whereabouts(version);
  return (
    <section className={classes.card} aria-label="Facts">
      <Facts
        rows={[
          ["Provider", `${providerWords[version.provider]}${where === "" ? "" : `, ${where}`}`],
          ["Type", version.modelType === "remote" ? "remote" : "self-hosted"],
          ["Parameters", facts.parameters],
          ["Quantisation", facts.quantization],
          ["Size", facts.sizeBytes === null ? null : bytes(facts.sizeBytes)],
          ["Context", facts.contextTokens === null ? null : `${whole(facts.contextTokens)} tokens`],
          ["Memory", facts.loaded === null ? null : facts.loaded ? "loaded" : "not loaded"],
          ["Registered", <TimeText key="registered" atMs={version.createdAtMs} />],
        ]}
      />
      <div className={classes.digest}>
        {version.digest === null ? (
          <Unpinned version={version} />
        ) : (
          <>
            <span className={classes.faint}>Digest</span>
            <code title={version.digest}>{shortDigest(version.digest)}</code>
            <CopyButton label="Copy digest" word="Copy" text={version.digest} />
          </>
        )}
      </div>
    </section>
  );
}

/** Why it has no digest; asking may pin it, which is then announced. */
function Unpinned({ version }: { readonly version: ModelVersion }) {
  const pinning = usePinning(version);
  return (
    <div role="status">
      {isWaiting(pinning) && <StateMark tone="warn">Not pinned yet</StateMark>}
      {pinning !== null && <p className={classes.faint}>{pinning.message}</p>}
    </div>
  );
}
