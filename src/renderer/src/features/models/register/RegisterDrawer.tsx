import { Button, Drawer, Stack } from "@mantine/core";
import { bytes, remaining } from "../../../../../shared/format.ts";
import { ProgressLine } from "../../../ui/marks/ProgressLine.tsx";
import models from "../Models.module.css";
import { FileField } from "./FileField.tsx";
import { IdentityFields } from "./IdentityFields.tsx";
import { NoteFields } from "./NoteFields.tsx";
import classes from "./Register.module.css";
import type { RegisterFrom } from "./register-draft.ts";
import { ServerFields } from "./ServerFields.tsx";
import { SettingFields } from "./SettingFields.tsx";
import { useRegisterForm } from "./use-register-form.ts";
import type { FileReading } from "./use-registering.ts";

interface RegisterDrawerProps {
  readonly from: RegisterFrom;
  readonly onClose: () => void;
}

/** Registers a model or a further version of one; a version's configuration is never changed in place. */
export function RegisterDrawer({ from, onClose }: RegisterDrawerProps) {
  const form = useRegisterForm(from, onClose);
  const { draft, errors, busy, reading, set, submit, cancel } = form;
  const title = from.kind === "version" ? `New version of ${from.version.model}` : "Register a model";
  return (
    <Drawer opened onClose={onClose} position="right" size={480} title={title}>
      <form
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          void submit(); // its failure is shown in the form
        }}
      >
        <Stack gap="sm">
          <IdentityFields from={from} form={form} />
          {draft.provider === "embedded" ? (
            <FileField
              value={draft.file}
              error={errors.file}
              contextTokens={draft.contextTokens}
              onChange={(file) => set("file", file)}
            />
          ) : (
            <ServerFields form={form} />
          )}
          <SettingFields form={form} />
          <NoteFields form={form} />
          {errors.form !== undefined && (
            <div role="alert" className={models.problem}>
              {errors.form}
            </div>
          )}
          <div className={classes.footer}>
            {reading !== null && <ReadingLine reading={reading} />}
            <Button variant="default" onClick={busy ? cancel : onClose}>
              Cancel
            </Button>
            <Button type="submit" loading={busy}>
              Register
            </Button>
          </div>
        </Stack>
      </form>
    </Drawer>
  );
}

/** A large file is read whole before it is registered: the version is pinned to what the file contained then. */
function ReadingLine({ reading: { bytesDone, bytesTotal, elapsedMs } }: { readonly reading: FileReading }) {
  const leftMs = bytesDone === 0 ? null : (elapsedMs / bytesDone) * (bytesTotal - bytesDone);
  return (
    <div className={classes.reading}>
      <ProgressLine
        label="Reading the file to pin it"
        percent={bytesTotal === 0 ? 0 : (bytesDone / bytesTotal) * 100}
        facts={[`Reading ${bytes(bytesTotal)} to pin it`]}
        aside={leftMs === null || elapsedMs < 1_000 ? null : `${remaining(leftMs)} left`}
      />
    </div>
  );
}
