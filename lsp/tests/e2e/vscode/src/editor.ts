// An editor in a browser: starts both, and does what hands and eyes do.

import { execFileSync, spawn, type ChildProcess } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { chromium, type Browser, type Locator, type Page } from "playwright-core";

const HERE = fileURLToPath(new URL("..", import.meta.url));
const ROOT = fileURLToPath(new URL("../../../../..", import.meta.url));
const VSCODE = join(HERE, "node_modules/code-server/lib/vscode");
/** How long anything may take that the editor does. The machine may have other work. */
const PATIENCE_MS = 30_000;

const SETTINGS = {
  "security.workspace.trust.enabled": false,
  "workbench.startupEditor": "none",
  "workbench.tips.enabled": false,
  "telemetry.telemetryLevel": "off",
  "extensions.autoCheckUpdates": false,
  "extensions.autoUpdate": false,
  "files.simpleDialog.enable": true,
  // The editor would take the browser's driver for a screen reader.
  "editor.accessibilitySupport": "off",
  "editor.minimap.enabled": false,
  "editor.quickSuggestionsDelay": 0,
  "git.enabled": false,
  "workbench.secondarySideBar.defaultVisibility": "hidden",
};

/** A variable of the environment, or what stands in for it. */
function variable(name: string, otherwise: string): string {
  const value = process.env[name];
  return value === undefined || value === "" ? otherwise : value;
}

function required(path: string, how: string): string {
  if (!existsSync(path)) {
    throw new Error(`${path} is missing: ${how}`);
  }
  return path;
}

/** What the test needs from outside; a sentence that says what to do if it is not there. */
function outside() {
  const target = variable("CARGO_TARGET_DIR", join(ROOT, "target"));
  // An extension that carries the program has to find it by itself; the other one is told where it is.
  const carrying = variable("POLICYC_VSIX", "");
  const program = join(variable("POLICYC_BIN", join(target, "debug")), "policyc");
  return {
    program: carrying === "" ? required(program, "cargo build --workspace") : undefined,
    vsix:
      carrying === ""
        ? required(join(ROOT, "lsp/editors/vscode/policyc.vsix"), "npm run package in lsp/editors/vscode")
        : required(carrying, "packaging/build vscode"),
    server: required(join(VSCODE, "out/server-main.js"), "npm ci --ignore-scripts && npm run prepare-editor"),
    chromium: required(variable("CHROMIUM", "/usr/bin/chromium"), "apt-get install chromium, or set CHROMIUM"),
    screenshots: join(target, "vscode"),
  };
}

export class Editor {
  private constructor(
    readonly page: Page,
    /** The folder that is open. */
    readonly folder: string,
    private readonly browser: Browser,
    private readonly server: ChildProcess,
    private readonly home: string,
    private readonly screenshots: string,
  ) {}

  /** Opens a copy of `folders`, each under its last name, with `files` beside them. */
  static async start(folders: string[], files: Record<string, string>, settings: Record<string, unknown> = {}): Promise<Editor> {
    const { program, vsix, server, chromium: browserPath, screenshots } = outside();
    const home = mkdtempSync(join(tmpdir(), "policyc-vscode-"));
    const folder = join(home, "workspace");
    mkdirSync(join(home, "data/User"), { recursive: true });
    mkdirSync(join(home, "data/Machine"));
    mkdirSync(folder);
    for (const from of folders) {
      cpSync(from, join(folder, from.split("/").at(-1) ?? "folder"), { recursive: true });
    }
    for (const [name, text] of Object.entries(files)) {
      writeFileSync(join(folder, name), text);
    }
    writeFileSync(join(home, "data/User/settings.json"), JSON.stringify({ ...SETTINGS, ...settings }));
    // The editor asks a login shell for the path, which may not be ours.
    writeFileSync(join(home, "data/Machine/settings.json"), JSON.stringify({ "policyc.path": program }));
    mkdirSync(screenshots, { recursive: true });
    const places = ["--extensions-dir", join(home, "extensions"), "--user-data-dir", join(home, "data"), "--server-data-dir", join(home, "server")];
    execFileSync(process.execPath, [server, "--install-extension", vsix, ...places], { stdio: "ignore" });
    const log = openSync(join(screenshots, "server.log"), "w");
    // Port 0 takes a free one, which the log tells.
    const args = [server, "--host", "127.0.0.1", "--port", "0", "--without-connection-token", "--accept-server-license-terms", "--disable-telemetry"];
    const running = spawn(process.execPath, [...args, ...places], { stdio: ["ignore", log, log] });
    let browser: Browser | undefined;
    try {
      const port = await listening(join(screenshots, "server.log"), running);
      browser = await chromium.launch({ executablePath: browserPath, args: ["--no-sandbox", "--disable-gpu"] });
      const context = await browser.newContext({ viewport: { width: 1400, height: 900 } });
      await context.grantPermissions(["clipboard-read", "clipboard-write"]);
      const page = await context.newPage();
      page.setDefaultTimeout(PATIENCE_MS);
      await page.goto(`http://127.0.0.1:${port}/?folder=${encodeURIComponent(folder)}`);
      await page.locator(".explorer-folders-view .monaco-list-row").first().waitFor();
      return new Editor(page, folder, browser, running, home, screenshots);
    } catch (error) {
      await browser?.close();
      running.kill();
      throw error;
    }
  }

