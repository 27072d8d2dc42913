import {
  IconArrowsSplit2,
  IconBell,
  IconBook2,
  IconCpu,
  IconFlask2,
  IconListDetails,
  IconPlugConnected,
  IconShieldExclamation,
} from "@tabler/icons-react";
import { lastPlace, type Screen, screens } from "../route.ts";
import { SettingsMenu } from "./SettingsMenu.tsx";
import classes from "./Shell.module.css";

const rooms = {
  stories: { word: "Stories", Icon: IconBook2 },
  violations: { word: "Violations", Icon: IconShieldExclamation },
  rollouts: { word: "Rollouts", Icon: IconArrowsSplit2 },
  models: { word: "Models", Icon: IconCpu },
  logs: { word: "Logs", Icon: IconListDetails },
  playground: { word: "Playground", Icon: IconFlask2 },
  alerts: { word: "Alerts", Icon: IconBell },
  gateway: { word: "Gateway", Icon: IconPlugConnected },
} satisfies Record<Screen, unknown>;

/** The rooms of the house; a room leads back to where one was in it. */
export function Rail({ screen }: { readonly screen: Screen }) {
  return (
    <nav className={classes.rail} aria-label="Screens">
      {screens
        .filter((name) => name !== "gateway" && name !== "alerts")
        .map((name) => (
          <RoomLink key={name} name={name} current={name === screen} />
        ))}
      <div className={classes.spacer} />
      <RoomLink name="alerts" current={screen === "alerts"} />
      <RoomLink name="gateway" current={screen === "gateway"} />
      <SettingsMenu />
    </nav>
  );
}

function RoomLink({ name, current }: { readonly name: Screen; readonly current: boolean }) {
  const { word, Icon } = rooms[name];
  return (
    <a
      className={classes.room}
      href={current ? location.hash : lastPlace(name)}
      aria-current={current ? "page" : undefined}
    >
      <Icon size={22} stroke={1.5} aria-hidden />
      {word}
    </a>
  );
}
