// One session in the editor, from opening a folder to a policy without mistakes. Steps build on each other.

import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { Editor, EXAMPLES } from "./editor.js";

const FACEBOOK = "just_facebook/just_facebook.pol";
const MISTAKES = `server facebook from "just_facebook/catalogues/just_facebook_mcp.json";

deny *;
limit send_dm_to_usr 30/min;
allow delete_* when args.comment == "1";
allow get_page_posts, get_page_posts;

test "reading" {
  call get_page_posts -> deny;
}
`;

let editor: Editor;

before(async () => {
  editor = await Editor.start([join(EXAMPLES, "just_facebook")], { "mistakes.pol": MISTAKES });
});

after(async () => {
  await editor.stop();
});

test("a policy without mistakes has no problems, and lenses", async () => {
  await editor.open(FACEBOOK);
  await editor.until("lenses", async () => (await editor.lenses()).some((lens) => lens.includes("run test")));
  await editor.screenshot("01-policy");
  console.log(await editor.lenses(), await editor.problems());
  await editor.screenshot("01-policy");
});
