// People at browsers: Debian's Chromium, a context of its own for each.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { chromium } from 'playwright-core';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
export const desktop = { width: 1100, height: 720 };
export const phone = { width: 390, height: 780 };

export function launch() {
  return chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: ['--no-sandbox'] });
}

/** Somebody at a page of the web client. `complaints` has what the page said that it should not. */
export class Person {
  static complaints = [];

  static async at(browser, url, { name, username }) {
    const context = await browser.newContext({ viewport: desktop, colorScheme: 'light', locale: 'en-GB', timezoneId: 'UTC' });
    const page = await context.newPage();
    page.setDefaultTimeout(15_000);
    page.on('pageerror', (error) => Person.complaints.push(error.stack));
    page.on('console', (message) => {
      const isOurs = message.type() === 'error' && !/WebSocket connection to|Failed to load resource/.test(message.text());
      if (isOurs) Person.complaints.push(message.text()); // those two are how an absent edge looks
    });
    await page.goto(url);
    return Object.assign(new Person(), { page, url, name, username });
  }

  async register() {
    const { page } = this;
    await page.getByRole('button', { name: 'Create an account' }).click();
    await page.getByLabel('User name').fill(this.username);
    await page.getByLabel('Name', { exact: true }).fill(this.name);
    await page.getByLabel('Password').fill('correct horse');
    await page.getByRole('button', { name: 'Create an account' }).click();
    await page.getByRole('heading', { name: 'Welcome' }).waitFor();
  }

  get side() { return this.page.getByRole('navigation', { name: 'Groups and conversations' }); }
  get log() { return this.page.getByRole('log'); }
  get input() { return this.page.getByLabel(/^Message to /); }

  press(name) { return this.page.getByRole('button', { name, exact: true }).click(); }
  follow(name) { return this.side.getByRole('link', { name }).click(); }
  sees(text) { return this.page.getByText(text, { exact: true }).first().waitFor(); }
  message(text) { return this.log.getByRole('listitem').filter({ hasText: text }); }

  async say(text) {
    await this.input.fill(text);
    await this.input.press('Enter');
  }

  async makeGroup(name, { description = '', visibility = 'public' } = {}) {
    await this.press('New group');
    await this.page.getByLabel('Name', { exact: true }).fill(name);
    await this.page.getByLabel('Description').fill(description);
    await this.page.getByLabel('Who may join').selectOption(visibility);
    await this.press('Create group');
    await this.page.getByRole('heading', { name, level: 1 }).waitFor();
  }

  /** What is written in the conversation, as it is shown. */
  bodies() { return this.log.locator('.message:not(.sending):not(.failed) .body').allTextContents(); }

  /** What axe finds of serious and critical faults in the page as it stands. */
  async faults() {
    await this.page.evaluate(axe);
    const { violations } = await this.page.evaluate(() => globalThis.axe.run());
    return violations.filter(({ impact }) => impact === 'serious' || impact === 'critical')
      .map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 120)).join(' | ')}`);
  }
}
