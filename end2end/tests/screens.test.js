// How pages lie on screens of several widths: what belongs together stands together, nothing is cut off unseen.
import assert from 'node:assert/strict';
import { scene } from '../support/scene.js';
import { stolen } from '../support/seed.js';

const { both } = scene({ mail: false });
const box = (locator) => locator.boundingBox();

both('the button of filters stands beside an input, not beside its name', async ({ page, visit, project }) => {
  await stolen(project);
  for (const name of ['events', 'users', 'alerts', 'deliveries', 'revocations', 'outbox']) {
    await visit(project.path(name));
    const bar = page.locator('.filter-bar');
    const button = await box(bar.getByRole('button', { name: 'Filter' }));
    const input = await box(bar.locator('input:not([type="hidden"]), select').last());
    assert.equal(button.y + button.height, input.y + input.height, name);
  }
});
