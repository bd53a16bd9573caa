// The same client for `import`: one implementation, so that both kinds of caller share its classes.
import Porchlight from './src/index.js';

export default Porchlight;
export { Porchlight };
export const { PorchlightError, validateWebhook, verbs, webhook } = Porchlight;
