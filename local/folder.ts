/** Where this project lies, for what must not load the framework to know it. */
import { join } from 'node:path';

/** The folder that holds serverless.yml. */
export const SERVICE_DIR = join(import.meta.dirname, '..');
