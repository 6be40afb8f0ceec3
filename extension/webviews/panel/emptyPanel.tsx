/** The panel before the first run: says what to do. */
import type { JSX } from 'preact';
import { Icon } from './icon.tsx';

export function EmptyPanel({ onDebug }: { readonly onDebug: () => void }): JSX.Element {
  return (
    <main class="app empty">
      <Icon name="shield" />
      <h1>Nothing has run in the sandbox yet</h1>
      <p>
        Press <kbd>F5</kbd> in a C, AssemblyScript or WAT file. Its memory, instructions, host calls and output appear
        here while it runs, with every capability that the sandbox refuses and the line that asked for it.
      </p>
      <button type="button" class="primary" onClick={onDebug}>
        Debug the Active File
      </button>
    </main>
  );
}
