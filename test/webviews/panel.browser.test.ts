/** The Sandbox panel in a browser: what it shows of a run, and what hand and keyboard do to it. */
import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { RunHistory } from '../../extension/runHistory.ts';
import { PanelBrowser, type PanelOptions, type PanelPage } from './panelPage.ts';
import { MEBIBYTE, RUN_LENGTH, sampleRun, violation } from './sampleRun.ts';

const SCREENSHOTS = join(import.meta.dirname, '../screenshots');

let browser: PanelBrowser;
before(async () => {
  mkdirSync(SCREENSHOTS, { recursive: true });
  browser = await PanelBrowser.launch();
});
after(() => browser?.close());

/** Opens a panel, hands it to the test, and wants it to have raised no error. */
async function inPanel(options: PanelOptions, body: (panel: PanelPage) => Promise<void>): Promise<void> {
  const panel = await browser.open(options);
  try {
    await body(panel);
    assert.deepEqual(panel.faults, []);
  } finally {
    await panel.page.close();
  }
}

/** A panel that shows the sample run. */
function inRun(body: (panel: PanelPage) => Promise<void>, options: PanelOptions = {}): Promise<void> {
  return inPanel(options, async (panel) => {
    await panel.post({ type: 'snapshot', run: 1, name: 'run', patch: sampleRun().snapshot() });
    await body(panel);
  });
}

test('it asks for the run when it starts, and says what to do when there is none', () =>
  inPanel({}, async (panel) => {
    assert.deepEqual(await panel.sent(), [{ type: 'ready', lastSeq: 0 }]);
    await panel.post({ type: 'empty' });
    await panel.page.getByText('Press F5 in a C, AssemblyScript or WAT file').waitFor();
    await panel.page.screenshot({ path: join(SCREENSHOTS, 'panel-empty.png') });
    await panel.page.getByRole('button', { name: 'Debug the Active File' }).click();
    assert.deepEqual((await panel.sent()).at(-1), { type: 'debug' });
  }));

test('numbers beside the tracks are those at the cursor', () =>
  inRun(async (panel) => {
    const rows = panel.page.locator('.rows li');
    assert.deepEqual(await rows.locator('.name').allInnerTexts(), [
      'Memory',
      'Instructions',
      'Host calls',
      'I/O',
      'Violations',
      'Stops',
      'Output',
    ]);
    assert.equal(await rows.nth(0).locator('.value').textContent(), '14 MiB');
    assert.equal(await rows.nth(4).locator('.value').textContent(), '231');
    assert.equal(await panel.page.locator('.state').textContent(), 'Stopped at breakpoint');
    await panel.page.getByRole('slider', { name: 'Cursor' }).focus();
    await panel.page.keyboard.press('Home');
    assert.equal(await rows.nth(0).locator('.value').textContent(), '2 MiB');
  }));

test('a violation opens its line, by click and by Enter', () =>
  inRun(async (panel) => {
    const location = (line: number) => ({
      type: 'open',
      location: { source: '/project/src/orders.c', line, column: 5 },
    });
    await panel.page.getByRole('link', { name: 'orders.c:41' }).click();
    assert.deepEqual((await panel.sent()).at(-1), location(41));
    await panel.page.getByRole('row', { name: '/etc/passwd' }).focus();
    await panel.page.keyboard.press('ArrowDown');
    await panel.page.keyboard.press('ArrowDown');
    await panel.page.keyboard.press('Enter');
    assert.deepEqual((await panel.sent()).at(-1), location(212));
  }));

test('what was refused can be granted: from its row, from the sentence about it, all at once', () =>
  inRun(async (panel) => {
    const last = async () => (await panel.sent()).at(-1);
    const write = panel.page.getByRole('row', { name: 'out/report.csv' });
    await write.getByRole('button', { name: 'Grant filesystem.write "out/report.csv"' }).click();
    assert.deepEqual(await last(), { type: 'grant', violation: 6 });
    assert.equal(await panel.page.locator('.item[aria-selected=true]').count(), 0, 'a button chooses no row');
    await panel.page.getByRole('row', { name: 'prices.csv' }).click();
    const sentence = panel.page.locator('.explanation');
    await sentence.getByRole('button', { name: 'Grant filesystem.read "prices.csv"' }).press('Enter');
    assert.deepEqual(await last(), { type: 'grant', violation: 7 });
    await panel.page.getByRole('button', { name: 'Grant all' }).click();
    assert.deepEqual(await last(), { type: 'grantAll' });
    assert.equal(await panel.page.getByRole('row', { name: '/etc/passwd' }).getByRole('button').count(), 0);
  }));

