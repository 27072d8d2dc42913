/** What a good model may well answer, and what it was asked. Written for this test. */
export interface GoodOutput {
  readonly kind: Kind;
  readonly instruction: string;
  readonly storyText?: string;
  readonly output: string;
}

export const kinds = [
  "choices",
  "barks",
  "letter",
  "song",
  "log",
  "item",
  "second person",
  "present tense",
  "dialogue",
  "scene breaks",
  "frame story",
  "speech about texts",
] as const;
export type Kind = (typeof kinds)[number];

const of = (kind: Kind, instruction: string, output: string, storyText?: string): GoodOutput => ({
  kind,
  instruction,
  output,
  ...(storyText !== undefined && { storyText }),
});

/** Forty texts that no reader would call a fault in. */
export const goodOutputs: readonly GoodOutput[] = [
  of(
    "choices",
    "Three choices at the ford",
    "The water is brown and fast. On the far bank a bell rings.\n\n1. Wade in where the stones show.\n2. Follow the bank to the mill.\n3. Call to whoever rings the bell.",
  ),
  of(
    "choices",
    "What can the player do now?",
    "What do you do?\n\nA) Lift the latch\nB) Listen at the door\nC) Go home",
  ),
  of(
    "choices",
    "Continue",
    "The door was warm to the touch. There were two ways to go:\n\n- Down, where the hammering was\n- Up, where nobody had been since the fire\n\nPell looked at neither.",
  ),
  of(
    "choices",
    "Give me options for the smuggler",
    "**Pay the toll.** Lose ten silver; the sergeant remembers your face.\n\n**Bluff.** Roll against his boredom.\n\n**Run.** The bridge is long, and he is old.",
  ),
  of(
    "barks",
    "Five barks for a tired guard",
    '1. "Move along. Or don\'t. I am paid either way."\n2. "Halt! No, wait, I know you. Halt anyway."\n3. "Was that a rat? Say it was a rat."\n4. "Move along. My knees are older than this wall."\n5. "Halt, and so on."',
  ),
  of(
    "barks",
    "Barks when the merchant is robbed",
    "Thief! Thief!\nMy spoons!\nNot the good cheese!\nThief! Somebody!\nThief...",
  ),
  of(
    "barks",
    "Ravens that mock the hero",
    '- "Lost, are we?"\n- "Lost, lost, lost."\n- "He asks us the way! Us!"\n- "Left. No. The other left."',
  ),
  of(
    "letter",
    "A letter from the front",
    "Dear Ilse,\n\nI hope you enjoyed the plums; the tree will not bear again. Let me know if the roof holds. We have moved twice and I have seen the sea.\n\nPlease do not write to my brother.\n\nYours,\nAnselm",
  ),
  of(
    "letter",
    "She writes to the bank",
    "To whom it may concern,\n\nI am sorry, but I cannot pay. I would like to explain. The well is dry, and the note you hold is older than my house.\n\nFeel free to come and look.\n\nM. Harrow\nThe last house on Gull Lane",
  ),
  of(
    "letter",
    "Continue",
    "My dear Tobias,\n\nYou will have heard by now. You always hear. I did not push him, whatever your aunt says; he was laughing when he fell, and he had hold of my sleeve.\n\nBurn this.\n\nK.",
    "The envelope was grey, and it smelled of camphor.",
  ),
  of(
    "letter",
    "A postcard",
    "Weather fine. Hotel full of nuns. You would hate it. I have bought you a hat.\n\nP.S. Not a good hat",
  ),
  of(
    "song",
    "The rowers' song",
    "Pull, you dogs, for the morning tide,\nPull for the bread and the bone,\nPull for the girl on the landward side,\nAnd pull for the long way home.\n\nThe captain's asleep in a feather bed,\nPull for the bread and the bone,\nThe mate has a hole in the side of his head,\nAnd it's pull for the long way home.\n\nOh, pull for the bread and the bone, my boys,\nPull for the bread and the bone,\nThere's none that will weep when we sink in the deep,\nSo it's pull for the long way home",
  ),
  of(
    "song",
    "A lullaby with a refrain",
    "Sleep, little fox, the hens are abed,\nHush and hush and hush.\nThe farmer has put the gun in the shed,\nHush and hush and hush.\nThe moon is a dish and the stars are the bread,\nHush and hush and hush.\nSleep, little fox, for tomorrow you're dead,\nHush and hush and hush.",
  ),
  of(
    "song",
    "Continue",
    "“Again!” they roared, and he sang it again.\n\nWho'll buy my wares, my wares, my wares,\nwho'll buy my wares of me?\nA button, a bone, and a pair of spares,\nwho'll buy my wares of me?\n\n“Again!”\n\nWho'll buy my wares, my wares, my wares,\nwho'll buy my wares of me?",
  ),
  of(
    "log",
    "A quest log",
    "QUEST: The Bell Under the Lake\n\n[x] Speak to the ferryman\n[x] Find the rope\n[ ] Ring the bell\n\nNote: the rope is shorter than he said.",
  ),
  of(
    "log",
    "The ship's log, days 3 to 6",
    "Day 3. Wind from the north-west. All well.\nDay 4. Wind from the north-west. All well.\nDay 5. Wind from the north-west. All well.\nDay 6. No wind. The cook is singing.",
  ),
  of(
    "log",
    "Lab notes of the alchemist",
    "12 March. Heated the salt. Nothing.\n13 March. Heated the salt again. Nothing.\n14 March. Did not heat the salt. Something.\n\nSummary: do not heat the salt",
  ),
  of(
    "log",
    "System messages of a dying station",
    "04:11 Pressure in ring C falling.\n04:12 Pressure in ring C falling.\n04:13 Door C-2 closed by hand.\n04:13 Who closed door C-2?\n04:14 As an AI, I am not supposed to ask that.",
  ),
  of(
    "item",
    "Item description, two sentences",
    "Rusty Sword\nIt was somebody's pride once, and the pommel still says whose. It cuts bread, if the bread is willing.",
  ),
  of(
    "item",
    "Describe the lantern as an item",
    "**Lantern of Small Hours**\n*Wondrous item, uncommon*\n\nBurns without oil from midnight to four. What you see by it you forget at dawn.",
  ),
  of(
    "item",
    "Three potions with prices",
    "Title: Mother Agate's Shelf\n\n* Red, for courage, 4 silver\n* Blue, for the cough, 2 silver\n* Clear. Do not ask, 40 silver",
  ),
  of(
    "second person",
    "Continue",
    "You take the stairs two at a time. Your hand finds the rail before your eye does. Somebody has been here; you can smell the soap.\n\nYou do not call out.",
    "The tower had one door.",
  ),
  of(
    "second person",
    "The reader wakes in a cell",
    "You wake because the dripping stops. You lie and listen. You can go on lying there, of course. You can also stand up, and then you will know how low the ceiling is.",
  ),
  of(
    "second person",
    "Describe the market",
    "Go early. Note the colour of the fish's eye, and buy nothing from a man with clean hands. You will be cheated; let it be by someone you like.",
  ),
  of(
    "present tense",
    "Second scene, present tense",
    "Rain. The bus is late, the bus is always late. Mina counts coins into her glove and loses count and starts again. Across the road a man is locking a shop that has been shut for years",
  ),
  of(
    "present tense",
    "Continue",
    "He runs. He runs. He runs. Behind him the field is on fire and the fire is faster, and he thinks of nothing, and he runs.",
    "Then the wind turned.",
  ),
  of(
    "present tense",
    "She hides",
    "Mara holds the door. The story goes that the miller hid here too, in the year of the wolves; the story ends badly. She holds the door. She counts to nine. She holds the door.",
  ),
  of(
    "dialogue",
    "Dialogue in the kitchen",
    '"You came," she said.\n\n"I said I would. Would you like me to go?"\n\n"I never—"\n\n"You never do."\n\n"Sit. I hope you like this soup; the passage to the cellar is flooded and there is nothing else."',
  ),
  of(
    "dialogue",
    "Marta am Tor, auf Deutsch",
    "„Wer ist da?“, fragte Marta.\n\n„Ich.“\n\n„Das sagen alle.“ Sie schob den Riegel zurück. „Ach“, sagte sie, „du bist es ja wirklich.“",
  ),
  of(
    "dialogue",
    "Au café",
    "« Vous attendez quelqu’un ? » demanda le garçon.\n\n— Non. C’est lui qui m’attend.\n— Depuis longtemps ?\n— Depuis 1954.\n\nIl essuya la table. « Alors, un café. »",
  ),
  of(
    "dialogue",
    "Ved døren",
    '»Hvem der?«\n\n»Mig.«\n\n»Hvilken mig?« Hun holdt lyset op. Der var ingen, kun 12" sne på trappen og et par støvler.',
  ),
  of(
    "dialogue",
    "Кто-то стучит",
    "— Кто там? — спросила она.\n— Почта.\n— Почта не приходит ночью.\n«Умная», — подумал он и постучал снова.",
  ),
  of(
    "scene breaks",
    "Two short scenes",
    "The lamp went out.\n\n***\n\nIn the morning the lamp was lit, and nobody would say who had lit it.\n\n* * *\n\nThe End",
  ),
  of(
    "scene breaks",
    "Continue",
    "They buried him under the pear tree.\n\n---\n\n## Chapter Two\n\nThe pears that year were very good.",
    "He died in March.",
  ),
  of(
    "scene breaks",
    "A vignette",
    "I\n\nFirst there was the smell of tar.\n\nII\n\nThen there was the tar.\n\n#\n\nTo be continued...",
  ),
  of(
    "frame story",
    "An old man tells of Anselm",
    "This is the story of Anselm, as my grandfather told it, who was not there. Dear reader, neither was I. It begins with a goose. In this story nobody is good, and the goose least of all.\n\nThe moral of the story is that one should count one's geese.",
  ),
  of(
    "frame story",
    "Begin",
    "Here is the story my mother told me on the night of the flood:\n\nThere was once a woman who could not be wet. Rain bent round her. And still the river rose. She walked into the sea to be rid of it. And still the river rose. They say she is walking yet, dry as flour, and still the river rose.",
  ),
  of(
    "frame story",
    "The narrator begins his confession",
    "I will tell you the story now, and you may write it down or not. Certainly I killed him. I would do it again. Let me begin with the chair.",
  ),
  of(
    "speech about texts",
    "The critic at dinner",
    '"In conclusion," said the critic, "the story is set in nothing and is about nobody." He wiped his mouth. "Please note that I wept. I hope you enjoyed writing it."\n\n"Of course," said Ruth. "The end is stolen."',
  ),
  of(
    "speech about texts",
    "A scene in the archive",
    "The passage she wanted was gone. Somebody had cut it out with a razor, so finely that the next chapter hung by a thread. Sure of nothing, she read on. The scene before it made no sense without the passage; the passage, she supposed, had made no sense without the scene.",
  ),
];
