/** A port, each answer of which is noted in the order of their coming: what the code that asks may depend on, until it has ended. */

export interface Notes {
  answers: unknown[];
}

export function recorded<T extends object>(port: T, notes: Notes): T {
  return new Proxy(port, {
    get(target, name) {
      const method: unknown = Reflect.get(target, name);
      if (typeof method !== 'function') return method;
      return async (...args: unknown[]) => {
        try {
          const answer: unknown = await method.apply(target, args);
          notes.answers.push([name, args, answer]);
          return answer;
        } catch (error) {
          notes.answers.push([name, args, String(error)]);
          throw error;
        }
      };
    },
  });
}
