/** DAP sources: a path for what is on disk, a reference number for what only we have. */
import type { DebugProtocol } from '@vscode/debugprotocol';
import type { DebugSource } from '../sandbox/debugger/sources.ts';
import { Handles } from './handles.ts';

export class SourceRegistry {
  readonly #handles = new Handles<DebugSource>();
  readonly #references = new Map<string, number>();

  toDap(source: DebugSource): DebugProtocol.Source {
    if (source.onDisk) return { name: source.name, path: source.path };
    return {
      name: source.name,
      path: source.path,
      sourceReference: this.#referenceOf(source),
      ...(source.library ? { presentationHint: 'deemphasize' as const, origin: 'library' } : {}),
    };
  }

  get(reference: number): DebugSource | undefined {
    return this.#handles.get(reference);
  }

  #referenceOf(source: DebugSource): number {
    const known = this.#references.get(source.path);
    if (known !== undefined && this.#handles.get(known) === source) return known;
    const reference = this.#handles.add(source);
    this.#references.set(source.path, reference);
    return reference;
  }
}
