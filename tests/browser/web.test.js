// The web client as people use it, in real browsers against a whole TinCan. TINCAN_SCREENSHOTS is where the pictures go.
import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import WebSocket from 'ws';
import { Client, Conversation, logIn } from '../../edge/web/tincan.js';
import { ownStack } from '../e2e/stack.js';
import { until } from '../e2e/waiting.js';
import { Person, desktop, launch, phone } from './people.js';

const pictures = process.env.TINCAN_SCREENSHOTS;
let stack;
let browser;
let ann;
let bob;
before(async () => {
  stack = await ownStack();
  browser = await launch();
  ann = await Person.at(browser, stack.url, { name: 'Ann Lindqvist', username: 'ann' });
  bob = await Person.at(browser, stack.url, { name: 'Bob Okafor', username: 'bob' });
});
after(async () => {
  await browser?.close();
  await stack?.down();
});

/** In light and dark, at a desk and on a phone: a picture of each, and what axe says to each. */
async function look(person, name) {
  for (const [place, viewport] of Object.entries({ desktop, phone })) {
    await person.page.setViewportSize(viewport);
    for (const colorScheme of ['light', 'dark']) {
      await person.page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
      if ((place === 'desktop') === (colorScheme === 'light')) assert.deepEqual(await person.faults(), [], `${name}, ${place}, ${colorScheme}`);
      if (!pictures) continue;
      mkdirSync(pictures, { recursive: true });
      await person.page.screenshot({ path: join(pictures, `${name}-${place}-${colorScheme}.png`) });
    }
  }
  await person.page.setViewportSize(desktop);
  await person.page.emulateMedia({ colorScheme: 'light' });
  const wide = await person.page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  assert.equal(wide, 0, `${name} scrolls sideways`);
}

describe('two people', () => {
  test('register, and are told what is wrong where it is wrong', async () => {
    await look(ann, 'log-in');
    await ann.page.getByLabel('User name').fill('ann');
    await ann.page.getByLabel('Password').fill('not hers at all');
    await ann.press('Log in');
    await ann.sees('User name and password do not match.');
    await ann.register();
    await bob.page.getByRole('button', { name: 'Create an account' }).click();
    await bob.page.getByLabel('User name').fill('ann');
    await bob.page.getByLabel('Password').fill('correct horse');
    await bob.press('Create an account');
    const field = bob.page.getByLabel('User name');
    await until(async () => await field.getAttribute('aria-invalid') === 'true', 'the taken name to be marked');
    await bob.page.reload();
    await bob.register();
  });

  test('join by request', async () => {
    await ann.makeGroup('Saturday climbers', { description: 'Routes, weather, and who drives.', visibility: 'private' });
    await bob.follow('Find groups');
    await bob.page.getByRole('searchbox').fill('satur');
    await bob.press('Ask to join Saturday climbers');
    await bob.page.getByText('You have asked to join.').waitFor();
    await look(bob, 'find');
    await ann.page.getByRole('button', { name: 'Accept Bob Okafor' }).waitFor();
    await look(ann, 'group');
    await ann.press('Accept Bob Okafor');
    await ann.page.getByRole('heading', { name: '2 members' }).waitFor();
    await bob.follow('General');
    await ann.follow('General');
    await bob.sees('This is the beginning of General.');
  });

  test('talk, see each other type, and change what they have said', async () => {
    await ann.say('Who comes on Saturday?');
    await bob.sees('Who comes on Saturday?');
    await bob.input.pressSequentially('I d');
    await ann.sees('Bob Okafor is typing…');
    await bob.input.fill('');
    await ann.page.getByText('Bob Okafor is typing…').waitFor({ state: 'hidden' });
    await bob.say('<img src=x onerror="document.title=1"> & <b>three seats</b>');
    await ann.sees('<img src=x onerror="document.title=1"> & <b>three seats</b>');
    await bob.input.press('ArrowUp');
    const editor = bob.page.getByLabel('Edit message');
    await editor.fill('I do, and have three seats');
    await editor.press('Enter');
    await ann.sees('I do, and have three seats');
    await ann.sees('edited');
    await ann.say('oops');
    await bob.sees('oops');
    await ann.message('oops').hover();
    await ann.message('oops').getByRole('button', { name: 'Remove' }).click();
    await ann.page.getByRole('dialog').getByRole('button', { name: 'Remove' }).click();
    await bob.sees('Message removed');
    assert.deepEqual(await bob.bodies(), ['Who comes on Saturday?', 'I do, and have three seats', 'Message removed']);
  });

  test('see what is new', async () => {
    await bob.follow('Saturday climbers');
    for (const text of ['The forecast is good', 'North wall, then?']) await ann.say(text);
    await bob.side.getByRole('link', { name: /General\s*2 unread/ }).click();
    await bob.sees('New');
    await bob.side.getByRole('link', { name: /unread/ }).waitFor({ state: 'detached' });
  });

  test('make a conversation for some, which others do not see', async () => {
    await ann.follow('Saturday climbers');
    await ann.press('New conversation');
    await ann.page.getByLabel('Name', { exact: true }).fill('Who drives');
    await ann.page.getByLabel('For', { exact: true }).selectOption('participants');
    await ann.page.getByRole('checkbox', { name: 'Bob Okafor' }).check();
    await ann.press('Create');
    await bob.side.getByRole('link', { name: 'Who drives' }).waitFor();
    await ann.press('Details');
    await look(ann, 'dialog');
    await ann.press('Edit');
    await ann.page.getByRole('checkbox', { name: 'Bob Okafor' }).uncheck();
    await ann.press('Save');
    await bob.side.getByRole('link', { name: 'Who drives' }).waitFor({ state: 'detached' });
  });

  test('scroll through a history that loads as they go', async () => {
    const { token } = await logIn(stack.url, { username: 'ann', password: 'correct horse' });
    const client = new Client(stack.url, token, { WebSocket });
    await client.connect();
    const { groups: [group] } = await client.request('group/list', { mine: true });
    const { conversation } = await client.request('conversation/create', { group_id: group.id, name: 'Log book' });
    const talk = new Conversation(client, conversation.id);
    await talk.open();
    const all = Array.from({ length: 130 }, (_, i) => `Route ${i + 1}`);
    await Promise.all(all.map((body) => talk.send(body)));
    talk.close();
    client.close();
    await bob.follow('Log book');
    await bob.sees('Route 130');
    assert.ok((await bob.bodies()).length < 130);
    await until(async () => {
      await bob.page.getByRole('region', { name: 'Messages' }).evaluate((node) => { node.scrollTop = 0; });
      return (await bob.bodies()).length === 130;
    }, 'the whole history');
    assert.deepEqual(await bob.bodies(), all);
    await bob.press('Newest messages');
    await until(() => bob.message('Route 130').isVisible(), 'the end');
  });
});

