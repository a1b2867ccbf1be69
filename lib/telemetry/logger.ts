/** The logger: structured JSON lines by Powertools; level and service name come from its own POWERTOOLS_* variables. */

import { Logger as PowertoolsLogger } from '@aws-lambda-powertools/logger';
import type { Logger } from './ports.ts';

export function powertoolsLogger(): Logger {
  const logger = new PowertoolsLogger();
  return {
    debug: (message, fields = {}) => logger.debug(message, fields),
    info: (message, fields = {}) => logger.info(message, fields),
    warn: (message, fields = {}) => logger.warn(message, fields),
    error: (message, fields = {}) => logger.error(message, fields),
  };
}
