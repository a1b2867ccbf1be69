/** A deploy that takes over the log which an earlier stack of its name has left. */

import AwsDeploy from 'serverless/lib/plugins/aws/deploy/index.js';
import { expect, test } from 'vitest';
import { adoptWhatIsThere } from '../../../local/serverless/adopt-table.ts';

/** The framework's own, as far as it makes a change set. */
function deployer(): AwsDeploy {
  const provider = { naming: { getStackChangeSetName: () => 'changes' } };
  const service = { provider: {}, package: {} };
  const made = new AwsDeploy({ getProvider: () => provider, service, serviceDir: '' }, {});
  made.getSharedStackActionParams = ({ templateUrl }) => ({
    StackName: 'doorbell-prod',
    TemplateURL: templateUrl,
  });
  return made;
}

test("the framework's change sets import what is there under its name, and say all that they said before", () => {
  const deploy = deployer();
  const asked = { changeSetType: 'UPDATE', templateUrl: 'https://template' };
  const before = deploy.getCreateChangeSetParams(asked);

  adoptWhatIsThere([{}, deploy]);

  expect(before).toMatchObject({ ChangeSetType: 'UPDATE', TemplateURL: 'https://template' });
  expect(deploy.getCreateChangeSetParams(asked)).toEqual({ ...before, ImportExistingResources: true });
});

test('a framework that makes no change sets is named, not passed over', () => {
  expect(() => adoptWhatIsThere([{}])).toThrow(/adoptTable needs/);
});