describe('an edge that dies', () => {
  test('loses nothing of what both have written meanwhile', async () => {
    await ann.follow('General');
    await bob.follow('General');
    await bob.sees('North wall, then?');
    const edge = await stack.away('edge');
    await ann.page.getByText('No connection. What you write is kept and sent later.').waitFor();
    await bob.page.getByText('No connection. What you write is kept and sent later.').waitFor();
    for (const text of ['ann 1', 'ann 2']) await ann.say(text);
    await bob.say('bob 1');
    await bob.sees('Sending…');
    assert.deepEqual(await ann.faults(), []);
    await edge.back();
    for (const person of [ann, bob]) {
      await person.page.locator('.connection').waitFor({ state: 'hidden' });
      await until(async () => (await person.bodies()).filter((body) => /^(ann|bob) \d$/.test(body)).length === 3, 'all three messages');
    }
    assert.deepEqual(await ann.bodies(), await bob.bodies());
    const mine = (await ann.bodies()).filter((body) => body.startsWith('ann'));
    assert.deepEqual(mine, ['ann 1', 'ann 2']);
    await stack.kill('edge');
    await ann.say('and after a kill');
    await bob.sees('and after a kill');
  });

  test('neither does a page that is loaded anew before its message is sent', async () => {
    const edge = await stack.away('edge');
    await ann.page.getByText('No connection.').waitFor();
    await ann.say('kept over a reload');
    await ann.sees('Sending…');
    await edge.back();
    await until(() => fetch(`${stack.url}/readyz`).then(({ ok }) => ok, () => false), 'the edge', 20_000);
    await ann.page.reload();
    await bob.sees('kept over a reload');
    assert.equal((await bob.bodies()).filter((body) => body === 'kept over a reload').length, 1);
  });
});

describe('the pages', () => {
  test('are pleasant to look at, and to those who do not look', async () => {
    const talkers = [[ann, 'I checked the ropes: the blue one goes to the bin, the other two are fine.'],
      [bob, 'Good. I bring the long one and the quickdraws.'], [bob, 'Leaving at seven, at the station?'], [ann, 'Seven it is.\nCoffee is on me.']];
    for (const [person, text] of talkers) {
      await person.say(text);
      await (person === ann ? bob : ann).sees(text);
    }
    await bob.input.pressSequentially('…');
    await look(ann, 'conversation');
    await ann.page.goto(`${stack.url}/#/`);
    await look(ann, 'list');
  });

  test('can be used with the keyboard alone', async () => {
    const { page } = ann;
    await page.reload();
    await page.getByRole('heading', { name: 'Welcome' }).waitFor();
    await ann.side.getByRole('link', { name: 'General' }).waitFor();
    const focused = () => page.evaluate(() => (document.activeElement.matches('a') ? document.activeElement.textContent : ''));
    await until(async () => { await page.keyboard.press('Tab'); return /General/.test(await focused()); }, 'General to be reached by Tab');
    await page.keyboard.press('Enter');
    const ready = () => ann.input.evaluate((input) => input === document.activeElement);
    await until(ready, 'the message to be what is typed next');
    await page.keyboard.type('typed without a mouse');
    await page.keyboard.press('Enter');
    await bob.sees('typed without a mouse');
  });

  test('have kept the policy, and thrown no error', () => assert.deepEqual(Person.complaints, []));

  test('are left by logging out', async () => {
    await bob.press('Log out');
    await bob.page.getByRole('dialog').getByRole('button', { name: 'Log out' }).click();
    await bob.page.getByRole('heading', { name: 'Log in' }).waitFor();
  });
});
