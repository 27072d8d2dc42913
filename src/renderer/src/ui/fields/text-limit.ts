import { counted, whole } from "../../../../shared/format.ts";

/** Why a text cannot be sent as it stands, with the numbers; null where it fits. Characters are UTF-16 units, as the backend counts. */
export function tooLong(text: string, limit: number): string | null {
  if (text.length <= limit) return null;
  const over = counted(text.length - limit, "character");
  return `This has ${whole(text.length)} characters, and up to ${whole(limit)} can be taken. Nothing was cut: take out ${over}.`;
}

/** Whether a field of the form holds more than it may, and says so; the first such field gets the focus. */
export function isRefused(form: HTMLFormElement): boolean {
  for (const field of form.elements) {
    if (!(field instanceof HTMLInputElement || field instanceof HTMLTextAreaElement)) continue;
    if (!field.validity.customError) continue;
    field.focus();
    return true;
  }
  return false;
}
