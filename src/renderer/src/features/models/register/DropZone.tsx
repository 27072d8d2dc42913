import { Button } from "@mantine/core";
import { IconFileDownload } from "@tabler/icons-react";
import { type DragEvent, type ReactNode, useRef, useState } from "react";
import { pathOfFile } from "../../../api/desktop.ts";
import { bytes, remaining } from "../../../../../shared/format.ts";
import { ProgressLine } from "../../../ui/marks/ProgressLine.tsx";
import { notifyProblem } from "../../../ui/notify/notify.ts";
import { useNow } from "../../../ui/use-now.ts";
import classes from "./DropZone.module.css";
import { cancelUpload, uploadModel, useUpload } from "./uploads.ts";

interface DropZoneProps {
  /** Given where the file can now be registered from: its path, or its name in the `models` folder. */
  readonly onFile: (file: string) => void;
  readonly children: ReactNode;
}

/** Takes a GGUF file dropped anywhere on what is inside; the Register drawer has the button that does the same. */
export function DropZone({ onFile, children }: DropZoneProps) {
  const [over, setOver] = useState(false);
  const depth = useRef(0);
  const enter = (event: DragEvent): void => {
    if (!event.dataTransfer.types.includes("Files")) return;
    depth.current += 1;
    setOver(true);
  };
  const leave = (): void => {
    depth.current = Math.max(0, depth.current - 1);
    if (depth.current === 0) setOver(false);
  };
  const drop = (event: DragEvent): void => {
    event.preventDefault();
    depth.current = 0;
    setOver(false);
    const [file] = event.dataTransfer.files;
    if (file !== undefined) void takeFile(file, onFile); // notifies its own failures
  };
  return (
    <div
      className={classes.zone}
      onDragEnter={enter}
      onDragLeave={leave}
      onDragOver={(event) => event.preventDefault()}
      onDrop={drop}
    >
      <UploadLine />
      {children}
      {over && (
        <div className={classes.over} role="status">
          <IconFileDownload size={32} stroke={1.5} aria-hidden />
          Drop a GGUF file to register it
        </div>
      )}
    </div>
  );
}

/** Takes a model file where it is, or uploads it first; notifies that a file is no model. */
export async function takeFile(file: File, onFile: (file: string) => void): Promise<void> {
  if (!/\.gguf$/i.test(file.name)) {
    notifyProblem(new Error(`${file.name} is not a GGUF file. Drop one that ends in .gguf.`));
    return;
  }
  const path = pathOfFile(file);
  if (path !== null) {
    onFile(path);
    return;
  }
  const name = await uploadModel(file);
  if (name !== null) onFile(name);
}

function UploadLine() {
  const { upload, problem } = useUpload();
  const nowMs = useNow(500);
  if (upload === null && problem === null) return null;
  if (upload === null) {
    return (
      <div className={classes.upload} role="alert">
        <span className={classes.problem}>{problem}</span>
        <Button variant="default" size="compact-xs" onClick={() => useUpload.setState({ problem: null })}>
          Close
        </Button>
      </div>
    );
  }
  const { name, bytesDone, bytesTotal, startedAtMs } = upload;
  const elapsedMs = Math.max(1, nowMs - startedAtMs);
  const perSecond = (bytesDone / elapsedMs) * 1_000;
  const leftMs = perSecond === 0 ? null : ((bytesTotal - bytesDone) / perSecond) * 1_000;
  return (
    <div className={classes.upload}>
      <span>{name}</span>
      <ProgressLine
        label={`Adding ${name}`}
        percent={bytesTotal === 0 ? 0 : (bytesDone / bytesTotal) * 100}
        facts={[`${bytes(bytesDone)} of ${bytes(bytesTotal)}`, perSecond === 0 ? null : `${bytes(perSecond)}/s`]}
        aside={leftMs === null || elapsedMs < 1_000 ? null : `${remaining(leftMs)} left`}
      />
      <Button variant="default" size="compact-xs" onClick={cancelUpload}>
        Cancel
      </Button>
    </div>
  );
}
