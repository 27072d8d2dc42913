import { ActionIcon, Button, Menu } from "@mantine/core";
import { IconDots, IconPlayerPlay, IconPlus } from "@tabler/icons-react";
import type { TestSuite } from "../../../../shared/contract/suites.ts";
import { KeyHint } from "../../ui/text/KeyHint.tsx";
import type { SuiteDialogName } from "./SuiteDialogs.tsx";
import classes from "./Suites.module.css";

interface SuiteHeadProps {
  readonly suite: TestSuite;
  /** Whether a run of it that this page started is going on. */
  readonly going: boolean;
  readonly onRun: () => void;
  readonly onCancel: () => void;
  readonly onAddCase: () => void;
  readonly onDialog: (name: SuiteDialogName) => void;
}

/** A suite's name, what it is for, and what can be done with it. */
export function SuiteHead({ suite, going, onRun, onCancel, onAddCase, onDialog }: SuiteHeadProps) {
  return (
    <header className={classes.suiteHead}>
      <div className={classes.suiteTitle}>
        <h2 className={classes.title} dir="auto">
          {suite.name}
        </h2>
        {suite.description !== "" && <p className={classes.description}>{suite.description}</p>}
      </div>
      <Menu position="bottom-end" transitionProps={{ duration: 80 }}>
        <Menu.Target>
          <ActionIcon variant="subtle" color="gray" aria-label={`Actions for ${suite.name}`}>
            <IconDots size={18} stroke={1.5} />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item onClick={() => onDialog("rename")}>Rename suite</Menu.Item>
          <Menu.Item color="red" onClick={() => onDialog("remove")}>
            Remove suite
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
      <Button variant="default" leftSection={<IconPlus size={14} stroke={1.5} />} onClick={onAddCase}>
        Add case
      </Button>
      {going ? (
        <Button variant="default" rightSection={<KeyHint keys="Escape" />} onClick={onCancel}>
          Cancel run
        </Button>
      ) : (
        <Button
          leftSection={<IconPlayerPlay size={14} stroke={1.5} />}
          rightSection={<KeyHint keys="mod+Enter" />}
          onClick={onRun}
        >
          Run suite
        </Button>
      )}
    </header>
  );
}
