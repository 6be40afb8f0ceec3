/** Installing what tests need from Debian's packages, where that can be done without asking: as root, with apt. */
import { run, which } from './run.ts';

/** Whether they were installed; false: this machine has no apt, or we may not use it. */
export async function installPackages(names: readonly string[]): Promise<boolean> {
  if (which('apt-get') === undefined || process.getuid?.() !== 0) return false;
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  await run('apt-get', ['update', '-qq'], { env });
  await run('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...names], { env });
  return true;
}
