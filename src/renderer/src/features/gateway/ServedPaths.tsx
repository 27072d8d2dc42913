import type { GatewayStatus } from "../../../../shared/contract/gateway.ts";
import classes from "./Gateway.module.css";

/** What programs can ask for, by API. */
export function ServedPaths({ status }: { readonly status: GatewayStatus }) {
  const apis = [
    {
      name: "Ollama",
      paths: [
        "/api/chat",
        "/api/generate",
        "/api/embed",
        "/api/embeddings",
        "/api/tags",
        "/api/show",
        "/api/ps",
        "/api/version",
        ...(status.managesModels ? ["/api/pull", "/api/create", "/api/copy", "/api/delete", "/api/blobs"] : []),
      ],
    },
    {
      name: "OpenAI",
      paths: ["/v1/chat/completions", "/v1/responses", "/v1/completions", "/v1/embeddings", "/v1/models"],
    },
    { name: "Anthropic", paths: ["/v1/messages", "/v1/models"] },
  ];
  return (
    <section className={classes.section} aria-labelledby="served-title">
      <h2 className={classes.title} id="served-title">
        What is served
      </h2>
      <dl className={classes.served}>
        {apis.map(({ name, paths }) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>
              {paths.map((path) => (
                <code key={path}>{path}</code>
              ))}
            </dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
