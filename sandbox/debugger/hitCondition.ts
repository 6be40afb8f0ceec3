/** Hit conditions of breakpoints: `5`, `== 5`, `> 5`, `>= 5`, `< 5`, `<= 5`, `% 5`. A bare number means "from that hit on", as VS Code users expect. */
const FORM = /^\s*(==|=|>=|>|<=|<|%)?\s*(\d+)\s*$/;

/** Whether the n-th hit (1-based) counts; undefined when the condition cannot be read. */
export function hitCounts(condition: string, hits: number): boolean | undefined {
  const [, operator = '>=', digits] = FORM.exec(condition) ?? [];
  if (digits === undefined) return undefined;
  const wanted = Number(digits);
  switch (operator) {
    case '>':
      return hits > wanted;
    case '<':
      return hits < wanted;
    case '<=':
      return hits <= wanted;
    case '%':
      return wanted !== 0 && hits % wanted === 0;
    case '>=':
      return hits >= wanted;
    default:
      return hits === wanted;
  }
}
