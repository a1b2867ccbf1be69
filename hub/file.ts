/** The hub on one file: DATA_FILE says which. It loads nothing of AWS. */

import { openHubFile } from '../lib/compose/sqlite-hub.ts';
import { required } from '../lib/config.ts';
import { run } from './run.ts';

run((common) => {
  const { compose, keepTidy, close } = openHubFile(required(process.env, 'DATA_FILE'), process.env, common);
  const tidying = keepTidy();
  return {
    compose,
    async close() {
      await tidying.stop();
      close();
    },
  };
});
