import { readFile } from "node:fs/promises";
import { resolve, sep } from "node:path";
import { protocol, type Session } from "electron";
import { contentSecurityPolicy, contentTypeOf } from "../base/web-assets.ts";

export const origin = "app://taleward";

/** Must run before the app is ready. */
export function declareScheme(): void {
  protocol.registerSchemesAsPrivileged([
    { scheme: "app", privileges: { standard: true, secure: true, supportFetchAPI: true, codeCache: true } },
  ]);
}

export function pageUrl(page: "index.html" | "failure.html"): string {
  return `${origin}/${page}`;
}

/** Serves the built renderer, and no file outside its folder, under `app://taleward/`. */
export function serveRenderer(session: Session, folder: string): void {
  session.protocol.handle("app", async (request) => {
    const file = fileFor(request.url, folder);
    if (file === undefined) return new Response("Not found", { status: 404 });
    try {
      return new Response(await readFile(file), {
        headers: {
          "content-type": contentTypeOf(file),
          "content-security-policy": contentSecurityPolicy,
          "x-content-type-options": "nosniff",
        },
      });
    } catch {
      return new Response("Not found", { status: 404 });
    }
  });
}

function fileFor(address: string, folder: string): string | undefined {
  const url = new URL(address);
  if (url.host !== "taleward") return undefined;
  const file = resolve(folder, `.${decode(url.pathname)}`);
  return file.startsWith(folder + sep) ? file : undefined;
}

/** Decoded after parsing, so that an encoded slash or dot is seen by the folder check too. */
function decode(pathname: string): string {
  try {
    return decodeURIComponent(pathname);
  } catch {
    return pathname;
  }
}
