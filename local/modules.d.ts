/** What this folder uses of three packages that ship no types. */

declare module 'dynalite' {
  import type { Server } from 'node:http';

  interface Options {
    /** Folder of the LevelDB store; in memory when absent. */
    path?: string;
    createTableMs?: number;
    deleteTableMs?: number;
    updateTableMs?: number;
  }
  function dynalite(options?: Options): Server;
  export = dynalite;
}

declare module 'serverless/lib/configuration/read.js' {
  function read(path: string): Promise<Record<string, unknown>>;
  export = read;
}

declare module 'serverless/lib/configuration/variables/index.js' {
  function resolve(input: {
    serviceDir: string;
    configuration: Record<string, unknown>;
    options?: Record<string, unknown>;
    sources?: Record<string, unknown>;
  }): Promise<void>;
  export = resolve;
}

declare module 'serverless/lib/configuration/variables/sources/*.js' {
  const source: { resolve(request: { address?: string }): unknown };
  export = source;
}

declare module 'serverless-offline/lambda' {
  interface LambdaFunction {
    setEvent(event: unknown): void;
    runHandler(): Promise<unknown>;
  }
  class Lambda {
    constructor(serverless: unknown, options: unknown);
    create(lambdas: readonly { functionKey: string; functionDefinition: unknown }[]): void;
    get(functionKey: string): LambdaFunction;
    cleanup(): Promise<void>;
  }
  export = Lambda;
}
