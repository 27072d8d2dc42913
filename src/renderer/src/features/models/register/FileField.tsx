import { Autocomplete, Button, FileButton } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import type { GgufFile } from "../../../../../shared/contract/servers.ts";
import { queries } from "../../../api/connection.ts";
import { toProblem } from "../../../api/problem.ts";
import { Facts } from "../../../ui/text/Facts.tsx";
import { bytes, whole } from "../../../../../shared/format.ts";
import { ProgressLine } from "../../../ui/marks/ProgressLine.tsx";
import { StateMark } from "../../../ui/marks/StateMark.tsx";
import { takeFile } from "./DropZone.tsx";
import classes from "../Models.module.css";
import { useUpload } from "./uploads.ts";

interface FileFieldProps {
  readonly value: string;
  readonly error: string | undefined;
  readonly contextTokens: number | null;
  readonly onChange: (file: string) => void;
}

/** A GGUF file by name, by path, or chosen; what is in it and whether it fits into memory stands beneath. */
export function FileField({ value, error, contextTokens, onChange }: FileFieldProps) {
  const files = useQuery(queries.servers.files.queryOptions()).data;
  const { upload, problem } = useUpload();
  const [path] = useDebouncedValue(value.trim(), 300);
  const context = contextTokens !== null && contextTokens >= 256 && contextTokens <= 4_194_304 ? contextTokens : null;
  const found = useQuery({
    ...queries.servers.inspectFile.queryOptions({
      input: { path, ...(context !== null && { contextTokens: context }) },
    }),
    enabled: path !== "",
    // What is free changes by the minute.
    staleTime: 0,
  });
  const refused = found.isError ? toProblem(found.error) : null;
  return (
    <>
      <div className={classes.fileRow}>
        <Autocomplete
          label="File"
          placeholder="model.Q4_K_M.gguf"
          description="A path on this machine, or the name of a file in the models folder of the data directory."
          size="sm"
          value={value}
          error={error ?? (refused === null ? undefined : `${refused.message} ${refused.remedy}`)}
          data={files?.files.map(({ name }) => name) ?? []}
          onChange={onChange}
        />
        <FileButton accept=".gguf" onChange={(file) => file !== null && void takeFile(file, onChange)}>
          {(props) => (
            <Button {...props} variant="default" disabled={upload !== null}>
              Choose a file
            </Button>
          )}
        </FileButton>
      </div>
      {upload !== null && (
        <ProgressLine
          label={`Adding ${upload.name}`}
          percent={upload.bytesTotal === 0 ? 0 : (upload.bytesDone / upload.bytesTotal) * 100}
          facts={[`${bytes(upload.bytesDone)} of ${bytes(upload.bytesTotal)}`]}
          aside={null}
        />
      )}
      {problem !== null && (
        <div role="alert" className={classes.problem}>
          {problem}
        </div>
      )}
      {found.isLoading && (
        <p className={classes.reading} role="status">
          Reading the file
        </p>
      )}
      {found.data !== undefined && path !== "" && <FileFacts file={found.data} />}
    </>
  );
}

function FileFacts({ file }: { readonly file: GgufFile }) {
  const fits = file.neededBytes <= file.freeBytes;
  return (
    <section className={classes.fileFacts} aria-label="What is in the file">
      <Facts
        rows={[
          ["Name", file.name],
          ["Architecture", file.architecture],
          ["Parameters", file.parameters],
          ["Quantisation", file.quantization],
          ["Context", file.contextTokens === null ? null : `${whole(file.contextTokens)} tokens`],
          ["Licence", file.license],
          ["Size", bytes(file.sizeBytes)],
          [
            "Memory",
            `${bytes(file.neededBytes)} needed for ${whole(file.forContextTokens)} tokens, ${bytes(file.freeBytes)} free`,
          ],
        ]}
      />
      {fits ? (
        <StateMark tone="good">fits into memory</StateMark>
      ) : (
        <StateMark tone="warn">does not fit now: take a shorter context, or free memory first</StateMark>
      )}
    </section>
  );
}
