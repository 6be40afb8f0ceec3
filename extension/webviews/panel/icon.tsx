/** The codicons that the panel uses, drawn inline so that no font has to load. */
import zoomWhole from '@vscode/codicons/src/icons/arrow-both.svg';
import end from '@vscode/codicons/src/icons/debug-continue.svg';
import stopped from '@vscode/codicons/src/icons/debug-pause.svg';
import error from '@vscode/codicons/src/icons/error.svg';
import info from '@vscode/codicons/src/icons/info.svg';
import fix from '@vscode/codicons/src/icons/lightbulb.svg';
import finished from '@vscode/codicons/src/icons/pass.svg';
import running from '@vscode/codicons/src/icons/play-circle.svg';
import search from '@vscode/codicons/src/icons/search.svg';
import shield from '@vscode/codicons/src/icons/shield.svg';
import warning from '@vscode/codicons/src/icons/warning.svg';
import zoomIn from '@vscode/codicons/src/icons/zoom-in.svg';
import zoomOut from '@vscode/codicons/src/icons/zoom-out.svg';
import type { JSX } from 'preact';

const ICONS = {
  zoomWhole,
  stopped,
  running,
  end,
  finished,
  fix,
  error,
  info,
  search,
  shield,
  warning,
  zoomIn,
  zoomOut,
};

export type IconName = keyof typeof ICONS;

export function Icon({ name }: { readonly name: IconName }): JSX.Element {
  return <span class="icon" aria-hidden="true" dangerouslySetInnerHTML={{ __html: ICONS[name] }} />;
}
