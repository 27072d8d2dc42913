import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import type { ServerResponse } from "node:http";
import { join, normalize, sep } from "node:path";
import { pipeline } from "node:stream/promises";
import { contentTypeOf } from "../base/web-assets.ts";

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
  const type = contentTypeOf(file);
  response.writeHead(200, {
    "content-type": type,
    "content-length": found.size,
    // Built names carry a hash of their content; the page that names them does not.
    "cache-control": type.startsWith("text/html") ? "no-store" : "private, max-age=31536000, immutable",
  });
  await pipeline(createReadStream(file), response).catch(() => {}); // the reader went away
  return true;
}
