/** The service, packaged once for a whole run of tests from the sources under test: whoever needs it first makes it, and the others wait. */

import { existsSync } from 'node:fs';
import { rename } from 'node:fs/promises';
import { join } from 'node:path';
import { inject } from 'vitest';
import { takeTurn } from '../../../local/turn.mjs';
import { SECRET_PARAMETER } from '../stack/every-call.ts';
import { packageInto, type Template, templateIn } from './template.ts';

/** With everything that a deploy can ask for. */
export const PARAMETERS = {
  secretParameter: SECRET_PARAMETER,
  pollConcurrency: '900',
  maxHeldPolls: '20000',
  managedSubnets: 'subnet-a,subnet-b',
  managedSecurityGroups: 'sg-1',
  managedConcurrency: '640',
  sampleProducer: 'true',
  alarms: 'true',
  alarmTopic: 'arn:aws:sns:us-east-1:111122223333:on-call',
  adoptTable: 'true',
  deletionProtection: 'true',
  cdn: 'true',
  edgeTokenSecret: 'doorbell/prod/edge-token',
  originShield: 'us-east-1',
  directWait: 'true',
  publicChannels: 'weather',
  sharedChannels: 'board.*',
  retentionHours: '24',
  cursorHours: '48',
  keepConditions: 'true',
};

/** In the environment of whoever packages: nobody may be told these. */
export const PLANTED = {
  DOORBELL_SECRET: 'planted-doorbell-secret-0123456789abcdef',
  AWS_ACCESS_KEY_ID: 'AKIAPLANTEDPLANTED00',
  AWS_SECRET_ACCESS_KEY: 'planted-aws-secret-key-0123456789abcdefgh',
  AWS_SESSION_TOKEN: 'planted-aws-session-token-0123456789abcdef',
};

export interface Packaged {
  /** What `serverless package` has written. Others read it too. */
  readonly folder: string;
  readonly template: Template;
}

export async function packaged(): Promise<Packaged> {
  const folder = join(inject('runFolder'), 'package');
  const giveBack = await takeTurn(`${folder}.lock`, () => undefined);
  try {
    if (!existsSync(folder)) {
      await packageInto(`${folder}.unfinished`, PARAMETERS, PLANTED);
      await rename(`${folder}.unfinished`, folder);
    }
  } finally {
    giveBack();
  }
  return { folder, template: await templateIn(folder) };
}
