import { embedRoutes } from "./embed-routes.ts";
import type { Exchange } from "../http/exchange.ts";
import { listRoutes } from "./list-routes.ts";
import type { AnswerPorts } from "../ports.ts";
import { type Api, Refusal } from "../http/refusal.ts";
import { textRoutes } from "./text-routes.ts";

/** Answers one request; what it throws becomes a refusal. `name` is what follows a route that ends in a slash. */
export type Handler = (exchange: Exchange, body: unknown, name: string) => Promise<void> | void;

interface Route {
  readonly methods: readonly ("GET" | "HEAD" | "POST")[];
  readonly handler: Handler;
}

export interface Routes {
  /** Throws `Refusal`, 404 for a path that has no route and 405 for a method it does not take. */
  find(method: string, path: string): { readonly handler: Handler; readonly takesBody: boolean; readonly name: string };
}

/** The API that a path belongs to, served or not. */
export function apiOf(path: string): Api {
  return path === "/v1" || path.startsWith("/v1/") ? "openai" : "ollama";
}

export function createRoutes(ports: AnswerPorts): Routes {
  const text = textRoutes(ports);
  const list = listRoutes(ports);
  const embed = embedRoutes(ports);
  const get = (handler: Handler): Route => ({ methods: ["GET"], handler });
  const getOrHead = (handler: Handler): Route => ({ methods: ["GET", "HEAD"], handler });
  const post = (handler: Handler): Route => ({ methods: ["POST"], handler });
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
    ["/v1/models", get(list.openaiList)],
    ["/v1/chat/completions", post(text.openaiChat)],
    ["/v1/completions", post(text.openaiCompletion)],
    ["/v1/embeddings", post(embed.openaiEmbeddings)],
  ]);
  const oneModel = get(list.openaiModel);
  const modelPath = "/v1/models/";

  return {
    find: (method, path) => {
      const isModel = path.startsWith(modelPath) && path.length > modelPath.length;
      const route = isModel ? oneModel : routes.get(path);
      if (!route) throw new Refusal(404, "not_found", `There is nothing at ${path.slice(0, 200)}.`);
      if (!route.methods.some((one) => one === method)) {
        const words = `${path.slice(0, 200)} does not take ${method}. Use ${route.methods.join(" or ")}.`;
        throw new Refusal(405, "method_not_allowed", words, { allow: route.methods.join(", ") });
      }
      const name = isModel ? decoded(path.slice(modelPath.length)) : "";
      return { handler: route.handler, takesBody: method === "POST", name };
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
