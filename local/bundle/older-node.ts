/** What Node 20 lacks of the standard library, for the packages that promise to run there. The build puts it before their code. */

Promise.withResolvers ??= withResolvers;
Map.groupBy ??= groupBy;
URL.parse ??= parseUrl;

function withResolvers<T>(): PromiseWithResolvers<T> {
  let resolve: PromiseWithResolvers<T>['resolve'] = () => {};
  let reject: PromiseWithResolvers<T>['reject'] = () => {};
  const promise = new Promise<T>((onResolve, onReject) => {
    resolve = onResolve;
    reject = onReject;
  });
  return { promise, resolve, reject };
}

function groupBy<K, T>(items: Iterable<T>, keyOf: (item: T, index: number) => K): Map<K, T[]> {
  const groups = new Map<K, T[]>();
  let index = 0;
  for (const item of items) {
    const key = keyOf(item, index++);
    const group = groups.get(key);
    if (group) group.push(item);
    else groups.set(key, [item]);
  }
  return groups;
}

function parseUrl(text: string | URL, base?: string | URL): URL | null {
  return URL.canParse(text, base) ? new URL(text, base) : null;
}
