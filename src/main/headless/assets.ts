import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import type { ServerResponse } from "node:http";
import { extname, join, normalize, sep } from "node:path";
import { pipeline } from "node:stream/promises";

export const contentSecurityPolicy =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; font-src 'self'; img-src 'self' data: blob:; " +
  "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const types: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
  ".png": "image/png",
  ".woff2": "font/woff2",
  ".json": "application/json",
  ".map": "application/json",
};

/** Serves one file of a folder, and nothing outside it; false when there is none. */
export async function serveAsset(directory: string, pathname: string, response: ServerResponse): Promise<boolean> {
  let name: string;
  try {
    name = normalize(decodeURIComponent(pathname));
  } catch {
    return false;
  }
  if (name.includes("\0") || name.split(/[/\\]/).includes("..")) return false;
  const file = join(directory, name === sep || name === "/" ? "index.html" : name);
  if (!file.startsWith(directory + sep)) return false;
  const found = await stat(file).catch(() => null);
  if (!found?.isFile()) return false;
  const type = types[extname(file)] ?? "application/octet-stream";
  response.writeHead(200, {
    "content-type": type,
    "content-length": found.size,
    // Built names carry a hash of their content; the page that names them does not.
    "cache-control": type.startsWith("text/html") ? "no-store" : "private, max-age=31536000, immutable",
  });
  await pipeline(createReadStream(file), response).catch(() => {}); // the reader went away
  return true;
}
