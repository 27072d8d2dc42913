const form = 'form[aria-label="Request"]';

/** Puts the caret where something is wrong, the first of it. */
export function focusFirstError(): void {
  document.querySelector<HTMLElement>(`${form} [aria-invalid="true"]`)?.focus();
}

/** Puts the caret where the next turn is written. */
export function focusLastMessage(): void {
  document.querySelector<HTMLElement>(`${form} [aria-label="Messages"] > :last-child textarea`)?.focus();
}
