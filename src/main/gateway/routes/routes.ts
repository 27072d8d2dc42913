import type { IncomingHttpHeaders } from "node:http";
import { embedRoutes } from "./embed-routes.ts";
import type { Exchange } from "../http/exchange.ts";
import { libraryRoutes } from "./library-routes.ts";
import { listRoutes } from "./list-routes.ts";
import type { AnswerPorts } from "../ports.ts";
import { type Api, Refusal } from "../http/refusal.ts";
import { responseRoutes } from "./response-routes.ts";
import { textRoutes } from "./text-routes.ts";

/** Answers one request; what it throws becomes a refusal. `name` is what follows a route that ends in a slash. */
export type Handler = (exchange: Exchange, body: unknown, name: string) => Promise<void> | void;

type Method = "GET" | "HEAD" | "POST" | "DELETE";

interface Route {
  readonly methods: Readonly<Partial<Record<Method, Handler>>>;
  /** The methods that come with a body of JSON. */
  readonly bodies: readonly Method[];
}

export interface Routes {
  /** Throws `Refusal`, 404 for a path that has no route and 405 for a method it does not take. */
  find(method: string, path: string): { readonly handler: Handler; readonly takesBody: boolean; readonly name: string };
}

/** The API that a request belongs to, served or not. Both that begin with `/v1` list models; Anthropic's clients send their version. */
export function apiOf(path: string, headers: IncomingHttpHeaders): Api {
  if (path !== "/v1" && !path.startsWith("/v1/")) return "ollama";
  const isOfModels = path === "/v1/models" || path.startsWith("/v1/models/");
  if (path === "/v1/messages" || path.startsWith("/v1/messages/")) return "anthropic";
  return isOfModels && headers["anthropic-version"] !== undefined ? "anthropic" : "openai";
}

export function createRoutes(ports: AnswerPorts): Routes {
  const text = textRoutes(ports);
  const responses = responseRoutes(ports);
  const library = libraryRoutes(ports);
  const list = listRoutes(ports);
  const embed = embedRoutes(ports);
  const get = (handler: Handler): Route => ({ methods: { GET: handler }, bodies: [] });
  const getOrHead = (handler: Handler): Route => ({ methods: { GET: handler, HEAD: handler }, bodies: [] });
  const post = (handler: Handler): Route => ({ methods: { POST: handler }, bodies: ["POST"] });
  const routes = new Map<string, Route>([
    ["/", getOrHead(list.root)],
    ["/api/version", getOrHead(list.version)],
    ["/api/tags", getOrHead(list.tags)],
    ["/api/ps", get(list.ps)],
    ["/api/show", post(list.show)],
    ["/api/generate", post(text.ollamaGenerate)],
    ["/api/chat", post(text.ollamaChat)],
    ["/api/embed", post(embed.embed)],
    ["/api/embeddings", post(embed.embeddings)],
    ["/api/pull", post(library.pull)],
    ["/api/create", post(library.create)],
    ["/api/copy", post(library.copy)],
    ["/api/delete", { methods: { DELETE: library.remove }, bodies: ["DELETE"] }],
    ["/api/push", post(library.push)],
    ["/v1/models", get(list.models)],
    ["/v1/chat/completions", post(text.openaiChat)],
    ["/v1/completions", post(text.openaiCompletion)],
    ["/v1/embeddings", post(embed.openaiEmbeddings)],
    ["/v1/responses", post(responses.create)],
    ["/v1/messages", post(text.anthropicMessages)],
    ["/v1/messages/count_tokens", post(text.anthropicCountTokens)],
  ]);
  /** What follows the path is a name. */
  const named: readonly (readonly [path: string, Route])[] = [
    ["/v1/models/", get(list.model)],
    ["/api/blobs/", { methods: { HEAD: library.hasBlob, POST: library.putBlob }, bodies: [] }],
    ["/v1/responses/", { methods: { GET: responses.retrieve, DELETE: responses.remove }, bodies: [] }],
  ];

  return {
    find: (method, path) => {
      const [before, withName] = named.find(([start]) => path.startsWith(start) && path.length > start.length) ?? [];
      const route = routes.get(path) ?? withName;
      if (!route) throw new Refusal(404, "not_found", `There is nothing at ${path.slice(0, 200)}.`);
      const handler = Object.hasOwn(route.methods, method) ? route.methods[method as Method] : undefined;
      if (!handler) {
        const methods = Object.keys(route.methods);
        const words = `${path.slice(0, 200)} does not take ${method}. Use ${methods.join(" or ")}.`;
        throw new Refusal(405, "method_not_allowed", words, { allow: methods.join(", ") });
      }
      const name = before === undefined || routes.has(path) ? "" : decoded(path.slice(before.length));
      return { handler, takesBody: route.bodies.some((one) => one === method), name };
    },
  };
}

/** A name as it was meant, or as it stands where it is not URL-encoded. */
function decoded(name: string): string {
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}
