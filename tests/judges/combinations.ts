/** The deploys whose templates are judged: each choice that serverless.yml leaves to whoever deploys is made both ways by some of them. */

const SECRET = { secretParameter: '/doorbell/prod/secret' };
const PROVIDER = {
  jwksUrl: 'https://login.example.com/.well-known/jwks.json',
  issuer: 'https://login.example.com/',
  audience: 'doorbell',
};
const INSTANCES = {
  managedSubnets: 'subnet-0123456789abcdef0,subnet-0123456789abcdef1',
  managedSecurityGroups: 'sg-0123456789abcdef0',
};

export const COMBINATIONS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'a shared secret': SECRET,
  'an identity provider': PROVIDER,
  'a secret and an identity provider': { ...SECRET, ...PROVIDER },
  'classic polls that are limited': { ...SECRET, pollConcurrency: '900' },
  'a CDN': { ...SECRET, cdn: 'true', publicChannels: 'weather' },
  'a CDN that holds for long': {
    ...SECRET,
    cdn: 'true',
    publicChannels: 'weather',
    edgeTokenSecret: 'doorbell/prod/edge-token',
    sharedHold: '55',
  },
  'direct waits': { ...SECRET, directWait: 'true', corsOrigins: 'https://wall.example.com' },
  'alarms that tell nobody': { ...SECRET, alarms: 'true' },
  'managed instances': { ...SECRET, ...INSTANCES },
  'tables that are protected, and a log that was there': {
    ...SECRET,
    adoptTable: 'true',
    deletionProtection: 'true',
  },
  'everything at once': {
    ...SECRET,
    ...PROVIDER,
    ...INSTANCES,
    alarms: 'true',
    alarmTopic: 'arn:aws:sns:us-east-1:111122223333:on-call',
    backendChannel: 'doors',
    cdn: 'true',
    edgeTokenSecret: 'doorbell/prod/edge-token',
    originShield: 'us-east-1',
    directWait: 'true',
    sharedChannels: 'board.*',
    publicChannels: 'weather',
    corsOrigins: 'https://wall.example.com',
    deletionProtection: 'true',
    pollConcurrency: '900',
    sampleProducer: 'true',
    tokenCookie: 'session',
  },
};
