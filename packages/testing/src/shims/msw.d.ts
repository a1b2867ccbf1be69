/** The little of MSW that msw.ts uses. MSW itself is the user's: nothing here needs its packages. */
declare module 'msw' {
  export interface HttpHandler {
    readonly info: { readonly header: string };
  }
  export const http: {
    all(path: string, resolver: (info: { readonly request: Request }) => Promise<Response>): HttpHandler;
  };
  export function bypass(request: Request): Request;
}
