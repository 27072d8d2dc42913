import { ActionIcon, Button, Menu } from "@mantine/core";
import { IconArrowDown, IconArrowUp, IconDots, IconPencil, IconPlus, IconTrash } from "@tabler/icons-react";
import type { PassageSummary, Story } from "../../../../../shared/contract/story.ts";
import { hrefOf } from "../../../shell/route.ts";
import { counted, whole } from "../../../../../shared/format.ts";
import classes from "./Outline.module.css";
import { openStoryDialog } from "./story-actions.ts";
import { deletePassage, deleteStory, movePassage } from "./story-edits.ts";

interface OutlineProps {
  readonly stories: readonly Story[];
  readonly story: Story | undefined;
  readonly passages: readonly PassageSummary[];
  readonly passage: PassageSummary | undefined;
}

/** All stories; the one at hand with its passages. */
export function Outline({ stories, story, passages, passage }: OutlineProps) {
  return (
    <nav className={classes.outline} aria-label="Outline">
      <header className={classes.header}>
        <h2 className={classes.title}>All stories</h2>
        <Button
          variant="subtle"
          size="compact-xs"
          leftSection={<IconPlus size={14} stroke={1.5} />}
          onClick={() => openStoryDialog({ kind: "new-story" })}
        >
          New story
        </Button>
      </header>
      {stories.length === 0 && <p className={classes.none}>None yet. The first prompt starts one.</p>}
      <ul className={classes.list} aria-label="Stories">
        {stories.map((each) => (
          <li key={each.id}>
            <StoryRow story={each} current={each.id === story?.id} />
            {each.id === story?.id && (
              <>
                <ul className={classes.passages} aria-label={`Passages of ${each.title}`}>
                  {passages.map((one) => (
                    <PassageRow
                      key={one.id}
                      story={each}
                      passage={one}
                      passages={passages}
                      current={one.id === passage?.id}
                    />
                  ))}
                </ul>
                <button
                  type="button"
                  className={classes.add}
                  onClick={() => openStoryDialog({ kind: "add-passage", story: each, count: passages.length })}
                >
                  <IconPlus size={14} stroke={1.5} aria-hidden />
                  Add passage
                </button>
              </>
            )}
          </li>
        ))}
      </ul>
      <button type="button" className={classes.bin} onClick={() => openStoryDialog({ kind: "bin" })}>
        <IconTrash size={14} stroke={1.5} aria-hidden />
        Bin
      </button>
    </nav>
  );
}

function StoryRow({ story, current }: { readonly story: Story; readonly current: boolean }) {
  return (
    <div className={classes.row} data-current={current || undefined} data-story>
      <a className={classes.link} href={hrefOf("stories", story.id)} title={story.title} dir="auto">
        {story.title}
      </a>
      <Menu position="bottom-end" width={180} transitionProps={{ duration: 80 }}>
        <Menu.Target>
          <ActionIcon
            className={classes.more}
            variant="subtle"
            color="gray"
            size="sm"
            aria-label={`Actions for ${story.title}`}
          >
            <IconDots size={16} stroke={1.5} />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item
            leftSection={<IconPencil size={14} stroke={1.5} />}
            onClick={() => openStoryDialog({ kind: "rename-story", story })}
          >
            Rename story
          </Menu.Item>
          <Menu.Item leftSection={<IconTrash size={14} stroke={1.5} />} onClick={() => deleteStory(story)}>
            Delete story
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
    </div>
  );
}

interface PassageRowProps {
  readonly story: Story;
  readonly passage: PassageSummary;
  readonly passages: readonly PassageSummary[];
  readonly current: boolean;
}

function PassageRow({ story, passage, passages, current }: PassageRowProps) {
  return (
    <li className={classes.row} data-current={current || undefined}>
      <a
        onKeyDown={(event) => {
          if (event.key === "Delete") deletePassage(story, passage, passages);
        }}
        className={classes.link}
        dir="auto"
        href={hrefOf("stories", story.id, passage.id)}
        aria-current={current ? "page" : undefined}
        title={`${passage.title}, ${counted(passage.words, "word")}`}
      >
        {passage.title}
      </a>
      {passage.blockedProposals > 0 && <span className={classes.held}>{passage.blockedProposals} held</span>}
      {passage.openProposals > passage.blockedProposals && (
        <span className={classes.open}>{passage.openProposals - passage.blockedProposals} open</span>
      )}
      <span className={classes.words}>{whole(passage.words)}</span>
      <PassageMenu story={story} passage={passage} passages={passages} />
    </li>
  );
}

function PassageMenu({ story, passage, passages }: Omit<PassageRowProps, "current">) {
  const index = passages.findIndex(({ id }) => id === passage.id);
  return (
    <Menu position="bottom-end" width={200} transitionProps={{ duration: 80 }}>
      <Menu.Target>
        <ActionIcon
          className={classes.more}
          variant="subtle"
          color="gray"
          size="sm"
          aria-label={`Actions for ${passage.title}`}
        >
          <IconDots size={16} stroke={1.5} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item
          leftSection={<IconPencil size={14} stroke={1.5} />}
          onClick={() => openStoryDialog({ kind: "rename-passage", passage })}
        >
          Rename passage
        </Menu.Item>
        <Menu.Item
          leftSection={<IconArrowUp size={14} stroke={1.5} />}
          disabled={index === 0}
          onClick={() => movePassage(passage, index)}
        >
          Move up
        </Menu.Item>
        <Menu.Item
          leftSection={<IconArrowDown size={14} stroke={1.5} />}
          disabled={index === passages.length - 1}
          onClick={() => movePassage(passage, index + 2)}
        >
          Move down
        </Menu.Item>
        <Menu.Item
          leftSection={<IconTrash size={14} stroke={1.5} />}
          onClick={() => deletePassage(story, passage, passages)}
        >
          Delete passage
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
