import { Modal } from "@mantine/core";
import { keyWords } from "../../ui/text/KeyHint.tsx";
import { currentActions, useActionSets } from "./actions.ts";
import classes from "../frame/Shell.module.css";
import { useShell } from "../shell-store.ts";

/** The shortcuts that work on the current screen. */
export function ShortcutsHelp() {
  const open = useShell(({ helpOpen }) => helpOpen);
  return (
    <Modal
      opened={open}
      onClose={() => useShell.setState({ helpOpen: false })}
      title="Shortcuts of this screen"
      size="sm"
    >
      <ShortcutTable />
    </Modal>
  );
}

function ShortcutTable() {
  const sets = useActionSets(({ sets }) => sets);
  const withKeys = [...sets.values()]
    .toReversed()
    .flatMap((actions) => actions.filter(({ keys }) => keys !== undefined));
  const groups = Map.groupBy(currentActions(new Map([[Symbol("shown"), withKeys]])), ({ group }) => group);
  return (
    <table className={classes.shortcuts}>
      {[...groups].map(([group, actions]) => (
        <tbody key={group}>
          <tr>
            <th colSpan={2} scope="rowgroup">
              {group}
            </th>
          </tr>
          {actions.map(({ id, label, keys = "" }) => (
            <tr key={id}>
              <td>{label}</td>
              <td>
                <kbd>{keyWords(keys)}</kbd>
              </td>
            </tr>
          ))}
        </tbody>
      ))}
    </table>
  );
}
