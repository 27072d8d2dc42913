/** Where one call goes: the URL, which of Ollama's two body shapes it takes, and the server's base for everything else. */
export interface OllamaTarget {
  readonly url: URL;
  readonly shape: "chat" | "generate";
}

const defaultEndpoint = "http://127.0.0.1:11434";

/**
 * The base URL of the Ollama server that `OLLAMA_HOST` names, read as Ollama itself reads it (envconfig.Host): `host`,
 * `host:port`, `:port`, IPv6 with or without brackets, or a URL, whose default port is then 80 or 443. An address to listen
 * on everywhere (0.0.0.0, ::) becomes the loopback address to connect to. What cannot be read means the default.
 */
export function resolveOllamaEndpoint(ollamaHost: string | undefined): string {
  const text = (ollamaHost ?? "").trim().replaceAll(/^["']+|["']+$/g, "");
  const parts = /^(?:(https?):\/\/)?([^/]*)(\/(?!\/).*)?$/i.exec(text);
  if (parts === null) return defaultEndpoint;
  const scheme = parts[1]?.toLowerCase();
  const { host, port } = splitHost(parts[2] ?? "");
  const assumedPort = scheme === undefined ? "11434" : scheme === "https" ? "443" : "80";
  const usablePort = /^\d+$/.test(port) && Number(port) <= 65_535 ? port : assumedPort;
  const address = `${scheme ?? "http"}://${connectable(host)}:${usablePort}${(parts[3] ?? "").replace(/\/+$/, "")}`;
  if (!URL.canParse(address)) return defaultEndpoint;
  return new URL(address).href.replace(/\/$/, "");
}

/**
 * The target of a version's own endpoint: with a path it is the generate URL itself (`/api/chat` being Ollama's other one),
 * without one it is a server's base URL. The default endpoint is always a base URL, so that a gateway's prefix works there.
 */
export function targetOf(endpoint: string | undefined, serverEndpoint: string): OllamaTarget {
  if (endpoint === undefined || endpoint === serverEndpoint) {
    return { url: apiUrl(serverEndpoint, "/api/chat"), shape: "chat" };
  }
  const url = new URL(endpoint);
  if (url.pathname === "/") return { url: apiUrl(endpoint, "/api/chat"), shape: "chat" };
  return { url, shape: url.pathname.endsWith("/api/chat") ? "chat" : "generate" };
}

/** One of the server's own API addresses, for an endpoint of either kind. */
export function apiUrl(endpoint: string, path: `/api/${string}`): URL {
  const url = new URL(endpoint);
  url.search = "";
  url.hash = "";
  url.pathname = url.pathname.replace(/(\/api\/(generate|chat)|\/generate|\/)$/, "") + path;
  return url;
}

/** Whether two names mean the same model to Ollama, which reads a missing tag as `latest`. */
export function sameModel(left: string, right: string): boolean {
  return withTag(left) === withTag(right);
}

/** A missing tag means `latest`. */
export function withTag(name: string): string {
  return name.slice(name.lastIndexOf("/") + 1).includes(":") ? name : `${name}:latest`;
}

function splitHost(text: string): { host: string; port: string } {
  const bracketed = /^\[(.*)\](?::(.*))?$/.exec(text);
  if (bracketed !== null) return { host: bracketed[1] ?? "", port: bracketed[2] ?? "" };
  const colon = text.indexOf(":");
  if (colon === -1 || text.includes(":", colon + 1)) return { host: text, port: "" };
  return { host: text.slice(0, colon), port: text.slice(colon + 1) };
}

function connectable(host: string): string {
  if (host === "" || host === "0.0.0.0") return "127.0.0.1";
  if (host === "::") return "[::1]";
  return host.includes(":") ? `[${host}]` : host;
}
