import { PasswordInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { queries } from "../../api/connection.ts";

interface KeyFieldProps {
  readonly value: string;
  readonly hasKey: boolean;
  readonly error?: string | undefined;
  readonly onChange: (key: string) => void;
}

/** A server's key, which is never shown again, with a note of where it will be kept. */
export function KeyField({ value, hasKey, error, onChange }: KeyFieldProps) {
  const storage = useQuery(queries.registry.keyStorage.queryOptions()).data;
  return (
    <PasswordInput
      label="Key"
      placeholder={hasKey ? "a key is kept; type to replace it" : "none"}
      description={storage?.description}
      disabled={storage?.available === false}
      autoComplete="off"
      size="sm"
      visibilityToggleButtonProps={{ "aria-label": "Show what is typed" }}
      value={value}
      error={error}
      onChange={(event) => onChange(event.currentTarget.value)}
    />
  );
}
