// Writes policies for real catalogues, as a person would, and takes pictures on the way: `npm run write -- FOLDER_OF_CATALOGUES`.
// Nothing is asserted; the pictures are there to be looked at.

import { copyFileSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { Editor } from "./editor.js";

/** What is typed, line by line; `~` takes a picture, and then what is offered is put away. */
const SESSIONS: Record<string, string[]> = {
  github: [
    'server github from "~catalogues/github.json";', "",
    "deny *;", "allow @re~ad;", "allow create_issue when args.~title matches \"[A-Z].*\";",
    "limit create_issue ~5/h~our;", "limit @write 10/min per ~grant;", "require approval for merge_~pull_request when args.merge_method ~== ~\"squash\";",
    "hide delete_*;", "assert ~deny @destructive;", 'test "issues" {', 'call create_issue {"~title": "A"} -> ~allow;', "}",
  ],
  slack: [
    'server slack from "catalogues/slack.json";', "deny *;", "group reading = slack_get_*, ~slack_list_channels;", "allow @~reading;",
    'allow slack_post_message when args.text contains ~"hello" and length(args.~text) < 100;', "limit total * ~100/hour;", "// policyc: allow(~",
  ],
  stripe: [
    'server stripe from "catalogues/stripe.json";', "deny *;", "let most = 50_000;", "allow create_refund when args.amount ~<= ~most;",
    "limit create_refund 100_000/day of args.~amount;", "require approval for @fin~ancial;", "deny cancel_* because ~\"no\";", "assert approval for @financial;",
  ],
};

const [from] = process.argv.slice(2);
if (from === undefined) {
  throw new Error("Say where the catalogues are: npm run write -- FOLDER");
}
const editor = await Editor.start([], Object.fromEntries(Object.keys(SESSIONS).map((name) => [`${name}.pol`, ""])));
mkdirSync(join(editor.folder, "catalogues"));
for (const name of Object.keys(SESSIONS)) {
  copyFileSync(join(from, `${name}.json`), join(editor.folder, "catalogues", `${name}.json`));
}
try {
  for (const [name, lines] of Object.entries(SESSIONS)) {
    let pictures = 0;
    const picture = async () => {
      await editor.page.waitForTimeout(700);
      pictures += 1;
      await editor.screenshot(`write-${name}-${String(pictures).padStart(2, "0")}`);
    };
    await editor.open(`${name}.pol`);
    for (const line of lines) {
      for (const [index, part] of line.split("~").entries()) {
        if (index > 0) {
          await picture();
          await editor.press("Escape");
        }
        await editor.type(part);
      }
      await editor.press("Escape", "End", "Enter");
    }
    await editor.save();
    await editor.page.waitForTimeout(1500);
    await editor.problems();
    await picture();
  }
} finally {
  await editor.stop();
}
