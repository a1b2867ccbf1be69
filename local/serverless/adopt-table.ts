/**
 * A stack that is removed leaves its log, and the next stack of its name finds that table's name taken. CloudFormation can take such a table
 * into a stack, where its change set says so; the framework has no option for that.
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_CreateChangeSet.html (ImportExistingResources)
 */

/** Makes every change set of this deploy import what is there under its declared name. Throws when the framework makes none. */
export function adoptWhatIsThere(plugins: readonly object[]): void {
  const deployers = plugins.filter(makesChangeSets);
  if (deployers.length === 0) throw new Error('adoptTable needs a framework that deploys by change sets');
  for (const deployer of deployers) {
    const original = deployer.getCreateChangeSetParams;
    deployer.getCreateChangeSetParams = (asked) => ({
      ...original.call(deployer, asked),
      ImportExistingResources: true,
    });
  }
}

/** The framework's AwsDeploy and AwsRollback. */
interface Deployer {
  getCreateChangeSetParams(asked: object): object;
}

function makesChangeSets(plugin: object): plugin is Deployer {
  return 'getCreateChangeSetParams' in plugin && typeof plugin.getCreateChangeSetParams === 'function';
}
