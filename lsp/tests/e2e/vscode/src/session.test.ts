// One session in the editor, from opening a folder to a policy without mistakes. Steps build on each other.

import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, test as step } from "node:test";
import { Editor, EXAMPLES } from "./editor.js";

const FACEBOOK = "just_facebook/just_facebook.pol";
const CATALOGUE = "just_facebook/catalogues/just_facebook_mcp.json";

const MISTAKES = `server facebook from "${CATALOGUE}";

deny *;
limit send_dm_to_usr 30/min;
allow delete_* when args.comment == "1";
allow get_page_posts, get_page_posts;

test "reading" {
  call get_page_posts -> deny;
}
`;

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

const TIDY = `server facebook from "${CATALOGUE}";
deny *;
allow get_page_posts;
limit send_dm_to_user 30/min;
test "🦀" {
  call delete_post {"post_id": "🦀"} -> deny;
}
`;

const CRABS = `server facebook from "${CATALOGUE}";
deny *;
allow update_post when args.new_message == "🦀🦀" or args.new_mesage == "x";
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
  assert.deepEqual((await editor.lenses()).slice(0, 4), ["1 rule, 3 tests", "|", "run all tests", "run test"]);
});

test("problems, of a file that was not opened too, each once", async () => {
  const rows = await editor.problemsUntil("the mistakes", (rows) => rows.length > 2);
  await editor.screenshot("02-problems");
  assert.deepEqual(rows, [
    "mistakes.pol 2",
    "the catalogue has no tool `send_dm_to_usr` policyc unknown-tool [Ln 4, Col 7] help: did you mean `send_dm_to_user`?",
    "`delete_comment` has no argument `comment` policyc unknown-argument [Ln 5, Col 26] this fits none of the 3 selected tools help: did you mean `args.comment_id`? its arguments are `comment_id`",
    "just_facebook_mcp.json [Ln 88, Col 11] : `comment_id` is declared here",
  ]);
});

test("hover says what the policy decides for a tool", async () => {
  await editor.cursor(FACEBOOK, "limit send_dm", 2);
  const hover = await editor.hover();
  await editor.page.waitForTimeout(500);
  await editor.screenshot("03-hover");
  for (const part of ["Class write", "user_id", "Decision", "At most 30 calls pass in every minute", "(line 11)"]) {
    assert.ok(hover.includes(part), hover);
  }
  await editor.press("Escape");
});

test("a lens runs a test and shows its result, until the text changes", async () => {
  await editor.clickLens("run test");
  await editor.until("a message", async () => (await editor.messages()).length > 0);
  assert.deepEqual(await editor.messages(), ['The test "a flood of private messages is stopped" passes.']);
  await editor.until("the result as a lens", async () => (await editor.lenses()).includes("passed"));
  await editor.screenshot("04-test");
  await editor.clearMessages();
  await editor.cursor(FACEBOOK, "30/min per grant;");
  await editor.type(" ");
  await editor.until("no result", async () => !(await editor.lenses()).includes("passed"));
});

test("the artefact beside the policy follows what is typed", async () => {
  await editor.command("policyc: Show Compiled Artefact to the Side");
  await editor.until("an artefact", async () => (await editor.shown(1)).includes('"send_dm_to_user_rate"'));
  await editor.screenshot("05-artefact");
  await editor.cursor(FACEBOOK, "30/min per grant");
  await editor.press("End", "Enter");
  await editor.type("limit reply_to_comment 7");
  await editor.problemsUntil("a remark that it is of before", (rows) => rows.some((row) => row.includes("not compiled from the policy as it stands")));
  assert.ok((await editor.shown(1)).includes('"send_dm_to_user_rate"'));
  await editor.screenshot("06-artefact-typing");
  await editor.focus();
  await editor.type("/hour;");
  await editor.until("the artefact follows", async () => (await editor.shown(1)).includes('"reply_to_comment_rate_hour"'));
  await editor.problemsUntil("no remark", (rows) => !rows.some((row) => row.includes("as it stands")));
  await editor.screenshot("07-artefact-typed");
  await editor.save();
});

test("a quick fix", async () => {
  await editor.open("mistakes.pol");
  await editor.cursor("mistakes.pol", "send_dm_to_usr");
  const actions = await editor.actions();
  assert.match((await actions.allInnerTexts())[0] ?? "", /write `send_dm_to_user`/);
  await editor.screenshot("08-actions");
  await editor.press("Enter");
  await editor.until("the text is fixed", async () => (await editor.shown(0)).includes("send_dm_to_user 30/min"));
  await editor.save();
  await editor.problemsUntil("one problem less", (rows) => rows[0] === "mistakes.pol 1");
  await editor.screenshot("09-fixed");
});

test("completion of tools, arguments, operators and statements", async () => {
  await editor.cursor("mistakes.pol", "deny *;");
  await editor.press("End", "Enter");
  await editor.type("allow ");
  const tools = await editor.suggestions();
  await editor.screenshot("10-complete-tools");
  assert.ok(tools.includes("get_post_clicks read · Reads how often a post was clicked"), tools.join("\n"));
  await editor.type("schedule_post when args.");
  await editor.until("arguments", async () => (await editor.suggestions()).join() === "message string required,publish_time integer required");
  await editor.screenshot("11-complete-arguments");
  await editor.type("publish_time ");
  await editor.until("operators of numbers", async () => (await editor.suggestions())[2] === "<= at most");
  await editor.screenshot("12-complete-operators");
  await editor.type("< 5;");
  await editor.press("Escape", "Enter");
  await editor.type("lim");
  await editor.until("statements, each once", async () => (await editor.suggestions()).filter((row) => row.startsWith("limit ")).length === 1);
  await editor.screenshot("13-complete-statement");
  await editor.press("Escape");
  // The line goes again.
  await editor.press("Control+Shift+K", "Control+S");
});

test("on save: safe fixes, and the one format", async () => {
  editor.write("untidy.pol", UNTIDY);
  await editor.open("untidy.pol");
  await editor.problemsUntil("its problems", (rows) => rows.some((row) => row.includes("missing-semicolon")));
  await editor.screenshot("14-untidy");
  await editor.cursor("untidy.pol", "deny");
  await editor.press("Space", "Escape", "Control+S");
  await editor.until("it is tidy", async () => editor.disk("untidy.pol") === TIDY);
  await editor.problemsUntil("no problems", (rows) => !rows.some((row) => row.includes("untidy.pol")));
  await editor.screenshot("15-tidy");
});

test("places behind characters that count as two here", async () => {
  editor.write("crabs.pol", CRABS);
  await editor.open("crabs.pol");
  const column = (CRABS.split("\n")[2] ?? "").indexOf("new_mesage") + 1;
  await editor.problemsUntil("the mistake", (rows) => rows.some((row) => row.includes(`[Ln 3, Col ${column}]`)));
  await editor.cursor("crabs.pol", "args.new_mesage");
  await editor.actions();
  await editor.press("Enter");
  await editor.until("the text is fixed", async () => (await editor.shown(0)).includes('"🦀🦀" or args.new_message == "x"'));
  await editor.save();
  await editor.screenshot("16-crabs");
  await editor.problemsUntil("no problems", (rows) => !rows.some((row) => row.includes("crabs.pol")));
});

test("a catalogue that changes on disk", async () => {
  const catalogue = editor.disk(CATALOGUE);
  editor.write(CATALOGUE, catalogue.replaceAll('"get_page_posts"', '"get_page_postings"'));
  const unknown = (rows: string[]) => rows.filter((row) => row.includes("no tool `get_page_posts`"));
  await editor.problemsUntil("the tool is unknown", (rows) => unknown(rows).length >= 3);
  await editor.screenshot("17-catalogue");
  editor.write(CATALOGUE, catalogue);
  await editor.problemsUntil("all is well again", (rows) => unknown(rows).length === 0);
});

test("the page of a finding, one click away", async () => {
  await editor.open("mistakes.pol");
  await editor.page.locator(".markers-panel a", { hasText: "unknown-argument" }).first().click();
  await editor.page.locator(".tab.active", { hasText: "unknown-argument.md" }).waitFor();
  // A page, not its Markdown.
  await editor.page.locator("iframe.webview").first().waitFor();
  await editor.page.waitForTimeout(1000);
  await editor.screenshot("18-page");
  await editor.command("View: Close Editor");
});

test("one of several policies, for another gateway", async () => {
  editor.write("several.pol", SEVERAL);
  await editor.open("several.pol");
  await editor.command("policyc: Show Compiled Artefact to the Side");
  await editor.pick("writer", "Which policy");
  await editor.until("its artefact", async () => (await editor.shown(1)).includes('"post_to_facebook_rate_hour"'));
  await editor.focus();
  await editor.command("policyc: Show Compiled Artefact for Another Gateway");
  await editor.pick("intercept", "which gateway");
  await editor.pick("writer", "Which policy");
  await editor.until("YAML", async () => (await editor.shown(1)).includes('counter: "post_to_facebook_rate_hour"'));
  const rows = await editor.problemsUntil("what is stricter there", (rows) => rows.some((row) => row.includes("stricter-artefact")));
  assert.ok(rows.some((row) => row.includes("several.pol [Ln 4")), rows.join("\n"));
  await editor.screenshot("19-intercept");
});

test("one call decided", async () => {
  await editor.focus();
  await editor.command("policyc: Decide One Call");
  await editor.page.locator(".quick-input-widget:visible", { hasText: "Decide one call" }).waitFor();
  await editor.type('post_to_facebook {"message": "hi"}');
  await editor.screenshot("20-decide");
  await editor.press("Enter");
  await editor.pick("reader", "By which policy");
  await editor.until("a message", async () => (await editor.messages()).length > 0);
  assert.deepEqual(await editor.messages(), ["post_to_facebook -> deny (default deny): No rule allows post_to_facebook."]);
  await editor.screenshot("21-decided");
  await editor.clearMessages();
});

test("the tools that a rule selects, in the catalogue", async () => {
  await editor.focus();
  await editor.clickLens("selects 21 tools");
  const places = editor.page.locator(".peekview-widget .ref-tree .monaco-list-row");
  await editor.until("places", async () => (await places.allInnerTexts()).some((row) => row.includes("get_page_posts")));
  await editor.page.waitForTimeout(500);
  await editor.screenshot("22-places");
  await editor.press("Escape");
});

test("lints once there are no errors, and a test that fails", async () => {
  await editor.open("mistakes.pol");
  await editor.cursor("mistakes.pol", "args.comment");
  await editor.type("_id");
  await editor.press("Escape");
  const rows = await editor.problemsUntil("lints", (rows) => rows.some((row) => row.includes("risky-glob")));
  assert.ok(rows.some((row) => row.includes("repeated-item")), rows.join("\n"));
  await editor.clickLens("run test");
  await editor.until("a message", async () => (await editor.messages()).length > 0);
  assert.match((await editor.messages())[0] ?? "", /^The test "reading" fails: .*allow/);
  await editor.until("the reason as a lens", async () => (await editor.lenses()).some((lens) => lens.startsWith("failed: ")));
  await editor.page.waitForTimeout(500);
  await editor.screenshot("23-failed");
  await editor.page.locator(".notification-toast a.monaco-button", { hasText: "Go to Test" }).first().click();
  const line = editor.disk("mistakes.pol").split("\n").findIndex((line) => line.includes("call get_page_posts")) + 1;
  await editor.page.locator(".statusbar-item", { hasText: `Ln ${line}, Col 1` }).waitFor();
});

test("tools have the colours of their classes", async () => {
  const colour = (name: string) =>
    editor.page.locator(".editor-group-container").first().locator(".view-line span span", { hasText: name }).first().evaluate((span) => getComputedStyle(span).color);
  const [read, write] = [await colour("get_page_posts"), await colour("send_dm_to_user")];
  assert.notEqual(read, write);
});
