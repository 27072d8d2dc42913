/** Twenty prompts of the kinds a narrative designer types; the last six continue a story. */
export const prompts: readonly { readonly instruction: string; readonly storyText: string }[] = [
  "A lighthouse keeper finds a map",
  "A knight and a dragon share a fire on the coldest night of the year",
  "Two sisters open a bakery in a town where nobody speaks",
  "The last train leaves the station without its driver",
  "An old fisherman catches a bottle with a letter from his brother",
  "A robot gardener tends the roses of an empty house",
  "The queen's spy is recognised at the masked ball",
  "A boy hides a wolf cub in his grandmother's barn",
  "The ship's cook hears singing below the ice",
  "A detective returns to the village where she was born",
  "Write about a storm that breaks over the harbour while the fleet is still at sea",
  "A clockmaker repairs a watch that runs backwards",
  "The astronaut wakes and finds the other beds empty",
  "A farmer sells his horse at the autumn market and regrets it",
]
  .map((instruction) => ({ instruction, storyText: "" }))
  .concat([
    {
      instruction: "Mara opens the door",
      storyText:
        "Mara had not slept since the letter came. The house was quiet, and the rain ran down the windows in long silver lines. At midnight somebody knocked, three times, as her father used to knock.",
    },
    {
      instruction: "They find the bridge burned",
      storyText:
        "The two soldiers had walked since dawn. Tomas carried the lamp and Eli carried the message, sewn into the lining of his coat. Behind them the guns had fallen silent, which was worse than the noise.",
    },
    {
      instruction: "The captain tells the crew the truth",
      storyText:
        "For nine days the wind had not come. The water in the casks had turned green. Captain Orla stood at the rail and looked at the men, who looked at her, and nobody said the word they were all thinking.",
    },
    {
      instruction: "The thief changes his mind",
      storyText:
        "The museum was dark. Ren slipped the stone from its cushion and felt how light it was. A child's drawing hung on the wall beside the case, and under it somebody had written: please bring it home.",
    },
    {
      instruction: "The forest answers her",
      storyText:
        "Ilse came to the edge of the forest every evening and asked the same question. The trees were older than the village, older than the road. She had brought bread, and salt, and her mother's ring.",
    },
    {
      instruction: "The dog leads him to the well",
      storyText:
        "Old Benno lived alone with his dog on the hill above the quarry. One morning the dog would not eat. It stood at the gate and whined and looked back at him, again and again.",
    },
  ]);
