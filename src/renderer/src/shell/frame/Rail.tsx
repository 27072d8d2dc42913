import { screenFeature } from "../registry.ts";
import { lastLocation, type ScreenName, screenNames } from "../route.ts";
import { SettingsMenu } from "./SettingsMenu.tsx";
import classes from "./Shell.module.css";

/** At the rail's foot, apart from the screens that one works in. */
const atFoot: readonly ScreenName[] = ["alerts", "gateway"];

/** Links to the screens; each leads back to where one was on it. */
export function Rail({ screen }: { readonly screen: ScreenName }) {
  return (
    <nav className={classes.rail} aria-label="Screens">
      {screenNames
        .filter((name) => !atFoot.includes(name))
        .map((name) => (
          <ScreenLink key={name} name={name} current={name === screen} />
        ))}
      <div className={classes.spacer} />
      {atFoot.map((name) => (
        <ScreenLink key={name} name={name} current={name === screen} />
      ))}
      <SettingsMenu />
    </nav>
  );
}

function ScreenLink({ name, current }: { readonly name: ScreenName; readonly current: boolean }) {
  const { title, Icon } = screenFeature(name);
  return (
    <a
      className={classes.railItem}
      href={current ? location.hash : lastLocation(name)}
      aria-current={current ? "page" : undefined}
    >
      <Icon size={22} stroke={1.5} aria-hidden />
      {title}
    </a>
  );
}
