/** Finds a Chromium for the browser tests, or installs Debian's where that can be done without asking. */
import { existsSync } from 'node:fs';
import { installPackages } from './debianPackages.ts';
import { which } from './run.ts';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome'];
const PLACES = [
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
];

/** Flags for a headless run that makes no connections of its own. */
export const CHROMIUM_FLAGS = [
  ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

export function findChromium(): string | undefined {
  const named = process.env.CHROMIUM;
  if (named !== undefined && existsSync(named)) return named;
  return NAMES.map(which).find((path) => path !== undefined) ?? PLACES.find((path) => existsSync(path));
}

export async function provideChromium(): Promise<string> {
  const found = findChromium();
  if (found !== undefined) return found;
  if (await installPackages(['chromium', 'fonts-dejavu-core'])) {
    const installed = findChromium();
    if (installed !== undefined) return installed;
  }
  throw new Error(
    'The browser tests need Chromium or Chrome. Install one (Debian, Ubuntu: sudo apt-get install chromium; else google.com/chrome), or set CHROMIUM to its path.',
  );
}
