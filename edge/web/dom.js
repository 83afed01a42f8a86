// Elements, forms, dialogs, and failures said where they happen. Text is only ever text: nothing here takes markup.

/** An element; `on…` are listeners, `class`, `role`, `aria-…` and `data-…` attributes, all else properties. */
export function el(tag, props = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (value === undefined || value === false) continue;
    if (name.startsWith('on')) node.addEventListener(name.slice(2), value);
    else if (/^(class|role|for|aria-.*|data-.*)$/.test(name)) node.setAttribute(name, value);
    else node[name] = value;
  }
  node.append(...children.flat().filter((child) => child !== undefined && child !== null && child !== false));
  return node;
}

export const button = (text, onclick, props = {}) => el('button', { type: 'button', onclick, ...props }, text);

/** Says something to those who cannot see it happen. */
export function announce(text) { document.getElementById('announcements').textContent = text; }

const sentences = {
  unavailable: 'The server cannot be reached right now. Please try again.',
  internal: 'Something went wrong on the server. Please try again.',
  forbidden: 'You are not allowed to do that.',
  not_found: 'It is not there any more.',
  unauthenticated: 'User name and password do not match.',
};

export function sentenceOf(error) {
  if (error.code === 'rate_limited') return `Too many attempts. Please wait ${Math.ceil((error.retryAfterMs ?? 1000) / 1000)} s.`;
  if (sentences[error.code] && !error.field) return sentences[error.code];
  if (error.code === 'not_found') return 'There is nobody of that name.';
  const text = error.message || String(error);
  return `${text[0].toUpperCase()}${text.slice(1)}${/[.!?]$/.test(text) ? '' : '.'}`;
}

/** A button that does `act`; a failure is said beside it. */
export function actionButton(text, act, props = {}) {
  const own = button(text, async () => {
    own.parentElement.querySelector(':scope > .failure')?.remove();
    own.disabled = true;
    await act().catch((error) => own.after(el('span', { class: 'failure', role: 'alert' }, sentenceOf(error))));
    own.disabled = false;
  }, props);
  return own;
}

let ids = 0;

function control({ name, kind = 'input', options, label, hint, ...props }) {
  const id = `field-${ids += 1}`;
  const input = el(kind, { id, name, ...props, 'aria-describedby': `${id}-note` });
  for (const [value, text] of options ?? []) input.append(el('option', { value, selected: value === props.value }, text));
  const note = el('p', { class: 'note', id: `${id}-note` }, hint ?? '');
  const say = (text) => {
    note.textContent = text ?? hint ?? '';
    note.classList.toggle('failure', text !== undefined);
    input.setAttribute('aria-invalid', String(text !== undefined));
  };
  return { name, input, say, node: el('div', { class: 'field' }, el('label', { for: id }, label), input, note) };
}

/**
 * A form of `fields` (`{name, label, hint?, kind?, options?, …}`, the rest being properties of the control). `submit`
 * gets their values by name; what it rejects with is said at the field that it names, or at the end.
 */
export function formOf({ fields, label, submit, cancel, extra }) {
  const controls = fields.map(control);
  const failure = el('p', { class: 'failure', role: 'alert' });
  const send = el('button', { class: 'primary' }, label);
  const show = (error) => {
    const at = controls.find(({ name }) => error.field?.split('.')[0] === name);
    if (at) at.say(sentenceOf(error));
    else failure.textContent = sentenceOf(error);
    at?.input.focus();
  };
  const onsubmit = async (event) => {
    event.preventDefault();
    failure.textContent = '';
    for (const { say } of controls) say();
    send.disabled = true;
    await submit(Object.fromEntries(controls.map(({ name, input }) => [name, input.value]))).catch(show);
    send.disabled = false;
  };
  return el('form', { onsubmit, noValidate: true }, controls.map(({ node }) => node), extra, failure,
    el('div', { class: 'buttons' }, cancel && button('Cancel', cancel), send));
}

/** Asks in a dialog over the page; `content` is called with what closes it. */
export function dialog(title, content) {
  const id = `dialog-${ids += 1}`;
  const node = el('dialog', { 'aria-labelledby': id, onclose: () => node.remove() });
  const close = () => node.close();
  node.append(el('h2', { id }, title), content(close));
  document.body.append(node);
  node.showModal();
}

export function confirm(title, text, label, act) {
  dialog(title, (close) => el('div', {}, el('p', {}, text), el('div', { class: 'buttons' }, button('Cancel', close),
    actionButton(label, async () => { await act(); close(); }, { class: 'danger' }))));
}
