// The process of those who mean harm: what to do comes as a message, and what has become of them goes back.
import { besiege } from './hostile.js';

let siege;

process.on('message', async (message) => {
  if (message === 'report') {
    process.send({ type: 'report', present: siege.present() });
    return;
  }
  siege = await besiege(message);
  process.send({ type: 'in', letIn: siege.letIn(), refused: siege.refused() });
});
process.on('disconnect', () => process.exit(0));
