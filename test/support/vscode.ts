/**
 * A real VS Code in a real browser, driven as a person would: files opened, the gutter clicked, keys pressed. One
 * server serves all tests of a file; each test gets a page of its own.
 */
import { cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { type Browser, chromium, type FrameLocator, type Locator, type Page } from 'playwright-core';
import { CHROMIUM_FLAGS, provideChromium } from '../../scripts/chromium.ts';
import { type CodeServer, provideCodeServer, startCodeServer } from '../../scripts/codeServer.ts';
import { packageExtension } from '../../scripts/package.ts';
import { markedLine, repositoryFile } from './markers.ts';

const SCREENSHOTS = repositoryFile('test/screenshots');

export class VsCode {
  /** A copy of examples/ that tests may change. */
  readonly workspace: string;
  readonly #server: CodeServer;
  readonly #browser: Browser;
  readonly #folder: string;

  private constructor(folder: string, server: CodeServer, browser: Browser) {
    this.#folder = folder;
    this.workspace = join(folder, 'workspace');
    this.#server = server;
    this.#browser = browser;
  }

  /** Installs the packaged extension into a fresh VS Code and serves it. */
  static async start(settings: object = {}): Promise<VsCode> {
    const executablePath = process.env.CHROMIUM ?? (await provideChromium());
    await provideCodeServer();
    const vsix = process.env.WASM_SANDBOX_VSIX ?? (await packageExtension());
    const folder = mkdtempSync(join(tmpdir(), 'wasm-sandbox-vscode-'));
    cpSync(repositoryFile('examples'), join(folder, 'workspace'), { recursive: true, verbatimSymlinks: true });
    mkdirSync(SCREENSHOTS, { recursive: true });
    const server = await startCodeServer(folder, vsix, {
      'files.autoSave': 'off',
      'window.confirmBeforeClose': 'never',
      // What else listens on this machine is no news here.
      'remote.autoForwardPorts': false,
      ...settings,
    });
    const browser = await chromium.launch({ executablePath, headless: true, args: CHROMIUM_FLAGS });
    return new VsCode(folder, server, browser);
  }

  async open(): Promise<Workbench> {
    const context = await this.#browser.newContext({ viewport: { width: 1400, height: 900 } });
    const page = await context.newPage();
    page.setDefaultTimeout(45_000);
    await page.goto(`${this.#server.url}/?folder=${encodeURI(this.workspace)}`);
    await page.locator('.monaco-workbench .part.statusbar').waitFor({ timeout: 90_000 });
    await page.locator('.explorer-folders-view .monaco-list-row').first().waitFor();
    return new Workbench(page, this.workspace);
  }

  async stop(): Promise<void> {
    await this.#browser.close();
    await this.#server.stop();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

export class Workbench {
  readonly page: Page;
  readonly #workspace: string;

  constructor(page: Page, workspace: string) {
    this.page = page;
    this.#workspace = workspace;
  }

  get callStack(): Locator {
    return this.page.locator('.debug-call-stack .stack-frame');
  }

  get variables(): Locator {
    return this.page.locator('.debug-variables .monaco-list-row');
  }

  /** The Sandbox panel's own document. */
  get panel(): FrameLocator {
    return this.page.frameLocator('iframe.webview.ready').first().frameLocator('iframe#active-frame');
  }

  /** `path` relative to the workspace. */
  async openFile(path: string): Promise<void> {
    await this.page.keyboard.press('Control+P');
    const box = this.page.locator('.quick-input-widget input.input').first();
    await box.fill(path);
    await this.page
      .locator('.quick-input-list .monaco-list-row', { hasText: basename(path) })
      .first()
      .waitFor();
    await this.page.keyboard.press('Enter');
    await this.page.locator(`.tab.active[data-resource-name="${basename(path)}"]`).waitFor();
    await this.page.locator('.monaco-editor .view-lines .view-line').first().waitFor();
  }

  /** Clicks the gutter beside the marked line. */
  async clickGutter(path: string, marker: string): Promise<void> {
    const line = markedLine(join(this.#workspace, path), marker);
    await this.goToLine(line);
    const number = this.page
      .locator('.monaco-editor .margin-view-overlays .line-numbers')
      .filter({ hasText: new RegExp(`^${line}$`) })
      .first();
    const [margin, row] = [
      await this.page.locator('.monaco-editor .margin').first().boundingBox(),
      await number.boundingBox(),
    ];
    if (margin === null || row === null) throw new Error(`line ${line} of ${path} is not on screen`);
    await this.page.mouse.click(margin.x + 10, row.y + row.height / 2);
  }

  get breakpoint(): Locator {
    return this.page.locator('.monaco-editor .codicon-debug-breakpoint').first();
  }

  async goToLine(line: number): Promise<void> {
    await this.page.keyboard.press('Control+G');
    const box = this.page.locator('.quick-input-widget input.input').first();
    await box.fill(`:${line}`);
    await this.page.keyboard.press('Enter');
    await this.page.locator('.quick-input-widget').waitFor({ state: 'hidden' });
  }

  /** Opens the quick fixes at the cursor; problems arrive when they do, so it may take asking twice. */
  async quickFixes(): Promise<Locator> {
    const rows = this.page.locator('.action-widget .monaco-list-row');
    for (let attempt = 0; attempt < 5 && !(await rows.first().isVisible()); attempt++) {
      await this.page.keyboard.press('Control+.');
      await rows
        .first()
        .waitFor({ timeout: 8000 })
        .catch(() => {});
    }
    await rows.first().waitFor();
    return rows;
  }

  async command(title: string): Promise<void> {
    await this.page.keyboard.press('F1');
    const box = this.page.locator('.quick-input-widget input.input').first();
    await box.waitFor();
    await box.fill(`>${title}`);
    await this.page.locator('.quick-input-list .monaco-list-row', { hasText: title }).first().click();
  }

  /** Waits until the program is stopped in the editor. */
  async stopped(): Promise<void> {
    await this.page.locator('.monaco-editor .debug-top-stack-frame-line').first().waitFor();
    await this.callStack.first().waitFor();
  }

  /** Waits until the call stack begins with these functions. */
  async stack(names: readonly string[]): Promise<void> {
    for (const [index, name] of names.entries()) await this.callStack.nth(index).filter({ hasText: name }).waitFor();
  }

  async ended(): Promise<void> {
    await this.page.locator('.debug-toolbar').waitFor({ state: 'hidden' });
  }

  /** Opens a scope or a variable that is collapsed. */
  async expand(name: RegExp): Promise<void> {
    const row = this.variables.filter({ hasText: name }).first();
    await row.waitFor();
    await this.page.waitForFunction((element) => element?.hasAttribute('aria-expanded'), await row.elementHandle());
    if ((await row.getAttribute('aria-expanded')) === 'false') await row.locator('.monaco-tl-twistie').click();
    await this.page.waitForFunction(
      (element) => element?.getAttribute('aria-expanded') === 'true',
      await row.elementHandle(),
    );
  }

  variable(text: RegExp): Locator {
    return this.variables.filter({ hasText: text }).first();
  }

  async screenshot(name: string): Promise<void> {
    await this.page.screenshot({ path: join(SCREENSHOTS, `${name}.png`) });
  }
}
