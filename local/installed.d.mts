export interface Locked {
  readonly integrity?: string;
  readonly optional?: boolean;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
  readonly peerDependenciesMeta?: Readonly<Record<string, { readonly optional?: boolean }>>;
}
export type Packages = Readonly<Record<string, Locked>>;
export function packagesOf(file: string): Packages | undefined;
export function isComplete(locked: Packages, installed: Packages | undefined): boolean;
export function neededByRoot(locked: Packages): Packages;
