import { defineConfig } from 'vitest/config';

// biome-ignore lint/style/noDefaultExport: Vitest asks for one.
export default defineConfig({ test: { include: ['*.spec.ts'], testTimeout: 30_000 } });
