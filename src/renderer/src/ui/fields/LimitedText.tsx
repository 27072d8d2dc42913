import { Textarea, type TextareaProps, TextInput, type TextInputProps } from "@mantine/core";
import { type RefObject, useEffect, useRef } from "react";
import { tooLong } from "./text-limit.ts";

interface Limited {
  readonly value: string;
  /** In UTF-16 units. What is over it stays in the field, and the field says so. */
  readonly limit: number;
}

/** A text field that never cuts what is pasted into it: what is too long is kept and refused in words. */
export function LimitedTextarea({
  limit,
  error,
  ref,
  ...props
}: TextareaProps & Limited & WithRef<HTMLTextAreaElement>) {
  const own = useRef<HTMLTextAreaElement>(null);
  const field = ref ?? own;
  const refusal = useRefusal(field, props.value, limit);
  return <Textarea ref={field} {...props} error={refusal ?? error} />;
}

/** The same on one line. */
export function LimitedTextInput({ limit, error, ...props }: TextInputProps & Limited) {
  const field = useRef<HTMLInputElement>(null);
  const refusal = useRefusal(field, props.value, limit);
  return <TextInput ref={field} {...props} error={refusal ?? error} />;
}

interface WithRef<Field> {
  readonly ref?: RefObject<Field | null>;
}

function useRefusal(
  field: RefObject<HTMLInputElement | HTMLTextAreaElement | null>,
  value: string,
  limit: number,
): string | null {
  const refusal = tooLong(value, limit);
  useEffect(() => field.current?.setCustomValidity(refusal ?? ""), [field, refusal]);
  return refusal;
}
