import { create } from "zustand";
import { pageKey } from "../../../api/page-key.ts";

/** A model file on its way from the browser into the backend's `models` folder. */
export interface Upload {
  readonly name: string;
  readonly bytesDone: number;
  readonly bytesTotal: number;
  readonly startedAtMs: number;
}

interface UploadState {
  readonly upload: Upload | null;
  readonly problem: string | null;
}

/** The upload this page makes; it goes on while other screens are looked at. */
export const useUpload = create<UploadState>(() => ({ upload: null, problem: null }));

let request: XMLHttpRequest | null = null;

/**
 * Streams a GGUF file up, with progress in `useUpload`; resolves to its name inside the `models` folder, or to null when
 * it was cancelled or failed, which `useUpload` then shows. One at a time.
 */
export function uploadModel(file: File): Promise<string | null> {
  if (request !== null) return Promise.resolve(null);
  const sent = new XMLHttpRequest();
  request = sent;
  const startedAtMs = Date.now();
  const report = (bytesDone: number): void =>
    useUpload.setState({ problem: null, upload: { name: file.name, bytesDone, bytesTotal: file.size, startedAtMs } });
  report(0);
  return new Promise((resolve) => {
    const end = (name: string | null, problem: string | null): void => {
      request = null;
      useUpload.setState({ upload: null, problem });
      resolve(name);
    };
    sent.upload.addEventListener("progress", ({ loaded }) => report(loaded));
    sent.addEventListener("load", () => {
      const answer = read(sent.responseText);
      if (sent.status >= 200 && sent.status < 300) end(answer.file ?? file.name, null);
      else end(null, answer.message ?? `${file.name} was refused (${sent.status}).`);
    });
    sent.addEventListener("error", () =>
      end(null, `${file.name} could not be sent. Check that Taleward still runs, then drop it again.`),
    );
    sent.addEventListener("abort", () => end(null, null));
    sent.open("POST", `/models?name=${encodeURIComponent(file.name)}`);
    sent.setRequestHeader("x-taleward-page-key", pageKey() ?? "");
    sent.setRequestHeader("content-type", "application/octet-stream");
    sent.send(file);
  });
}

/** Stops the upload; the backend throws away what had come. */
export function cancelUpload(): void {
  request?.abort();
}

function read(text: string): { readonly file: string | null; readonly message: string | null } {
  try {
    const answer: unknown = JSON.parse(text);
    const textAt = (key: string): string | null => {
      const value: unknown = typeof answer === "object" && answer !== null ? Reflect.get(answer, key) : null;
      return typeof value === "string" && value !== "" ? value : null;
    };
    const message = [textAt("message"), textAt("remedy")].filter((part) => part !== null).join(" ");
    return { file: textAt("file"), message: message === "" ? null : message };
  } catch {
    return { file: null, message: text.trim() === "" ? null : text.trim() };
  }
}
