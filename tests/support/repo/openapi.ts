/** The OpenAPI document as tests read it. */

type Schema = Readonly<Record<string, unknown>>;

export interface Parameter {
  readonly name: string;
  readonly in: 'path' | 'query' | 'header';
  readonly required: boolean;
  readonly schema: Schema;
}

interface Content {
  readonly [type: string]: { readonly schema: Schema };
}

export interface Operation {
  /** In capitals. */
  readonly method: string;
  /** With `{name}` for a parameter. */
  readonly path: string;
  readonly operationId: string;
  readonly security: readonly Schema[];
  readonly parameters: readonly Parameter[];
  readonly requestBody?: { readonly content: Content };
  readonly responses: Readonly<Record<string, { readonly content?: Content }>>;
}

/** Every operation of a document, in its order. */
export function operationsOf(document: Schema): readonly Operation[] {
  const paths = document.paths as Readonly<Record<string, Readonly<Record<string, Partial<Operation>>>>>;
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(
      ([method, operation]) =>
        ({ parameters: [], ...operation, method: method.toUpperCase(), path }) as unknown as Operation,
    ),
  );
}
