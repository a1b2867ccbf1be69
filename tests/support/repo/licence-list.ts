/** The list in docs/reference/licences.md: licences, and the packages that are under them. Without versions: those stand in package-lock.json. */

import type { Package } from './packages.ts';

export function licenceList(packages: readonly Package[]): string {
  const licences = [...new Set(packages.map(({ license }) => license))].sort();
  const rows = licences.map((licence) => {
    const names = packages.filter(({ license }) => license === licence).map(({ name }) => name);
    return `| ${licence} | ${names.join(', ')} |`;
  });
  return ['| licence | packages |', '| --- | --- |', ...rows].join('\n');
}
