/** Where a server's addresses are, for an endpoint of any kind. */
export interface OpenAIAddresses {
  readonly chat: URL;
  readonly completions: URL;
  readonly embeddings: URL;
  readonly models: URL;
  /** One of the addresses beside the API, such as `/props` of llama.cpp. */
  readonly beside: (path: `/${string}`) => URL;
}

/**
 * The addresses of an endpoint: `http://host:port`, and whatever ends in `/v1`, is a base URL; with another path it is the
 * chat completions URL itself.
 */
export function addressesOf(endpoint: string): OpenAIAddresses {
  const { chat, api } = partsOf(endpoint);
  const under = (base: URL, path: string): URL => {
    const url = new URL(base);
    url.pathname = url.pathname.replace(/\/$/, "") + path;
    return url;
  };
  const server = new URL(api);
  server.pathname = api.pathname.replace(/\/v1$/, "");
  return {
    chat: chat ?? under(api, "/chat/completions"),
    completions: under(api, "/completions"),
    embeddings: under(api, "/embeddings"),
    models: under(api, "/models"),
    beside: (path) => under(server, path),
  };
}

/** The server behind an endpoint, the same for all its spellings: what its key is kept under. No trailing slash, no credentials. */
export function openAIBase(endpoint: string): string {
  const base = addressesOf(endpoint).beside("/");
  base.username = "";
  base.password = "";
  return base.href.replace(/\/$/, "");
}

function partsOf(endpoint: string): { chat: URL | null; api: URL } {
  const url = new URL(endpoint);
  const path = url.pathname.replace(/\/+$/, "");
  const at = (pathname: string): URL => {
    const base = new URL(url);
    base.search = "";
    base.hash = "";
    base.pathname = pathname;
    return base;
  };
  if (path === "") return { chat: null, api: at("/v1") };
  if (path.endsWith("/v1")) return { chat: null, api: at(path) };
  const api = /^(.*)\/chat\/completions$/.exec(path)?.[1];
  return { chat: url, api: at(api === undefined ? "/v1" : api) };
}
