/** Types that an expression names, and casts to them. */
import type { Syntax, Type, Value } from '../model.ts';
import { concrete, pointerTo, scalarValue } from '../values.ts';
import { EvaluationError } from './error.ts';
import type { OperatorContext } from './operators.ts';
import { isTrue, operandOf } from './operators.ts';
import type { TypeName } from './syntaxTree.ts';
import { bareName, builtinType } from './typeNames.ts';

export interface TypeScope {
  readonly syntax: Syntax;
  typeNamed(name: string): Type | undefined;
}

export function namedType({ name, pointers, position }: TypeName, scope: TypeScope): Type {
  const bare = bareName(name);
  const found = scope.typeNamed(bare) ?? builtinType(bare, scope.syntax);
  if (!found) throw new EvaluationError(`There is no type ${name} here.`, position);
  let type = found;
  for (let level = 0; level < pointers; level++) type = pointerTo(type);
  return type;
}

export function castTo(type: Type, value: Value, context: OperatorContext): Value {
  const target = concrete(type);
  if (target === concrete(value.type)) return { type, place: value.place };
  if (target.kind === 'composite' || target.kind === 'array' || target.kind === 'function') {
    throw new EvaluationError(`A value cannot be cast to ${type.name}; cast a pointer to it.`, context.position);
  }
  const operand = operandOf(value, context);
  if (target.kind === 'base' && target.encoding === 'boolean') return scalarValue(type, isTrue(operand) ? 1n : 0n);
  if (operand.kind === 'pointer') return scalarValue(type, operand.address);
  if (operand.kind === 'float' && target.kind === 'pointer') {
    throw new EvaluationError('A floating-point number cannot be cast to a pointer.', context.position);
  }
  return scalarValue(type, operand.value);
}
