import { IconBook2, IconCpu, IconListDetails, IconShieldExclamation } from "@tabler/icons-react";
import { lastPlace, type Screen, screens } from "./route.ts";
import { SettingsMenu } from "./SettingsMenu.tsx";
import classes from "./Shell.module.css";

const rooms = {
  stories: { word: "Stories", Icon: IconBook2 },
  violations: { word: "Violations", Icon: IconShieldExclamation },
  models: { word: "Models", Icon: IconCpu },
  logs: { word: "Logs", Icon: IconListDetails },
} satisfies Record<Screen, unknown>;

/** The rooms of the house; a room leads back to where one was in it. */
export function Rail({ screen }: { readonly screen: Screen }) {
  return (
    <nav className={classes.rail} aria-label="Screens">
      {screens.map((name) => {
        const { word, Icon } = rooms[name];
        return (
          <a
            key={name}
            className={classes.room}
            href={name === screen ? location.hash : lastPlace(name)}
            aria-current={name === screen ? "page" : undefined}
          >
            <Icon size={22} stroke={1.5} aria-hidden />
            {word}
          </a>
        );
      })}
      <div className={classes.spacer} />
      <SettingsMenu />
    </nav>
  );
}
