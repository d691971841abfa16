// One session in the editor, from opening a folder to a policy without mistakes. Steps build on each other.

import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, test as step } from "node:test";
import { Editor, EXAMPLES } from "./editor.js";

const FACEBOOK = "just_facebook/just_facebook.pol";
const CATALOGUE = "just_facebook/catalogues/just_facebook_mcp.json";

const MISTAKES = `server facebook from "${CATALOGUE}";

deny *;
// 🦀 counts as two in this editor
/* 🦀🦀 */ limit send_dm_to_usr 30/min;
allow delete_* when args.comment == "1";
allow get_page_posts, get_page_posts;

test "reading" {
  call get_page_posts -> deny;
}
`.replace("/* 🦀🦀 */ ", "");

const SEVERAL = `server facebook from "${CATALOGUE}";
deny *;
policy reader { allow @read; }
policy writer { allow get_page_posts, @write; limit post_to_facebook 3/hour per grant; }
test "nobody deletes" {
  call delete_post {"post_id": "🦀"} -> deny;
}
`;

const UNTIDY = `server facebook from "${CATALOGUE}"
deny   *
allow get_page_posts;   limit send_dm_to_user 30/min
test "🦀" { call delete_post {"post_id":"🦀"}->deny }
`;

/** As a person who wants all of it. */
const SETTINGS = {
  "[policyc]": { "editor.formatOnSave": true, "editor.codeActionsOnSave": { "source.fixAll.policyc": "explicit" } },
};

let editor: Editor;
let failed = false;

/** After a step that fails the others mean nothing. */
function test(name: string, work: () => Promise<void>): void {
  step(name, { timeout: 120_000 }, async (context) => {
    if (failed) {
      context.skip("because of the failure before");
      return;
    }
    failed = true;
    try {
      await work();
      failed = false;
    } finally {
      if (failed) {
        await editor.screenshot("failed");
      }
    }
  });
}

before(async () => {
  editor = await Editor.start([join(EXAMPLES, "just_facebook")], { "mistakes.pol": MISTAKES }, SETTINGS);
});

after(async () => {
  await editor.stop();
});

test("a policy without mistakes has no problems, and lenses", async () => {
  await editor.open(FACEBOOK);
  await editor.until("lenses", async () => (await editor.lenses()).some((lens) => lens.includes("run test")));
  await editor.screenshot("01-policy");
  const lenses = await editor.lenses();
  assert.deepEqual(lenses.slice(0, 4), ["1 rule, 3 tests", "|", "run all tests", "run test"]);
});

test("problems of a file that was not opened", async () => {
  const rows = await editor.problemsUntil("two errors", (rows) => rows.length === 3);
  console.log(rows);
  await editor.screenshot("02-problems");
});

test("hover says what the policy decides for a tool", async () => {
  await editor.cursor(FACEBOOK, "limit send_dm", 2);
  const hover = await editor.hover();
  console.log(hover);
  await editor.screenshot("03-hover");
  await editor.press("Escape");
});

test("a lens runs a test and shows its result", async () => {
  await editor.clickLens("run test");
  await editor.until("a message", async () => (await editor.messages()).length > 0);
  console.log(await editor.messages());
  await editor.until("a lens", async () => (await editor.lenses()).includes("passed"));
  await editor.screenshot("04-test");
  console.log(await editor.lenses());
  await editor.clearMessages();
});

test("the artefact beside the policy follows what is typed", async () => {
  await editor.command("policyc: Show Compiled Artefact to the Side");
  await editor.until("an artefact", async () => (await editor.shown(1)).includes('"version"'));
  console.log(await editor.shown(1));
  await editor.screenshot("05-artefact");
  await editor.cursor(FACEBOOK, "30/min per grant");
  await editor.press("End", "Enter");
  await editor.type("limit reply_to_comment 7/hour;");
  await editor.screenshot("06-artefact-typing");
  await editor.until("the artefact follows", async () => (await editor.shown(1)).includes("reply_to_comment"));
  await editor.screenshot("06-artefact-typed");
  console.log(await editor.shown(1));
});

test("quick fix", async () => {
  await editor.open("mistakes.pol");
  await editor.cursor("mistakes.pol", "send_dm_to_usr");
  const actions = await editor.actions();
  console.log(await actions.allInnerTexts());
  await editor.screenshot("07-actions");
  await editor.press("Enter");
  await editor.until("the file is fixed", async () => (await editor.shown(0)).includes("send_dm_to_user 30/min"));
  await editor.save();
  await editor.screenshot("08-fixed");
});

