/** Expressions as trees. Positions are characters from the start of the expression, 0-based. */

export type Expression =
  | {
      readonly kind: 'integer';
      readonly position: number;
      readonly value: bigint;
      readonly suffix: string;
      readonly decimal: boolean;
    }
  | { readonly kind: 'float'; readonly position: number; readonly value: number; readonly single: boolean }
  | { readonly kind: 'character'; readonly position: number; readonly value: number }
  | { readonly kind: 'string'; readonly position: number; readonly value: string }
  | { readonly kind: 'name'; readonly position: number; readonly name: string }
  | { readonly kind: 'member'; readonly position: number; readonly object: Expression; readonly name: string }
  | { readonly kind: 'index'; readonly position: number; readonly object: Expression; readonly index: Expression }
  | {
      readonly kind: 'unary';
      readonly position: number;
      readonly operator: UnaryOperator;
      readonly operand: Expression;
    }
  | BinaryExpression
  | {
      readonly kind: 'conditional';
      readonly position: number;
      readonly condition: Expression;
      readonly yes: Expression;
      readonly no: Expression;
    }
  | { readonly kind: 'cast'; readonly position: number; readonly type: TypeName; readonly operand: Expression }
  | { readonly kind: 'sizeofType'; readonly position: number; readonly type: TypeName }
  | { readonly kind: 'sizeof'; readonly position: number; readonly operand: Expression };

export interface BinaryExpression {
  readonly kind: 'binary';
  readonly position: number;
  readonly operator: BinaryOperator;
  readonly left: Expression;
  readonly right: Expression;
}

export type UnaryOperator = '-' | '+' | '!' | '~' | '*' | '&';

export type BinaryOperator =
  | '||'
  | '&&'
  | '|'
  | '^'
  | '&'
  | '=='
  | '!='
  | '<'
  | '>'
  | '<='
  | '>='
  | '<<'
  | '>>'
  | '>>>'
  | '+'
  | '-'
  | '*'
  | '/'
  | '%'
  | '@';

/** A type as it is written in a cast: `unsigned char **` is `{ name: 'unsigned char', pointers: 2 }`. */
export interface TypeName {
  readonly position: number;
  readonly name: string;
  readonly pointers: number;
}
