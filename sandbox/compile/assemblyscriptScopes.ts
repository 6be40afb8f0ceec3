/**
 * Which declaration each local of an AssemblyScript function comes from. The compiler forgets this once a
 * function is compiled, so it is noted while it happens: after each variable statement, and when a function is
 * inlined into another. Constants that need no local are noted too.
 */
import type { LocalElement, Node, SourceFile, VariableElement } from './assemblyscriptProgram.ts';

export interface LineRange {
  readonly startLine: number;
  readonly endLine: number;
}

/** Lines are 0-based. */
export interface LocalOrigin {
  readonly source: SourceFile;
  readonly scope: LineRange;
}

/** A `const` in a function that the compiler replaced by its value. */
export interface LocalConstant extends LocalOrigin {
  readonly name: string;
  readonly element: VariableElement;
}

export interface LocalOrigins {
  readonly locals: ReadonlyMap<LocalElement, LocalOrigin>;
  /** By the function's internal name. */
  readonly constants: ReadonlyMap<string, readonly LocalConstant[]>;
}

/** Starts anew with every compilation. */
export class LocalWatcher implements LocalOrigins {
  readonly locals = new Map<LocalElement, LocalOrigin>();
  readonly constants = new Map<string, LocalConstant[]>();
  #scopes = new BlockScopes({});

  /** Hooks into the compiler's prototypes; the returned function takes the hooks out again. */
  watch(compiler: CompilerModule): () => void {
    const { compileVariableStatement } = compiler.Compiler.prototype;
    const { addScopedLocal } = compiler.Flow.prototype;
    const watcher = this;
    this.#scopes = new BlockScopes(compiler.NodeKind);
    compiler.Compiler.prototype.compileVariableStatement = function (this: CompilerLike, statement) {
      const result = compileVariableStatement.call(this, statement);
      watcher.#declared(this.currentFlow, statement);
      return result;
    };
    compiler.Flow.prototype.addScopedLocal = function (this: FlowLike, name, type) {
      const local = addScopedLocal.call(this, name, type);
      if (this.inlineFunction) watcher.#inlined(local, this.inlineFunction.prototype.declaration);
      return local;
    };
    return () => {
      compiler.Compiler.prototype.compileVariableStatement = compileVariableStatement;
      compiler.Flow.prototype.addScopedLocal = addScopedLocal;
    };
  }

  #declared(flow: FlowLike, statement: VariableStatement): void {
    const { source } = statement.range;
    if (source.normalizedPath.startsWith('~lib/')) return;
    for (const declaration of statement.declarations) {
      const local = flow.scopedLocals?.get(declaration.name.text);
      if (!local) continue;
      const origin = { source, scope: this.#scopes.scopeOf(declaration) };
      if (local.index >= 0) {
        this.locals.set(local, origin);
        continue;
      }
      const key = flow.targetFunction.internalName;
      const constants = this.constants.get(key) ?? [];
      constants.push({ ...origin, name: declaration.name.text, element: local as unknown as VariableElement });
      this.constants.set(key, constants);
    }
  }

  #inlined(local: LocalElement, declaration: Node): void {
    const { source, start, end } = declaration.range;
    this.locals.set(local, { source, scope: lines(source, start, end) });
  }
}

/** The parts of the compiler's module that are hooked or read. */
export interface CompilerModule {
  readonly NodeKind: NodeKinds;
  readonly Compiler: {
    readonly prototype: { compileVariableStatement(this: CompilerLike, statement: VariableStatement): unknown };
  };
  readonly Flow: {
    readonly prototype: { addScopedLocal(this: FlowLike, name: string, type: unknown): LocalElement };
  };
}

type NodeKinds = Readonly<Record<string, string | number>>;

interface CompilerLike {
  readonly currentFlow: FlowLike;
}

interface FlowLike {
  readonly targetFunction: { readonly internalName: string };
  readonly inlineFunction: { readonly prototype: { readonly declaration: Node } } | null;
  readonly scopedLocals: ReadonlyMap<string, LocalElement> | null;
}

interface VariableStatement extends Node {
  readonly declarations: readonly VariableDeclaration[];
}

interface VariableDeclaration extends Node {
  readonly name: { readonly text: string };
}

/** The innermost block or `for` around each variable declaration of a source, found by walking its syntax tree once. */
class BlockScopes {
  readonly #declarationKind: unknown;
  readonly #scopeKinds: ReadonlySet<unknown>;
  readonly #enclosing = new Map<unknown, Node>();
  readonly #walked = new Set<SourceFile>();

  constructor(kinds: NodeKinds) {
    this.#declarationKind = kinds.VariableDeclaration;
    this.#scopeKinds = new Set([kinds.Source, kinds.Block, kinds.For, kinds.ForOf, kinds.Switch, kinds.Function]);
  }

  scopeOf(declaration: VariableDeclaration): LineRange {
    const { source, start, end } = declaration.range;
    if (!this.#walked.has(source)) {
      this.#walked.add(source);
      this.#walk(source);
    }
    const enclosing = this.#enclosing.get(declaration);
    return lines(source, start, enclosing ? enclosing.range.end : end);
  }

  /** Every property that holds a node or a list of nodes is followed, whatever the kind. */
  #walk(source: SourceFile): void {
    const pending: { readonly value: unknown; readonly scope: Node | undefined }[] = [
      { value: source, scope: undefined },
    ];
    const seen = new Set<unknown>();
    for (let next = pending.pop(); next; next = pending.pop()) {
      const { value, scope } = next;
      if (typeof value !== 'object' || value === null || seen.has(value)) continue;
      seen.add(value);
      if (Array.isArray(value)) {
        for (const item of value) pending.push({ value: item, scope });
      } else if (isNode(value)) {
        if (value.kind === this.#declarationKind && scope) this.#enclosing.set(value, scope);
        const inner = this.#scopeKinds.has(value.kind) ? value : scope;
        for (const [key, child] of Object.entries(value)) {
          if (key !== 'range' && key !== 'source') pending.push({ value: child, scope: inner });
        }
      }
    }
  }
}

function isNode(value: object): value is Node {
  return 'kind' in value && typeof value.kind === 'number' && 'range' in value;
}

function lines(source: SourceFile, start: number, end: number): LineRange {
  return { startLine: source.lineAt(start) - 1, endLine: source.lineAt(end) - 1 };
}
