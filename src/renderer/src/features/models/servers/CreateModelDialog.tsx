import { Button, FileButton, Group, Modal, Select, Stack, Textarea, TextInput } from "@mantine/core";
import { useState } from "react";
import { api } from "../../../api/connection.ts";
import { pathOfFile } from "../../../api/desktop.ts";
import { toProblem } from "../../../api/problem.ts";
import { shortAddress } from "../../../../../shared/format.ts";
import classes from "./Servers.module.css";

interface CreateModelDialogProps {
  readonly endpoint: string;
  readonly onClose: () => void;
}

const fields = ["model", "modelfile", "quantize"] as const;
type Errors = Readonly<Partial<Record<(typeof fields)[number] | "form", string>>>;

const quantizations = ["q8_0", "q4_K_M", "q4_K_S"];

/** Creates a model on an Ollama server from a Modelfile, whose FROM is a model there or a GGUF file on this machine. */
export function CreateModelDialog({ endpoint, onClose }: CreateModelDialogProps) {
  const [model, setModel] = useState("");
  const [modelfile, setModelfile] = useState("FROM ");
  const [quantize, setQuantize] = useState<string | null>(null);
  const [errors, setErrors] = useState<Errors>({});
  const [busy, setBusy] = useState(false);
  const desktop = window.taleward !== undefined;
  const submit = async (): Promise<void> => {
    if (model.trim() === "") {
      setErrors({ model: "Give the new model a name, such as storyteller:1." });
      return;
    }
    setBusy(true);
    try {
      await api.servers.create({ endpoint, model: model.trim(), modelfile, ...(quantize !== null && { quantize }) });
      onClose();
    } catch (failure) {
      const problem = toProblem(failure);
      const field = fields.find((name) => name === problem.field) ?? "form";
      setErrors({ [field]: `${problem.message} ${problem.remedy}` });
      setBusy(false);
    }
  };
  const takePath = (file: File | null): void => {
    const path = file === null ? null : pathOfFile(file);
    if (path !== null) setModelfile(modelfile.replace(/^FROM[^\n]*/i, `FROM ${path}`));
  };
  return (
    <Modal opened onClose={onClose} title={`Create a model at ${shortAddress(endpoint)}`} size="lg">
      <form
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          void submit(); // its failure is shown in the form
        }}
      >
        <Stack gap="sm">
          <TextInput
            label="Name"
            placeholder="storyteller:1"
            data-autofocus
            value={model}
            error={errors.model}
            onChange={(event) => {
              setModel(event.currentTarget.value);
              setErrors({});
            }}
          />
          <Textarea
            label="Modelfile"
            description="FROM names a model on the server, or a GGUF file on this machine by its whole path. PARAMETER, SYSTEM and TEMPLATE lines may follow."
            placeholder={"FROM smollm2:135m\nPARAMETER temperature 0.8\nSYSTEM You tell short stories."}
            classNames={{ input: classes.code }}
            autosize
            minRows={6}
            maxRows={16}
            spellCheck={false}
            value={modelfile}
            error={errors.modelfile}
            onChange={(event) => {
              setModelfile(event.currentTarget.value);
              setErrors({});
            }}
          />
          {desktop && (
            <FileButton accept=".gguf" onChange={takePath}>
              {(props) => (
                <Button {...props} variant="default" className={classes.start}>
                  Take a GGUF file as FROM
                </Button>
              )}
            </FileButton>
          )}
          <Select
            label="Quantise to"
            description="Only from a model in F16 or F32."
            placeholder="as it is"
            clearable
            value={quantize}
            error={errors.quantize}
            data={quantizations}
            onChange={setQuantize}
          />
          {errors.form !== undefined && (
            <div role="alert" className={classes.problem}>
              {errors.form}
            </div>
          )}
          <Group justify="flex-end" gap="xs">
            <Button variant="default" onClick={onClose}>
              Cancel
            </Button>
            <Button type="submit" loading={busy}>
              Create model
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
