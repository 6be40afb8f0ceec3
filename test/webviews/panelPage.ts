/**
 * The Sandbox panel in a real browser, with a stand-in for VS Code: the bundle as it is built, a theme's colours,
 * and the messages that cross. The extension's side is the real `RunHistory`.
 */
import { join } from 'node:path';
import { build } from 'esbuild';
import { type Browser, chromium, type Page } from 'playwright-core';
import type { HostMessage, ViewMessage } from '../../extension/webviews/panel/messages.ts';
import { CHROMIUM_FLAGS, provideChromium } from '../../scripts/chromium.ts';
import { THEMES, type ThemeName } from './themes.ts';

const root = join(import.meta.dirname, '../..');

export interface PanelOptions {
  readonly theme?: ThemeName;
  readonly width?: number;
  readonly height?: number;
}

export class PanelBrowser {
  readonly #browser: Browser;
  readonly #script: string;
  readonly #style: string;

  constructor(browser: Browser, script: string, style: string) {
    this.#browser = browser;
    this.#script = script;
    this.#style = style;
  }

  static async launch(): Promise<PanelBrowser> {
    const [bundle, browser] = await Promise.all([
      bundlePanel(),
      chromium.launch({ executablePath: await provideChromium(), args: CHROMIUM_FLAGS }),
    ]);
    return new PanelBrowser(browser, bundle.script, bundle.style);
  }

  async open(options: PanelOptions = {}): Promise<PanelPage> {
    const { width = 1042, height = 258, theme = 'dark' } = options;
    const page = await this.#browser.newPage({ viewport: { width, height } });
    page.setDefaultTimeout(10_000);
    const panel = new PanelPage(page);
    await panel.load(this.#script, this.#style, theme);
    return panel;
  }

  close(): Promise<void> {
    return this.#browser.close();
  }
}

export class PanelPage {
  readonly page: Page;
  /** What went wrong in the page: must stay empty. */
  readonly faults: string[] = [];
  #seq = 0;

  constructor(page: Page) {
    this.page = page;
    page.on('pageerror', (error) => this.faults.push(error.message));
    page.on('console', (message) => {
      if (message.type() === 'error') this.faults.push(message.text());
    });
  }

  async load(script: string, style: string, theme: ThemeName): Promise<void> {
    await this.page.setContent('<!DOCTYPE html><html lang="en"><head></head><body><div id="root"></div></body></html>');
    await this.setTheme(theme);
    await this.page.addStyleTag({ content: style });
    await this.page.evaluate(() => {
      const sent: unknown[] = [];
      Object.assign(globalThis, {
        sent,
        acquireVsCodeApi: () => ({ postMessage: (message: unknown) => sent.push(message) }),
      });
    });
    await this.page.addScriptTag({ content: script });
    // It speaks first, once it is drawn: only then does it listen.
    await this.page.waitForFunction(() => (globalThis as unknown as { sent: unknown[] }).sent.length > 0);
  }

  async setTheme(theme: ThemeName): Promise<void> {
    await this.page.evaluate(({ bodyClass, colors }) => {
      document.body.className = bodyClass;
      document.documentElement.style.cssText = Object.entries(colors)
        .map(([name, value]) => `--vscode-${name}: ${value}`)
        .join(';');
    }, THEMES[theme]);
  }

  /** Sends a message as the extension would, numbered unless it says otherwise; arrays of numbers cross as they are. */
  async post(message: Unnumbered, seq: number = ++this.#seq): Promise<void> {
    this.#seq = seq;
    const packed = pack({ ...message, seq });
    await this.page.evaluate((data) => {
      const unpack = (value: unknown): unknown => {
        if (Array.isArray(value)) return value.map(unpack);
        if (typeof value !== 'object' || value === null) return value;
        if ('numbers' in value) return Float64Array.from(value.numbers as number[]);
        return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, unpack(inner)]));
      };
      window.postMessage(unpack(data), '*');
    }, packed);
    // Two frames: the store's, and the drawing that follows it.
    await this.page.evaluate(
      () => new Promise<void>((done) => requestAnimationFrame(() => requestAnimationFrame(() => done()))),
    );
  }

  sent(): Promise<ViewMessage[]> {
    return this.page.evaluate(() => (globalThis as unknown as { sent: ViewMessage[] }).sent);
  }
}

type Unnumbered = HostMessage extends infer M ? (M extends HostMessage ? Omit<M, 'seq'> : never) : never;

function pack(value: unknown): unknown {
  if (value instanceof Float64Array) return { numbers: [...value] };
  if (Array.isArray(value)) return value.map(pack);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, pack(inner)]));
}

async function bundlePanel(): Promise<{ readonly script: string; readonly style: string }> {
  const { outputFiles } = await build({
    absWorkingDir: root,
    entryPoints: ['extension/webviews/panel/main.tsx'],
    bundle: true,
    write: false,
    outdir: 'panel',
    format: 'iife',
    target: 'chrome120',
    jsx: 'automatic',
    jsxImportSource: 'preact',
    loader: { '.svg': 'text' },
    logLevel: 'silent',
  });
  const text = (extension: string): string => outputFiles.find((file) => file.path.endsWith(extension))?.text ?? '';
  return { script: text('.js'), style: text('.css') };
}
