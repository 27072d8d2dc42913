import { Button, TextInput } from "@mantine/core";
import { IconDownload } from "@tabler/icons-react";
import { useEffect, useRef, useState } from "react";
import { api } from "../../../api/connection.ts";
import { toProblem } from "../../../api/problem.ts";
import { shortAddress } from "../../../../../shared/format.ts";
import classes from "./Servers.module.css";

interface PullFormProps {
  readonly endpoint: string;
  /** Takes the focus. */
  readonly focused?: boolean;
}

/** Starts a pull by a model's name; it goes on in the backend whatever becomes of this page. */
export function PullForm({ endpoint, focused = false }: PullFormProps) {
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => {
    if (focused) field.current?.focus();
  }, [focused]);
  const [model, setModel] = useState("");
  const [error, setError] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const pull = async (): Promise<void> => {
    if (model.trim() === "") {
      setError("Give the model's name, such as smollm2:135m.");
      return;
    }
    setBusy(true);
    try {
      await api.servers.pull({ endpoint, model: model.trim() });
      setModel("");
    } catch (failure) {
      const problem = toProblem(failure);
      setError(`${problem.message} ${problem.remedy}`);
    } finally {
      setBusy(false);
    }
  };
  return (
    <form
      className={classes.pull}
      aria-label={`Pull a model to ${shortAddress(endpoint)}`}
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        void pull(); // its failure is shown at the field
      }}
    >
      <TextInput
        ref={field}
        className={classes.pullName}
        size="xs"
        aria-label="Model to pull"
        placeholder="A model to pull, such as smollm2:135m"
        value={model}
        error={error}
        onChange={(event) => {
          setModel(event.currentTarget.value);
          setError(null);
        }}
      />
      <Button type="submit" variant="default" loading={busy} leftSection={<IconDownload size={14} stroke={1.5} />}>
        Pull
      </Button>
    </form>
  );
}
