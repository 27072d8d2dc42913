import type { IncomingMessage, ServerResponse } from "node:http";
import { failureStatus } from "../../shared/contract/errors.ts";
import { Failure } from "../base/failure.ts";
import type { Access } from "./access.ts";
import { contentSecurityPolicy } from "../base/web-assets.ts";
import { serveAsset } from "./assets.ts";
import type { ModelUploads } from "./model-upload.ts";

export interface PageServerPorts {
  readonly access: Access;
  readonly uploads: ModelUploads;
  readonly rendererDirectory: string;
  /** Appended to every link that opens the workbench. */
  readonly query: string;
  /** Shuts out every browser, open tabs included. Throws `Failure` where that cannot be written down. */
  readonly signOutEverywhere: () => Promise<void>;
}

/**
 * The HTTP side of the headless host: pages for browsers that opened a link, links and model files for the owner of the data
 * directory. An unknown client gets 401 with the remedy in a sentence, and a request from another site gets 403.
 */
export class PageServer {
  readonly #ports: PageServerPorts;

  constructor(ports: PageServerPorts) {
    this.#ports = ports;
  }

  /** Answers one request. Rejects where writing the response fails. */
  async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { access, rendererDirectory } = this.#ports;
    secure(response);
    const url = pageUrl(request.url ?? "/", access.origin);
    if (!access.isFromHere(request)) return refuse(response, 403, "This address is for this machine's own browser.");
    if (url === null)
      return refuse(response, 400, "This is no address of a page: give a path that begins with one slash.");
    if (request.method === "POST") return this.#post(request, response, url);
    if (request.method !== "GET" && request.method !== "HEAD")
      return refuse(response, 405, "Only pages are served here.");
    if (url.pathname === "/session") {
      if (!access.isTrusted(request)) return refuse(response, 401, usedLink);
      response.writeHead(204).end();
      return;
    }
    const token = url.searchParams.get("token");
    // A preview or a scanner sends HEAD: only a person's GET uses a link up.
    if (token !== null && request.method === "GET") return this.#open(request, response, url, token);
    if (!access.isKnown(request)) return refuse(response, 401, usedLink);
    if (!(await serveAsset(rendererDirectory, url.pathname, response))) refuse(response, 404, "There is no such page.");
  }

  /** What writes: only the owner of the data directory, and pages of this origin. */
  async #post(request: IncomingMessage, response: ServerResponse, url: URL): Promise<void> {
    const { access, uploads, query } = this.#ports;
    if (!["/link", "/models", "/sign-out"].includes(url.pathname))
      return refuse(response, 405, "Only pages are served here.");
    if (!access.isTrusted(request))
      return refuse(
        response,
        401,
        url.pathname === "/link" ? "Only the owner of the data directory can ask for a link." : usedLink,
      );
    if (url.pathname === "/models") return uploads.receive(request, response, url.searchParams.get("name"));
    if (url.pathname === "/link") {
      response.writeHead(200, { "content-type": "text/plain" }).end(access.createLink(query));
      return;
    }
    try {
      await this.#ports.signOutEverywhere();
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      return refuse(response, failureStatus[error.code], `${error.message} ${error.data.remedy}`);
    }
    response.writeHead(200, { "content-type": "text/plain" }).end("Every browser is signed out.\n");
  }

  /** A link was followed: the browser is let in where its token is still good, or it was let in before. */
  #open(request: IncomingMessage, response: ServerResponse, url: URL, token: string): void {
    const { access } = this.#ports;
    const admission = access.redeem(token);
    if (admission === null && !access.isKnown(request)) return refuse(response, 401, usedLink);
    url.searchParams.delete("token");
    const location = `${url.pathname}${url.search}`;
    response
      .writeHead(303, {
        "cache-control": "no-store",
        // What stands behind # is sent to nobody: the page takes it from there.
        location: admission === null ? location : `${location}#page-key=${admission.pageKey}`,
        ...(admission !== null && { "set-cookie": admission.cookie }),
      })
      .end();
  }
}

const usedLink =
  "This link was used already, or is from an earlier start. Start Taleward again on the same folder for a fresh one.";

/** The URL of a request's target; null where it leads to another host, as `//host/` does, or is no path at all. */
function pageUrl(target: string, origin: string): URL | null {
  const url = target.startsWith("/") && URL.canParse(target, origin) ? new URL(target, origin) : null;
  return url !== null && url.origin === origin && !url.pathname.startsWith("//") ? url : null;
}

function secure(response: ServerResponse): void {
  response.setHeader("content-security-policy", contentSecurityPolicy);
  response.setHeader("x-content-type-options", "nosniff");
  response.setHeader("referrer-policy", "no-referrer");
  response.setHeader("cross-origin-opener-policy", "same-origin");
  response.setHeader("cross-origin-resource-policy", "same-origin");
}

function refuse(response: ServerResponse, status: number, why: string): void {
  response.writeHead(status, { "content-type": "text/plain; charset=utf-8" }).end(`${why}\n`);
}
