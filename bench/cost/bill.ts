/** A month's bill: lines of what is used, priced by the table. Pure. */

import { dollars, type PriceName } from './prices.ts';

/** What a line is for. */
export type Reason = 'computing' | 'requests' | 'DynamoDB' | 'SQS' | 'transfer' | 'logs' | 'network';

export interface Line {
  readonly reason: Reason;
  readonly price: PriceName;
  /** In the price's unit, a month. */
  readonly units: number;
}

export interface Bill {
  readonly name: string;
  readonly lines: readonly Line[];
}

export function line(reason: Reason, price: PriceName, units: number): Line {
  return { reason, price, units };
}

/** Dollars a month. Units of one price are added up before its steps are taken. */
export function total({ lines }: Bill): number {
  return [...unitsByPrice(lines)].reduce((sum, [price, units]) => sum + dollars(price, units), 0);
}

/** Dollars a month for each reason; they add up to the total. */
export function byReason({ lines }: Bill): ReadonlyMap<Reason, number> {
  const all = unitsByPrice(lines);
  const sums = new Map<Reason, number>();
  for (const { reason, price, units } of lines) {
    const whole = all.get(price) ?? 0;
    const share = whole === 0 ? 0 : (dollars(price, whole) * units) / whole;
    sums.set(reason, (sums.get(reason) ?? 0) + share);
  }
  return sums;
}

function unitsByPrice(lines: readonly Line[]): ReadonlyMap<PriceName, number> {
  const sums = new Map<PriceName, number>();
  for (const { price, units } of lines) sums.set(price, (sums.get(price) ?? 0) + units);
  return sums;
}