  async stop(): Promise<void> {
    await this.browser.close();
    const ended = new Promise((resolve) => this.server.once("exit", resolve));
    this.server.kill();
    await ended;
    rmSync(this.home, { recursive: true, force: true });
  }

  /** A file of the folder, as it is on disk. */
  disk(name: string): string {
    return readFileSync(join(this.folder, name), "utf8");
  }

  write(name: string, text: string): void {
    writeFileSync(join(this.folder, name), text);
  }

  async screenshot(name: string): Promise<void> {
    await this.page.screenshot({ path: join(this.screenshots, `${name}.png`) });
  }

  async press(...keys: string[]): Promise<void> {
    for (const key of keys) {
      await this.page.keyboard.press(key);
    }
  }

  async type(text: string): Promise<void> {
    await this.page.keyboard.type(text, { delay: 15 });
  }

  private get quickInput(): Locator {
    return this.page.locator(".quick-input-widget:visible");
  }

  /** Picks an entry of the list that asks for something; `title` is what it asks. */
  async pick(text: string, title: string): Promise<void> {
    const asks = this.page.locator(".quick-input-title:visible", { hasText: title });
    await asks.first().waitFor();
    await this.quickInput.locator("input").first().fill(text);
    await this.quickInput.locator(".monaco-list-row", { hasText: text }).first().waitFor();
    await this.press("Enter");
    // The next list may come at once.
    await asks.waitFor({ state: "hidden" });
  }

  /** Runs a command by its name in the palette. */
  async command(name: string): Promise<void> {
    await this.press("F1");
    const input = this.quickInput.locator("input").first();
    await input.waitFor();
    await input.fill(`>${name}`);
    await this.quickInput.locator(".monaco-list-row", { hasText: name }).first().waitFor();
    await this.press("Enter");
    // The command may ask something at once, in the same place.
    const typed = () => input.inputValue({ timeout: 1000 }).catch(() => "");
    await this.until("the palette is gone", async () => !(await input.isVisible()) || !(await typed()).startsWith(">"));
  }

  async open(name: string): Promise<void> {
    await this.focus();
    await this.press("Control+P");
    const input = this.quickInput.locator("input").first();
    await input.fill(join(this.folder, name));
    // First comes the list of what was open before.
    const last = name.split("/").at(-1) ?? name;
    await this.quickInput.locator(".monaco-list-row.focused", { hasText: last }).first().waitFor();
    await this.press("Enter");
    await this.quickInput.waitFor({ state: "hidden" });
    await this.page.locator(".tab.active", { hasText: last }).first().waitFor();
    await this.focus();
  }

  /** Puts the keyboard into the first group of editors. */
  async focus(): Promise<void> {
    await this.press("Control+1");
    await this.page.locator(".editor-group-container").first().locator(".monaco-editor.focused").waitFor({ timeout: 2000 }).catch(() => undefined);
  }

  /** Puts the cursor behind the first occurrence of `text` in the file on disk, `back` characters before its end. */
  async cursor(name: string, text: string, back = 0): Promise<void> {
    const content = this.disk(name);
    const end = content.indexOf(text) + text.length - back;
    if (!content.includes(text)) {
      throw new Error(`${name} has no ${JSON.stringify(text)}`);
    }
    const before = content.slice(0, end).split("\n");
    await this.go(before.length, (before.at(-1) ?? "").length + 1);
  }

