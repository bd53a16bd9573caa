// A test that is a sequence: each step is reported by itself, and the first that fails ends it.

/** `step(sentence, act)` runs an act as a test within `t`. */
export function stepsOf(t) {
  return async (sentence, act) => {
    let failure;
    await t.test(sentence, async () => {
      try {
        await act();
      } catch (error) {
        failure = error;
        throw error;
      }
    });
    if (failure) throw new Error(`it ends here: ${sentence}`);
  };
}
