/** What this folder uses of packages that ship no types. */

declare module 'dynalite/db/index.js' {
  /** What dynalite refuses has a status and the body of an answer. */
  export interface Failure extends Error {
    readonly statusCode?: number;
    readonly body?: { readonly __type: string; readonly message?: string; readonly Message?: string };
  }
  interface Iterator {
    close(): Promise<void>;
    /** What it gives, to its end; closes it. */
    all(): Promise<string[]>;
  }
  type Done = (error: Error | null) => void;
  type Operation =
    | { readonly type: 'put'; readonly key: string; readonly value: unknown; readonly valueEncoding?: string }
    | { readonly type: 'del'; readonly key: string };
  export interface Store {
    readonly db: {
      open(): Promise<void>;
      close(): Promise<void>;
      get: (key: string, done: (failure: Failure | null, value?: unknown) => void) => void;
      getSync(key: string, options?: { readonly valueEncoding: string }): unknown;
      put: (key: string, value: unknown, done: Done) => void;
      del: (key: string, done: Done) => void;
      /** Resolves when it is written if there is no `done`. */
      batch: (operations: readonly Operation[], done?: Done) => Promise<void>;
      keys: (options: object) => Iterator;
      values: (options: object) => Iterator;
    };
  }
  interface Options {
    /** Folder of the LevelDB store; in memory when absent. */
    path?: string;
    createTableMs?: number;
    deleteTableMs?: number;
    updateTableMs?: number;
  }
  export function create(options: Options): Store;
}

declare module 'dynalite/validations/index.js' {
  import type { Store } from 'dynalite/db/index.js';

  export interface Shape {
    readonly types: object;
    readonly custom: unknown;
  }

  export function checkTypes(data: object, types: Shape['types']): object;
  export function checkValidations(
    data: object,
    types: Shape['types'],
    custom: Shape['custom'],
    store: Store,
  ): void;
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

declare module 'serverless/lib/plugins/aws/deploy/index.js' {
  class AwsDeploy {
    constructor(serverless: object, options: object);
    getSharedStackActionParams: (asked: { readonly templateUrl?: string }) => object;
    getCreateChangeSetParams(asked: object): object;
  }
  export = AwsDeploy;
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

declare module 'serverless-offline' {
  interface Request {
    readonly headers: Record<string, unknown>;
  }
  interface Toolkit {
    readonly continue: symbol;
  }
  /** A hapi server. */
  interface Server {
    readonly info: { readonly port: number };
    ext(event: 'onRequest', method: (request: Request, toolkit: Toolkit) => symbol): void;
    start(): Promise<void>;
  }
  /** One thing that a function is invoked by, or a function. */
  type Declared = object;
  class ServerlessOffline {
    start(): Promise<void>;
    internals(): {
      mergeOptions(): void;
      getEvents(): { readonly lambdas: Declared[]; readonly httpApiEvents: Declared[] };
      createLambda(lambdas: Declared[], skipStart: boolean): Promise<void>;
      createHttp(events: Declared[], skipStart: boolean): Promise<void>;
      getApiGatewayServer(): Server;
    };
  }
  namespace ServerlessOffline {
    export type { Request, Toolkit };
  }
  export = ServerlessOffline;
}