test("completion", async () => {
  await editor.cursor("mistakes.pol", "deny *;");
  await editor.press("End", "Enter");
  await editor.type("allow ");
  console.log(await editor.suggestions());
  await editor.screenshot("09-complete-tools");
  await editor.type("schedule_post when args.");
  console.log(await editor.suggestions());
  await editor.screenshot("10-complete-arguments");
  await editor.type("publish_time ");
  await editor.page.waitForTimeout(500);
  await editor.screenshot("11-complete-operators");
  await editor.type("< 5;");
  await editor.press("Escape", "Enter");
  await editor.type("lim");
  await editor.page.waitForTimeout(500);
  console.log(await editor.suggestions());
  await editor.screenshot("12-complete-limit");
});

test("on save: fixes, and the one format", async () => {
  await editor.press("Escape");
  await editor.command("File: Revert File");
  editor.write("untidy.pol", UNTIDY);
  await editor.open("untidy.pol");
  await editor.problemsUntil("the problems of it", (rows) => rows.some((row) => row.includes("untidy.pol")));
  await editor.screenshot("13-untidy");
  await editor.cursor("untidy.pol", "deny");
  await editor.press("Space");
  await editor.press("Control+S");
  await editor.until("it is tidy", async () => editor.disk("untidy.pol").includes('{"post_id": "🦀"} -> deny;'));
  console.log(editor.disk("untidy.pol"));
  await editor.page.waitForTimeout(1500);
  console.log(await editor.problems());
  await editor.screenshot("14-tidy");
});

test("a catalogue that changes on disk", async () => {
  const catalogue = editor.disk(CATALOGUE);
  editor.write(CATALOGUE, catalogue.replaceAll('"get_page_posts"', '"get_page_postings"'));
  console.log(await editor.problemsUntil("the tool is unknown", (rows) => rows.filter((row) => row.includes("no tool `get_page_posts`")).length >= 3));
  await editor.screenshot("15-catalogue");
  editor.write(CATALOGUE, catalogue);
  await editor.problemsUntil("all is well again", (rows) => !rows.some((row) => row.includes("get_page_posts")));
});

test("the page of a finding", async () => {
  await editor.open("mistakes.pol");
  await editor.page.locator(".markers-panel a", { hasText: "unknown-argument" }).first().click();
  await editor.page.waitForTimeout(1500);
  await editor.screenshot("16-page");
  await editor.command("View: Close Editor");
});

test("several policies and gateways", async () => {
  editor.write("several.pol", SEVERAL);
  await editor.open("several.pol");
  await editor.command("policyc: Show Compiled Artefact to the Side");
  await editor.page.waitForTimeout(700);
  await editor.screenshot("17-pick");
  await editor.pick("writer");
  await editor.until("the artefact", async () => (await editor.shown(1)).includes("post_to_facebook"));
  await editor.focus();
  await editor.command("policyc: Show Compiled Artefact for Another Gateway");
  await editor.page.waitForTimeout(700);
  await editor.screenshot("18-pick-target");
  await editor.pick("intercept");
  await editor.page.waitForTimeout(700);
  await editor.pick("writer");
  await editor.page.waitForTimeout(2000);
  console.log(await editor.shown(1), await editor.problems());
  await editor.screenshot("19-intercept");
});

test("decide", async () => {
  await editor.focus();
  await editor.command("policyc: Decide One Call");
  await editor.page.waitForTimeout(500);
  await editor.type('post_to_facebook {"message": "hi"}');
  await editor.screenshot("20-decide");
  await editor.press("Enter");
  await editor.page.waitForTimeout(500);
  await editor.press("Enter");
  await editor.until("a message", async () => (await editor.messages()).length > 0);
  console.log(await editor.messages());
  await editor.screenshot("21-decided");
  await editor.clearMessages();
});

test("lens places", async () => {
  await editor.clickLens("selects");
  await editor.page.locator(".peekview-widget").waitFor();
  await editor.page.waitForTimeout(1500);
  await editor.screenshot("22-places");
  await editor.press("Escape");
});

test("failing test", async () => {
  await editor.open("mistakes.pol");
  await editor.cursor("mistakes.pol", "args.comment");
  await editor.type("_id");
  await editor.page.waitForTimeout(1500);
  await editor.screenshot("23-lints");
  console.log(await editor.problems());
  await editor.clickLens("run test");
  await editor.until("a message", async () => (await editor.messages()).length > 0);
  console.log(await editor.messages(), await editor.lenses());
  await editor.screenshot("24-failed");
  await editor.page.locator(".notification-toast a.monaco-button", { hasText: "Show Output" }).first().click();
  await editor.page.waitForTimeout(1000);
  await editor.screenshot("25-output");
});