test('a stop says what it was', () =>
  inRun(async (panel) => {
    const state = panel.page.locator('.state');
    for (const [cause, words] of [
      ['violation', 'Stopped at a refused call'],
      ['limit', 'Stopped at a limit'],
      ['trap', 'Stopped on trap'],
      [undefined, 'Stopped on fault'],
    ] as const) {
      const stop = { kind: 'stopped', reason: 'exception', ...(cause && { cause }) } as const;
      await panel.post({ type: 'update', patch: { state: stop } });
      assert.equal(await state.textContent(), words);
    }
  }));

test('the list is walked with the keyboard, one row in the tab order, the cursor following', () =>
  inRun(async (panel) => {
    const { page } = panel;
    const focused = () => page.evaluate(() => document.activeElement?.getAttribute('aria-rowindex'));
    await page.getByRole('row', { name: '/etc/passwd' }).focus();
    await page.keyboard.press('End');
    await page.waitForFunction(() => document.activeElement?.getAttribute('aria-rowindex') === '9');
    assert.equal(await page.locator('[role=row][tabindex="0"]').count(), 1);
    assert.equal(await page.locator('.moment .mono').first().textContent(), '11.000 s');
    await page.keyboard.press('Home');
    await page.waitForFunction(() => document.activeElement?.getAttribute('aria-rowindex') === '2');
    assert.equal(await focused(), '2');
    assert.match((await page.locator('.explanation').textContent()) ?? '', /needs filesystem\.read; granted: \.\/data/);
  }));

test('the filter narrows the list and says so', () =>
  inRun(async (panel) => {
    await panel.page.getByRole('textbox', { name: 'Filter violations' }).fill('write');
    assert.equal(await panel.page.locator('.item').count(), 1);
    assert.equal(await panel.page.locator('.shown').textContent(), '1 of 8');
  }));

test('drag, wheel and keys move cursor and view', () =>
  inRun(async (panel) => {
    const { page } = panel;
    const slider = page.getByRole('slider', { name: 'Cursor' });
    const now = async () => Number(await slider.getAttribute('aria-valuenow'));
    const shown = () => page.locator('.gutter.ruler').textContent();
    assert.equal(await now(), RUN_LENGTH);
    const box = await page.locator('.timeline').boundingBox();
    assert.ok(box !== null);
    await page.mouse.move(box.x + 250, box.y + 90);
    await page.mouse.down();
    await page.mouse.move(box.x + 400, box.y + 90);
    await page.mouse.up();
    const dragged = await now();
    assert.ok(dragged > 4000 && dragged < 8000, `${dragged}`);
    await page.keyboard.press('ArrowLeft');
    assert.ok((await now()) < dragged);
    const whole = await shown();
    await page.mouse.wheel(0, -400);
    await page.waitForFunction((before) => document.querySelector('.gutter.ruler')?.textContent !== before, whole);
    await page.keyboard.press('0');
    await page.waitForFunction((before) => document.querySelector('.gutter.ruler')?.textContent === before, whole);
    await page.getByRole('button', { name: 'Go to end' }).click();
    assert.equal(await now(), RUN_LENGTH);
    await page.keyboard.down('Shift');
    await page.mouse.move(box.x + 250, box.y + 90);
    await page.mouse.down();
    await page.mouse.move(box.x + 400, box.y + 90);
    await page.mouse.up();
    await page.keyboard.up('Shift');
    assert.notEqual(await shown(), whole);
    await page.mouse.dblclick(box.x + 300, box.y + 90);
    assert.equal(await shown(), whole);
  }));

test('a click on a diamond chooses its violation', () =>
  inRun(async (panel) => {
    const box = await panel.page.locator('.timeline').boundingBox();
    const lane = await panel.page.locator('.rows .lane').first().boundingBox();
    assert.ok(box !== null && lane !== null);
    const plot = { left: box.x + lane.width + 1, width: box.width - lane.width - 11 };
    await panel.page.mouse.click(plot.left + (940 / RUN_LENGTH) * plot.width, lane.y + 9);
    assert.equal(await panel.page.locator('.item[aria-selected=true]').getAttribute('aria-rowindex'), '2');
  }));

