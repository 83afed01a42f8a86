// Never run: the compiler reads it against tincan.d.ts.
import { Client, Conversation, logIn, register, uuid7 } from '../../edge/web/tincan.js';
import type { Group, Message, TincanError } from '../../edge/web/tincan.js';

const { token } = await register('http://localhost', { username: 'anna', password: 'long enough' });
await logIn('http://localhost', { username: 'anna', password: 'long enough' });
const client = new Client('http://localhost', token, { backoffMs: [500, 30_000] });
const { limits } = await client.connect();
const most: number = limits.body;
const { group }: { group: Group } = await client.request('group/create', { name: 'Climbers', visibility: 'private' });
const groups: Group[] = await client.all('group/list', { mine: true }, 'groups');
const members = await client.all('group/view', { group_id: group.id, members: true }, 'members');
const name: string = members[0]!.user.display_name;
client.addEventListener('message/created', ({ detail }) => { const { body } = detail.message; return body; });
client.addEventListener('state', ({ detail }) => { if (detail.state === 'closed') throw detail.error; });
for await (const { type, data, own } of client.events('group/joined', 'group/left')) {
  if (type === 'group/joined' && !own) data.group.name.trim();
}
const conversation = new Conversation(client, groups[0]!.id);
const message: Message = await conversation.send('hello', { nonce: uuid7() });
await conversation.edit(message.seq, name.slice(0, most));
const failed: (TincanError | undefined)[] = conversation.pending.map((entry) => entry.error);
export { failed };

// @ts-expect-error: there is no such request
await client.request('group/explode', {});
// @ts-expect-error: a field is missing
await client.request('message/create', { conversation_id: group.id });
// @ts-expect-error: no such field
message.text;