  /** Lines and columns from 1. */
  async go(line: number, column: number): Promise<void> {
    await this.focus();
    await this.press("Control+G");
    const input = this.quickInput.locator("input").first();
    await input.waitFor();
    await input.fill(`:${line}:${column}`);
    await this.press("Enter");
    await this.quickInput.waitFor({ state: "hidden" });
  }

  /** Makes the text of the active file `text`, without what the editor does to typed text. */
  async replaceAll(text: string): Promise<void> {
    await this.focus();
    await this.press("Control+A");
    await this.page.keyboard.insertText(text);
  }

  async save(): Promise<void> {
    await this.press("Control+S");
    await this.page.locator(".tab.active.dirty").first().waitFor({ state: "hidden" });
  }

  /** Waits until something is so. */
  async until(what: string, holds: () => Promise<boolean>, patience = PATIENCE_MS): Promise<void> {
    const end = Date.now() + patience;
    while (!(await holds())) {
      if (Date.now() > end) {
        await this.screenshot("failed");
        throw new Error(`Not within ${patience / 1000} seconds: ${what}`);
      }
      await this.page.waitForTimeout(100);
    }
  }

  /** Rows of the Problems panel, as a person reads them. */
  async problems(): Promise<string[]> {
    const panel = this.page.locator(".markers-panel");
    if (!(await panel.isVisible())) {
      await this.command("View: Focus Problems");
      await panel.waitFor();
      await this.focus();
    }
    return words(panel.locator(".monaco-list-row"));
  }

  async problemsUntil(what: string, holds: (rows: string[]) => boolean): Promise<string[]> {
    let rows: string[] = [];
    await this.until(what, async () => holds((rows = await this.problems())));
    return rows;
  }

  /** What is offered while typing. */
  async suggestions(): Promise<string[]> {
    const list = this.page.locator(".suggest-widget.visible");
    await list.locator(".monaco-list-row").first().waitFor();
    return words(list.locator(".monaco-list-row"));
  }

  async hover(): Promise<string> {
    await this.command("Show or Focus Hover");
    const hover = this.page.locator(".monaco-hover:not(.hidden) .monaco-hover-content").first();
    await hover.waitFor();
    await this.until("the hover is loaded", async () => !(await hover.innerText()).includes("Loading"));
    return plain(await hover.innerText());
  }

  /** The offers of the light bulb. */
  async actions(): Promise<Locator> {
    await this.press("Control+.");
    const rows = this.page.locator(".action-widget .monaco-list-row.action");
    await rows.first().waitFor();
    return rows;
  }

  lenses(): Promise<string[]> {
    return words(this.page.locator(".codelens-decoration > *"));
  }

  async clickLens(text: string): Promise<void> {
    await this.page.locator(".codelens-decoration a", { hasText: text }).first().click();
  }

  /** What messages say. */
  messages(): Promise<string[]> {
    return words(this.page.locator(".notification-list-item-message"));
  }

  async clearMessages(): Promise<void> {
    await this.command("Notifications: Clear All Notifications");
  }

  /** The lines that an editor shows, by the part of its tab's name. */
  async shown(group: number): Promise<string> {
    const lines = this.page.locator(".editor-group-container").nth(group).locator(".view-lines .view-line");
    const placed = await lines.evaluateAll((all) => all.map((line) => ({ top: parseFloat((line as HTMLElement).style.top), text: line.textContent })));
    placed.sort((a, b) => a.top - b.top);
    return plain(placed.map(({ text }) => text).join("\n"));
  }
}

/** The editor writes blanks that do not break. */
function plain(text: string): string {
  return text.replace(/\u00a0/g, " ").replace(/\u200b/g, "");
}

async function words(rows: Locator): Promise<string[]> {
  return (await rows.allInnerTexts()).map((text) => plain(text).replace(/\s+/g, " ").trim());
}

async function listening(log: string, running: ChildProcess): Promise<number> {
  const end = Date.now() + PATIENCE_MS;
  for (;;) {
    const port = /agent listening on (\d+)/.exec(readFileSync(log, "utf8"))?.[1];
    if (port !== undefined) {
      return Number(port);
    }
    if (running.exitCode !== null || Date.now() > end) {
      throw new Error(`The editor's server did not start; ${log} says why.`);
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

export const EXAMPLES = join(ROOT, "examples");
