import { Button } from "@mantine/core";
import { IconCheck, IconCopy } from "@tabler/icons-react";
import { useEffect, useState } from "react";
import { notifyProblem } from "../notify/notify.ts";
import { copyText } from "./copy-text.ts";

interface CopyButtonProps {
  /** What is copied, or how to find it at the press. */
  readonly text: string | (() => string);
  /** The button's text and its accessible name. */
  readonly label: string;
  /** The word alone beside the icon, where the label is longer than the space allows. */
  readonly word?: string;
}

/** Copies, and confirms it for two seconds in its own text. */
export function CopyButton({ text, label, word }: CopyButtonProps) {
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    if (!copied) return undefined;
    const timer = setTimeout(() => setCopied(false), 2_000);
    return () => clearTimeout(timer);
  }, [copied]);
  const copy = async (): Promise<void> => {
    try {
      await copyText(typeof text === "string" ? text : text());
      setCopied(true);
    } catch (error) {
      notifyProblem(error);
    }
  };
  const Icon = copied ? IconCheck : IconCopy;
  return (
    <Button
      variant="subtle"
      color="gray"
      size="compact-xs"
      aria-label={label}
      leftSection={<Icon size={14} stroke={1.5} aria-hidden />}
      onClick={() => void copy()}
    >
      <span aria-live="polite">{copied ? "Copied" : (word ?? label)}</span>
    </Button>
  );
}
