import { type Path, Fields, written } from "../fields.ts";
import { Refusal } from "../http/refusal.ts";
import { isBase64 } from "../text-request.ts";

const imageUrl = /^data:(?:image\/(?:jpeg|jpg|png|webp))?;base64,/;
const maxImages = 16;

/**
 * The content of a message: a text, or a list of texts and of images as data URLs, which become one text and its images. It may be
 * missing only where the assistant called tools.
 */
export function contentOf(fields: Fields, calledTools: boolean): { content: string; images?: string[] } {
  const given = fields.any("content");
  if (typeof given === "string") return { content: given };
  if (given === undefined) {
    if (calledTools) return { content: "" };
    throw invalid([...fields.path, "content"], "content is missing. It has to be a text or a list of parts.");
  }
  if (!Array.isArray(given)) throw fields.wrong("content", given, { kind: "string", goType: "string" });
  const texts: string[] = [];
  const images: string[] = [];
  for (const part of fields.objects("content", "array") ?? []) {
    const type = part.string("type");
    if (type === "text" || type === "refusal") texts.push(part.string(type) ?? "");
    else if (type === "image_url") images.push(imageOf(part));
    else throw invalid([...part.path, "type"], `'${type ?? ""}' is not supported. A part has to be text or image_url.`);
  }
  if (images.length > maxImages)
    throw invalid([...fields.path, "content"], `${images.length} images are too many. Send ${maxImages} at most.`);
  return { content: texts.join("\n"), ...(images.length > 0 && { images }) };
}

function imageOf(part: Fields): string {
  const given = part.any("image_url");
  const url = typeof given === "string" ? given : (part.object("image_url")?.string("url") ?? "");
  return imageFrom(url, [...part.path, "image_url", "url"]);
}

/** The base64 of an image's data URL. Throws `Refusal` for any other URL: nothing is fetched. */
export function imageFrom(url: string, path: Path): string {
  if (/^https?:/i.test(url))
    throw invalid(
      path,
      "image URLs are not supported: nothing is fetched. Send the image as a base64 data URL instead.",
    );
  const start = imageUrl.exec(url);
  const data = start === null ? "" : url.slice(start[0].length);
  if (!isBase64(data))
    throw invalid(path, "invalid image input: a data URL of a PNG, JPEG or WebP image in base64 is wanted");
  return data;
}

function invalid(path: Path, message: string): Refusal {
  return new Refusal(400, "invalid_value", message, { param: written(path) });
}
