export function takeTurn(file: string, waits: () => void): Promise<() => void>;
