import { ActionIcon, Button, Menu } from "@mantine/core";
import { IconPlus, IconX } from "@tabler/icons-react";
import { AssertionFields } from "./AssertionFields.tsx";
import { type AssertionDraft, type AssertionErrors, type AssertionType, newAssertion } from "./assertion-draft.ts";
import { assertionNames } from "./assertion-labels.ts";
import classes from "./CaseForm.module.css";

interface AssertionsEditorProps {
  readonly drafts: readonly AssertionDraft[];
  readonly errors: Readonly<Record<string, AssertionErrors>>;
  readonly onChange: (drafts: readonly AssertionDraft[]) => void;
}

// Every kind is a key of the names.
const types = Object.keys(assertionNames) as AssertionType[];

/** What an answer has to be, one form for each kind of assertion. */
export function AssertionsEditor({ drafts, errors, onChange }: AssertionsEditorProps) {
  return (
    <div>
      {drafts.length === 0 && (
        <p className={classes.hint}>Without an assertion a case passes as soon as it is answered.</p>
      )}
      <ol className={classes.assertions} aria-label="Assertions">
        {drafts.map((draft, index) => (
          <li key={draft.key} className={classes.assertion}>
            <div className={classes.assertionHead}>
              <span>{assertionNames[draft.type]}</span>
              <ActionIcon
                variant="subtle"
                color="gray"
                size="sm"
                aria-label={`Remove assertion ${index + 1}`}
                onClick={() => onChange(drafts.filter(({ key }) => key !== draft.key))}
              >
                <IconX size={15} stroke={1.5} />
              </ActionIcon>
            </div>
            <AssertionFields
              draft={draft}
              errors={errors[draft.key] ?? {}}
              onChange={(part) => onChange(drafts.map((one) => (one.key === draft.key ? { ...one, ...part } : one)))}
            />
          </li>
        ))}
      </ol>
      <Menu position="bottom-start" transitionProps={{ duration: 80 }}>
        <Menu.Target>
          <Button variant="default" size="compact-xs" leftSection={<IconPlus size={14} stroke={1.5} />}>
            Add assertion
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          {types.map((type) => (
            <Menu.Item key={type} onClick={() => onChange([...drafts, newAssertion(type)])}>
              {assertionNames[type]}
            </Menu.Item>
          ))}
        </Menu.Dropdown>
      </Menu>
    </div>
  );
}
