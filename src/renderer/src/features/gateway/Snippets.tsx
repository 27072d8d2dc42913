import { Anchor, Select } from "@mantine/core";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { queries } from "../../api/connection.ts";
import type { GatewayStatus } from "../../../../shared/contract/gateway.ts";
import { hrefOf } from "../../shell/route.ts";
import { CopyButton } from "../../ui/controls/CopyButton.tsx";
import { StateMark } from "../../ui/marks/StateMark.tsx";
import { WithCode } from "../../ui/text/WithCode.tsx";
import classes from "./Gateway.module.css";
import { hiddenKey, useKeyShown } from "./key-shown.ts";
import { snippets } from "./snippets.ts";

/** What to paste into a program, with the address, the key and a model of one's own. */
export function Snippets({ status }: { readonly status: GatewayStatus }) {
  const useCases = useQuery(queries.registry.useCases.queryOptions());
  const versions = useQuery({
    ...queries.registry.versions.queryOptions({ input: { limit: 50 } }),
    placeholderData: keepPreviousData,
  });
  const shown = useKeyShown((state) => state.shown);
  const [chosenModel, setChosenModel] = useState<string | null>(null);
  const [program, setProgram] = useState("curl, Ollama");
  const answered = useCases.data?.filter(({ assignment }) => assignment !== null).map(({ name }) => name) ?? [];
  const named = (versions.data?.items ?? [])
    .filter(({ status: state }) => state !== "retired")
    .map(({ model, version }) => `${model}@${version}`);
  const model = chosenModel ?? answered[0] ?? named[0] ?? "story_generation";
  const url = status.url ?? `http://127.0.0.1:${status.port}`;
  const given = { url, model };
  const all = snippets({ ...given, key: shown ? (status.key ?? hiddenKey) : hiddenKey });
  const index = Math.max(
    0,
    all.findIndex(({ name }) => name === program),
  );
  const snippet = all[index];
  const known = useCases.isFetched && versions.isFetched;
  return (
    <section className={classes.section} aria-labelledby="clients-title">
      <h2 className={classes.title} id="clients-title">
        Use it from a program
      </h2>
      {known && answered.length === 0 && named.length === 0 && (
        <p className={classes.text}>
          <StateMark tone="warn">No model answers yet</StateMark> Programs are refused until one does.{" "}
          <Anchor href={hrefOf("models")} size="sm" underline="always">
            Choose a model
          </Anchor>
        </p>
      )}
      <div className={classes.pair}>
        <Select
          label="Program"
          size="xs"
          value={program}
          data={all.map(({ name }) => name)}
          onChange={(name) => setProgram(name ?? program)}
        />
        <Select
          label="Model"
          size="xs"
          searchable
          value={model}
          data={[
            { group: "Use cases", items: answered },
            { group: "Versions", items: named },
            ...([...answered, ...named].includes(model) ? [] : [{ group: "Once it is answered", items: [model] }]),
          ].filter(({ items }) => items.length > 0)}
          onChange={setChosenModel}
        />
      </div>
      {snippet !== undefined && (
        <figure className={classes.snippet} aria-label={`How to use it from ${snippet.name}`}>
          <figcaption className={classes.snippetHead}>
            <span>
              <WithCode text={snippet.how} />
            </span>
            <CopyButton
              text={() => snippets({ ...given, key: status.key ?? "YOUR-KEY" })[index]?.text ?? ""}
              label="Copy snippet"
              word="Copy"
            />
          </figcaption>
          <pre className={classes.code} tabIndex={0}>
            {snippet.text}
          </pre>
        </figure>
      )}
    </section>
  );
}
