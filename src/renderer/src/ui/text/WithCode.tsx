import { Code } from "@mantine/core";

/** A sentence of the backend's in which what stands between backticks is a command to type. */
export function WithCode({ text }: { readonly text: string }) {
  return text.split(/`([^`]+)`/).map((part, index) => (index % 2 === 1 ? <Code key={index}>{part}</Code> : part));
}
