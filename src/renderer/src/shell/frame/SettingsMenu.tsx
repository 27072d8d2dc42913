import { Popover, SegmentedControl, Stack, Text, useMantineColorScheme } from "@mantine/core";
import { IconSettings } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { queries } from "../../api/connection.ts";
import { pageKey } from "../../api/page-key.ts";
import { SignOut } from "./SignOut.tsx";
import { Facts } from "../../ui/text/Facts.tsx";
import { shortAddress } from "../../../../shared/format.ts";
import { useShell } from "../shell-store.ts";
import classes from "./Shell.module.css";

/** Theme, and where things are. */
export function SettingsMenu() {
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const info = useQuery(queries.app.info.queryOptions());
  const open = useShell(({ settingsOpen }) => settingsOpen);
  return (
    <Popover
      opened={open}
      onChange={setOpen}
      position="right-end"
      width={344}
      shadow="md"
      trapFocus
      transitionProps={{ duration: 80 }}
    >
      <Popover.Target>
        <button type="button" className={classes.railItem} onClick={() => setOpen(!open)}>
          <IconSettings size={22} stroke={1.5} aria-hidden />
          Settings
        </button>
      </Popover.Target>
      <Popover.Dropdown aria-label="Settings">
        <Stack gap="sm">
          <Text size="sm" fw={600} id="theme-label">
            Theme
          </Text>
          <SegmentedControl
            aria-labelledby="theme-label"
            value={colorScheme}
            onChange={(value) => setColorScheme(value === "light" || value === "dark" ? value : "auto")}
            data={[
              { value: "auto", label: "System" },
              { value: "light", label: "Light" },
              { value: "dark", label: "Dark" },
            ]}
          />
          <Facts
            rows={[
              ["Data", info.data?.dataDirectory ?? "…"],
              ["Ollama", info.data === undefined ? "…" : shortAddress(info.data.ollamaEndpoint)],
              ["Version", info.data?.version ?? "…"],
            ]}
          />
          {pageKey() !== null && <SignOut />}
        </Stack>
      </Popover.Dropdown>
    </Popover>
  );
}

function setOpen(settingsOpen: boolean): void {
  useShell.setState({ settingsOpen });
}
