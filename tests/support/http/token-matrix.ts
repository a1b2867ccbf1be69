/** The matrix in docs/operations/security.md: kinds of token down, routes across. */

import type { Row } from './token-table.ts';

/** Routes that answer all kinds alike share a column. `yes` is served; a refusal is told by its code. */
export function tokenMatrix(rows: readonly Row[]): string {
  const columns = new Map<string, Row[]>();
  for (const row of rows) {
    const key = JSON.stringify(row.answers, Object.keys(row.answers).sort());
    columns.set(key, [...(columns.get(key) ?? []), row]);
  }
  const groups = [...columns.values()];
  const kinds = Object.keys(rows[0]?.answers ?? {});
  const legend = groups.map((group, i) => `${i + 1}. ${group.map(requestOf).join(', ')}`);
  const head = ['token', ...groups.map((_, i) => String(i + 1))];
  const lines = kinds.map((kind) => {
    const answers = groups.map(([row]) => row?.answers[kind]);
    return [kind, ...answers.map((answer) => (typeof answer === 'number' ? 'yes' : String(answer)))];
  });
  const table = [head, head.map(() => '---'), ...lines].map((cells) => `| ${cells.join(' | ')} |`);
  return [...legend, '', ...table].join('\n');
}

function requestOf({ method, path, init, what }: Row): string {
  const type = new Headers(init?.headers).get('content-type');
  const body = type?.includes('ndjson') ? ' with NDJSON' : '';
  return `\`${method} ${path}\`${body}${what ? ` ${what}` : ''}`;
}
