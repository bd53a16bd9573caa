// A file of console tests: one Porchlight for the file, and each sentence tried with JavaScript on and off.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { MODES, picture } from './browser.js';
import { startStage } from './stage.js';

/** Sets the stage for this file. `both(sentence, act)` plays an act in each mode, at a signed-in desk, in a project of its own. */
export function scene(options) {
  let stage;
  before(async () => { stage = await startStage(options); });
  after(() => stage?.stop());

  function both(sentence, act, { as = 'owner@example.com' } = {}) {
    for (const mode of MODES) {
      test(`${sentence} (${mode.name})`, async () => {
        const project = await stage.project(`${sentence.slice(0, 80)} ${mode.short}`);
        const desk = await stage.desk(mode, as);
        await played(desk, `${sentence} ${mode.short}`, () => act({ ...desk, desk, project, stage }));
      });
    }
  }

  return { both, stage: () => stage };
}

/** Plays an act at a desk: a failure leaves a picture of what was seen, and a page's script may not complain. */
export async function played(desk, name, act) {
  try {
    await act();
    assert.deepEqual(desk.complaints, [], "the page's script complains");
  } catch (error) {
    await picture(desk.page, `failed ${name}`.replace(/\W+/g, '-')).catch(() => {});
    throw error;
  } finally {
    await desk.close();
  }
}
