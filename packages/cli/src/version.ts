/** Which release this is, from the package.json of this package; the build puts it into the bundle. */

import manifest from '../package.json' with { type: 'json' };

export const VERSION: string = manifest.version;
