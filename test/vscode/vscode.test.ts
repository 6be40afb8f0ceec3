/** F5 in a real VS Code: what a person does, and what he sees. */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { markedLine } from '../support/markers.ts';
import { VsCode, type Workbench } from '../support/vscode.ts';

let code: VsCode;
before(async () => {
  code = await VsCode.start({ 'workbench.colorTheme': 'Default Dark Modern' });
});
after(() => code?.stop());

/** Runs a test on a page of its own; when it fails, its last picture is kept. */
async function inWorkbench(name: string, body: (workbench: Workbench) => Promise<void>): Promise<void> {
  const workbench = await code.open();
  try {
    await body(workbench);
  } catch (error) {
    await workbench.screenshot(`${name}-failed`);
    throw error;
  } finally {
    await workbench.page.context().close();
  }
}

test('C: gutter, F5, stop, struct, step, panel, violation', () =>
  inWorkbench('c', async (workbench) => {
    const { page } = workbench;
    await workbench.openFile('c/orders.c');
    await workbench.clickGutter('c/orders.c', 'add');
    await workbench.breakpoint.waitFor();
    await page.keyboard.press('F5');
    await workbench.stopped();
    await workbench.stack(['add_order', 'read_orders', 'main']);
    await workbench.expand(/^Locals/);
    await workbench.expand(/^customer\s*=/);
    await workbench.variable(/name\s*=.*"Ada/).waitFor();
    await workbench.variable(/spent\s*=\s*0/).waitFor();
    await page.keyboard.press('F10');
    await workbench.variable(/spent\s*=\s*12\.5/).waitFor();
    await workbench.clickGutter('c/orders.c', 'add');
    await workbench.breakpoint.waitFor({ state: 'hidden' });
    await workbench.clickGutter('c/orders.c', 'round');
    await workbench.breakpoint.waitFor();
    await page.keyboard.press('F5');
    await workbench.variable(/^round\s*=\s*1/).waitFor();
    await page.keyboard.press('F5');
    await workbench.variable(/^round\s*=\s*2/).waitFor();
    const instant = workbench.panel.locator('.instant');
    const before = (await instant.textContent()) ?? '';
    const violation = workbench.panel.locator('[role=row]', { hasText: '/etc/passwd' }).first();
    await violation.waitFor();
    await workbench.screenshot('c-stopped');

    await workbench.clickGutter('c/orders.c', 'round');
    await workbench.breakpoint.waitFor({ state: 'hidden' });
    await page.keyboard.press('F5');
    await instant.filter({ hasNotText: before }).waitFor();
    await workbench.screenshot('c-running');
    await workbench.ended();
    await workbench.panel.locator('.state', { hasText: 'exit code 0' }).waitFor();
    await violation.locator('a', { hasText: 'orders.c' }).click();
    await page.locator('.monaco-editor .view-line', { hasText: '/etc/passwd' }).first().waitFor();
    await workbench.screenshot('c-ended');
  }));

test('AssemblyScript: gutter, F5, stop, object fields, step', () =>
  inWorkbench('assemblyscript', async (workbench) => {
    const { page } = workbench;
    const file = 'assemblyscript/assembly/inventory.ts';
    await workbench.openFile(file);
    await workbench.clickGutter(file, 'add');
    await workbench.breakpoint.waitFor();
    await page.keyboard.press('F5');
    await workbench.stopped();
    await workbench.stack(['Inventory#add', 'main']);
    await workbench.expand(/^Locals/);
    await workbench.expand(/^item\s*=/);
    await workbench.variable(/name\s*=\s*"lamp"/).waitFor();
    await page.keyboard.press('F10');
    // What the step has changed: a row of the stop before would fold again when its values come.
    await workbench.variable(/^this\s*=.*items = \(1\)/).waitFor();
    await workbench.expand(/^this\s*=/);
    await workbench.variable(/^items\s*=/).waitFor();
    await workbench.screenshot('assemblyscript-stopped');

    const instant = workbench.panel.locator('.instant');
    const before = (await instant.textContent()) ?? '';
    await workbench.clickGutter(file, 'add');
    await workbench.breakpoint.waitFor({ state: 'hidden' });
    await page.keyboard.press('F5');
    await workbench.panel.locator('[role=row]', { hasText: 'prices.csv' }).first().waitFor();
    await instant.filter({ hasNotText: before }).waitFor();
    await workbench.ended();
    await workbench.panel.locator('.state', { hasText: 'exit code 0' }).waitFor();
    await workbench.screenshot('assemblyscript-ended');
  }));

test('sandbox.json: a wrong unit is underlined', () =>
  inWorkbench('config', async (workbench) => {
    const file = join(code.workspace, 'c/sandbox.json');
    const right = readFileSync(file, 'utf8');
    writeFileSync(file, right.replace('"16MB"', '"16MBs"'));
    try {
      await workbench.openFile('c/sandbox.json');
      await workbench.page.locator('.monaco-editor .squiggly-error').first().waitFor();
      await workbench.page.keyboard.press('Control+Shift+M');
      await workbench.page.locator('.markers-panel .monaco-list-row', { hasText: '16MBs' }).first().waitFor();
      await workbench.screenshot('config');
    } finally {
      writeFileSync(file, right);
    }
  }));

test('C: a compile error is a problem at its place', () =>
  inWorkbench('compile-error', async (workbench) => {
    const file = join(code.workspace, 'c/orders.c');
    const right = readFileSync(file, 'utf8');
    writeFileSync(file, right.replace('int orders = read_orders', 'int orders = raed_orders'));
    try {
      await workbench.openFile('c/orders.c');
      await workbench.page.keyboard.press('F5');
      await workbench.page.locator('.notification-toast', { hasText: 'could not be built: 1 error' }).waitFor();
      await workbench.page.locator('.notification-toast .monaco-button', { hasText: 'Show Problems' }).click();
      const problem = workbench.page.locator('.markers-panel .monaco-list-row', { hasText: 'raed_orders' }).first();
      await problem.click();
      await workbench.page.locator('.monaco-editor .squiggly-error').first().waitFor();
      await workbench.screenshot('compile-error');
    } finally {
      writeFileSync(file, right);
    }
  }));

/** The lines of the refusals among the Problems, in order; the panel shows only what fits, so it is scrolled. */
async function problemLines({ page }: Workbench): Promise<number[]> {
  const lines = new Set<number>();
  const rows = page.locator('.markers-panel .monaco-list-row');
  await rows.first().hover();
  for (let seen = -1; seen < lines.size || seen === 0; ) {
    seen = lines.size;
    for (const text of await rows.allTextContents()) {
      const line = /was refused:.*\[Ln (\d+),/.exec(text)?.[1];
      if (line !== undefined) lines.add(Number(line));
    }
    await page.mouse.wheel(0, 150);
    await page.evaluate('new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))');
  }
  return [...lines].sort((one, other) => one - other);
}

test('C: twenty refusals are problems on their lines; a quick fix grants, another run has one less', () =>
  inWorkbench('forbidden', async (workbench) => {
    const { page } = workbench;
    const folder = join(code.workspace, 'forbidden');
    const attempts = readFileSync(join(folder, 'forbidden.c'), 'utf8').matchAll(/@bp ([\w-]+)/g);
    const lines = [...attempts].map(([, marker = '']) => markedLine(join(folder, 'forbidden.c'), marker));
    const configuration = () => readFileSync(join(folder, 'sandbox.json'), 'utf8');
    const before = configuration();
    const warnings = (count: number) => page.locator(`.statusbar-item [aria-label*="Warnings: ${count}"]`).waitFor();
    const toast = page.locator('.notification-toast');
    const sandboxTab = page.locator('.part.panel .action-item', { hasText: 'Sandbox' });

    await workbench.openFile('forbidden/forbidden.c');
    await page.keyboard.press('F5');
    await workbench.panel.locator('.state', { hasText: 'exit code 0' }).waitFor();
    await workbench.ended();
    await warnings(20);
    await page.keyboard.press('Control+Shift+M');
    assert.deepEqual(await problemLines(workbench), lines);

    await workbench.goToLine(lines[0] ?? 0);
    const fixes = await workbench.quickFixes();
    await workbench.screenshot('forbidden-quick-fix');
    await fixes.filter({ hasText: 'Grant reading "/etc/passwd" in sandbox.json' }).click();
    await toast.filter({ hasText: 'Granted reading "/etc/passwd"' }).waitFor();
    const granted = configuration();
    assert.deepEqual(commentsOf(granted), commentsOf(before));
    assert.match(granted, /"\.\/public", \/\/ to look at, not to change\n\s*"\/etc\/passwd"\n/);
    await warnings(19);
    await toast.locator('.monaco-button', { hasText: 'Run Again' }).click();
    await sandboxTab.locator('.badge-content', { hasText: /^19$/ }).waitFor();
    await workbench.ended();
    await warnings(19);
    await workbench.screenshot('forbidden-again');

    await workbench.goToLine(lines[1] ?? 0);
    await (await workbench.quickFixes()).filter({ hasText: 'Grant all 19 that this run was refused' }).click();
    await toast.filter({ hasText: '19 grants were added' }).waitFor();
    assert.deepEqual(commentsOf(configuration()), commentsOf(before));
    await toast.locator('.monaco-button', { hasText: 'Run Again' }).click();
    await sandboxTab.locator('.badge-content', { hasText: /^19$/ }).waitFor({ state: 'hidden' });
    await sandboxTab.click();
    await workbench.panel.locator('.nothing', { hasText: 'No violations' }).waitFor();
    await workbench.panel.locator('.state', { hasText: 'exit code 0' }).waitFor();
    await workbench.ended();
    await workbench.screenshot('forbidden-granted');
    await page.keyboard.press('Control+Shift+M');
    await page.locator('.markers-panel').waitFor();
    const refusal = page.locator('.markers-panel .monaco-list-row', { hasText: 'was refused:' });
    await refusal.first().waitFor({ state: 'hidden' });
  }));

function commentsOf(text: string): string[] {
  return [...text.matchAll(/\/\/ .*|\/\*.*?\*\//g)].map(([comment]) => comment);
}
