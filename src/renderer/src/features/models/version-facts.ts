import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import type { EndpointHealth, ModelVersion, ServerModel } from "../../../../shared/contract/registry.ts";
import { queries } from "../../api/connection.ts";

/** What the server or the file reports of a version; null where neither does. */
export interface VersionFacts {
  readonly sizeBytes: number | null;
  readonly parameters: string | null;
  readonly quantization: string | null;
  readonly contextTokens: number | null;
  readonly loaded: boolean | null;
}

export type FindOnServer = (
  version: ModelVersion,
) => { readonly health: EndpointHealth; readonly model: ServerModel } | null;

/** Finds a version among what the known servers have, as last reported. */
export function useServersModels(): FindOnServer {
  const endpoints = useQuery(queries.registry.endpoints.queryOptions({ input: {} })).data;
  const home = useQuery(queries.app.info.queryOptions()).data?.ollamaEndpoint;
  return useMemo(() => {
    const byServerAndName = new Map(
      endpoints?.flatMap((health) =>
        health.models.map((model) => [`${baseOf(health.endpoint)} ${withTag(model.name)}`, { health, model }] as const),
      ),
    );
    return ({ provider, model, configuration }) => {
      const endpoint = configuration.endpoint ?? (provider === "ollama" ? home : undefined);
      if (endpoint === undefined) return null;
      return byServerAndName.get(`${baseOf(endpoint)} ${withTag(configuration.serverModel ?? model)}`) ?? null;
    };
  }, [endpoints, home]);
}

/** The facts of one version. */
export function useVersionFacts(version: ModelVersion, find: FindOnServer): VersionFacts {
  const embedded = version.provider === "embedded";
  const path = version.configuration.file;
  const file = useQuery({
    ...queries.servers.inspectFile.queryOptions({ input: { path: path ?? "starter" } }),
    enabled: embedded && path !== undefined,
  }).data;
  const onServer = find(version);
  const shown = useQuery({
    ...queries.servers.show.queryOptions({
      input: { endpoint: onServer?.health.endpoint ?? "", model: onServer?.model.name ?? "" },
    }),
    enabled: onServer !== null && onServer.health.provider === "ollama" && onServer.health.state === "up",
  }).data;
  const answers = version.assignedTo[0];
  const status = useQuery({
    ...queries.inference.status.queryOptions({ input: { useCase: answers ?? "" } }),
    enabled: embedded && answers !== undefined,
  }).data;
  const own = version.configuration.contextTokens ?? null;
  if (embedded) {
    return {
      sizeBytes: file?.sizeBytes ?? null,
      parameters: file?.parameters ?? null,
      quantization: file?.quantization ?? null,
      contextTokens: own ?? file?.contextTokens ?? null,
      loaded: status?.loaded ?? null,
    };
  }
  return {
    sizeBytes: onServer?.model.sizeBytes ?? null,
    parameters: onServer?.model.parameters ?? null,
    quantization: onServer?.model.quantization ?? null,
    contextTokens: own ?? shown?.contextTokens ?? null,
    loaded: onServer?.model.loaded ?? null,
  };
}

function baseOf(endpoint: string): string {
  return URL.canParse(endpoint) ? new URL(endpoint).origin : endpoint;
}

function withTag(name: string): string {
  return name.includes(":") ? name : `${name}:latest`;
}