test('the picture is really drawn, and follows a running program', () =>
  inPanel({}, async (panel) => {
    const run = new RunHistory(1, 'run');
    run.running();
    await panel.post({ type: 'snapshot', run: 1, name: 'run', patch: run.snapshot() });
    const blank = await inked(panel);
    const usage = (time: number) => ({
      time,
      instant: time * 1e5,
      memory: MEBIBYTE,
      hostCalls: time,
      outputBytes: time,
      bytesRead: 0,
      bytesWritten: 0,
      filesOpened: 0,
      networkRequests: 0,
      bytesSent: 0,
      bytesReceived: 0,
    });
    const limits = { memory: null, fuel: null, timeout: null };
    for (let time = 33; time < 1000; time += 33) run.addUsage({ limits, samples: [usage(time)] });
    const update = run.takeUpdate();
    assert.ok(update !== undefined && update !== 'snapshot');
    await panel.post({ type: 'update', patch: update });
    assert.ok((await inked(panel)) > blank + 5000, 'the tracks are filled');
    assert.equal(await panel.page.getByRole('slider').getAttribute('aria-valuenow'), '990');
    run.addViolation(violation(995, 'path_open', '/etc/shadow', 'filesystem.read', 'ACCES', 3));
    run.ended(7);
    const last = run.takeUpdate();
    assert.ok(last !== undefined && last !== 'snapshot');
    await panel.post({ type: 'update', patch: last });
    assert.equal(await panel.page.locator('.state').textContent(), 'Ended, exit code 7');
    assert.equal(await panel.page.locator('.item').count(), 1);
  }));

test('after a gap it asks for everything again', () =>
  inRun(async (panel) => {
    await panel.post({ type: 'update', patch: { state: { kind: 'running' } } }, 9);
    assert.deepEqual((await panel.sent()).at(-1), { type: 'ready', lastSeq: 1 });
    assert.equal(await panel.page.locator('.state').textContent(), 'Stopped at breakpoint');
  }));

test('thousands of violations cost a screenful of rows', () =>
  inPanel({}, async (panel) => {
    const run = new RunHistory(1, 'run');
    for (let line = 1; line <= 5000; line++)
      run.addViolation(violation(line, 'path_open', `/secret/${line}`, 'filesystem.read', 'ACCES', line));
    await panel.post({ type: 'snapshot', run: 1, name: 'run', patch: run.snapshot() });
    assert.ok((await panel.page.locator('.item').count()) < 30);
    assert.match((await panel.page.locator('.shown').textContent()) ?? '', /1,000 places, 4,000 more not listed/);
    assert.equal(await panel.page.getByRole('tab').textContent(), 'Violations5,000');
    await panel.page.locator('.item').first().focus();
    await panel.page.keyboard.press('End');
    await panel.page.waitForFunction(() => document.activeElement?.getAttribute('aria-rowindex') === '1001');
  }));

test('a change of theme is taken up at once', () =>
  inRun(async (panel) => {
    const dark = await colorOfMemory(panel);
    await panel.setTheme('light');
    await panel.page.waitForFunction(() => getComputedStyle(document.body).backgroundColor === 'rgb(248, 248, 248)');
    await panel.page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
    assert.notDeepEqual(await colorOfMemory(panel), dark);
  }));

for (const theme of ['dark', 'light', 'high contrast'] as const) {
  for (const [width, height] of [
    [1042, 258],
    [420, 800],
  ] as const) {
    test(`nothing overflows in ${theme} at ${width} × ${height}`, () =>
      inRun(
        async (panel) => {
          await panel.page.locator('.item').nth(3).click();
          const path = join(SCREENSHOTS, `panel-${theme.replace(' ', '-')}-${width}.png`);
          await panel.page.screenshot({ path });
          const overflowing = await panel.page.evaluate(() =>
            [...document.querySelectorAll('.toolbar, .bar, .tabs, .rows li, body')]
              .filter((element) => element.scrollWidth > element.clientWidth)
              .map((element) => element.className || element.tagName),
          );
          assert.deepEqual(overflowing, []);
        },
        { theme, width, height },
      ));
  }
}

/** Pixels of the still canvas that are not transparent. */
function inked({ page }: PanelPage): Promise<number> {
  return page.evaluate(() => {
    const canvas = document.querySelector('canvas');
    const data = canvas?.getContext('2d')?.getImageData(0, 0, canvas.width, canvas.height).data ?? [];
    let count = 0;
    for (let index = 3; index < data.length; index += 4) if (data[index] !== 0) count++;
    return count;
  });
}

/** Of a pixel in the memory track's area. */
function colorOfMemory({ page }: PanelPage): Promise<number[]> {
  return page.evaluate(() => {
    const canvas = document.querySelector('canvas');
    return [...(canvas?.getContext('2d')?.getImageData(canvas.width - 40, 68, 1, 1).data ?? [])];
  });
}
