import type { ProviderName, VersionConfiguration } from "../../shared/contract/registry.ts";
import { Failure } from "../base/failure.ts";

/** Throws `Failure` BAD_REQUEST, naming the field, where a provider cannot work with a configuration. */
export function refuseUnusable(
  provider: ProviderName,
  configuration: VersionConfiguration,
  field = "configuration",
): void {
  const { endpoint, replicas, file } = configuration;
  const refuse = (name: string, value: string, message: string, remedy: string) =>
    new Failure("BAD_REQUEST", message, { field: `${field}.${name}`, value, remedy });
  if (provider === "embedded") {
    if (file === undefined)
      throw refuse(
        "file",
        "",
        "The built-in engine needs a model file.",
        "Name a GGUF file in the data directory's models folder, its absolute path, or `starter`.",
      );
    if (file.includes("\0"))
      throw refuse("file", file, "A file's name holds no null character.", "Give the file's real name.");
    const server = endpoint ?? replicas?.[0];
    if (server !== undefined)
      throw refuse(
        endpoint === undefined ? "replicas" : "endpoint",
        server,
        "The built-in engine runs here and asks no server.",
        "Leave the server out, or use the provider `ollama` or `openai`.",
      );
    return;
  }
  if (file !== undefined)
    throw refuse(
      "file",
      file,
      provider === "ollama" ? "A model in Ollama has no file here." : "A model on a server has no file here.",
      "Leave `file` out, or use the provider `embedded`.",
    );
  if (provider === "openai" && endpoint === undefined)
    throw refuse(
      "endpoint",
      "",
      "An OpenAI-compatible model needs its server's address.",
      "Give the server's base URL, such as http://127.0.0.1:8000/v1.",
    );
  if (endpoint !== undefined) refuseCredentials(endpoint, `${field}.endpoint`);
  for (const [index, replica] of (replicas ?? []).entries()) refuseCredentials(replica, `${field}.replicas.${index}`);
}

/** Addresses are kept in the database and in exports, where no password may be. */
export function refuseCredentials(endpoint: string, field: string): void {
  const { username, password, host } = new URL(endpoint);
  if (username === "" && password === "") return;
  throw new Failure(
    "BAD_REQUEST",
    "An address is stored unencrypted, so it must not have a user name or a password in it.",
    {
      field,
      value: host,
      remedy: "Leave them out of the address, and save the server's key with the server.",
    },
  );
}
