// Logging in and registering: one page, two forms of it.
import { logIn, register } from './tincan.js';
import { button, el, formOf } from './dom.js';

const username = { name: 'username', label: 'User name', autocomplete: 'username', autocapitalize: 'none' };

const forms = {
  logIn: {
    title: 'Log in', act: logIn, other: 'register', question: 'New here?', fields: () => [username,
      { name: 'password', label: 'Password', type: 'password', autocomplete: 'current-password' }],
  },
  register: {
    title: 'Create an account', act: register, other: 'logIn', question: 'Already have an account?', fields: () => [
      { ...username, hint: '3 to 32 of a–z, 0–9, dot, dash and underscore.' },
      { name: 'display_name', label: 'Name', autocomplete: 'name', hint: 'What others see. Your user name, if left empty.' },
      { name: 'password', label: 'Password', type: 'password', autocomplete: 'new-password', hint: 'At least 8 characters.' }],
  },
};

export function accountView(reason, done) {
  const page = el('main', { class: 'account' });
  const show = (name) => {
    const { title, act, fields, other, question } = forms[name];
    const submit = async ({ display_name: name, ...rest }) => done(await act(location.origin, name ? { ...rest, display_name: name } : rest));
    page.replaceChildren(el('img', { src: 'icon.svg', alt: '', width: 48, height: 48 }), el('h1', {}, title),
      reason ? el('p', { class: 'notice', role: 'alert' }, reason) : '',
      formOf({ fields: fields(), label: title, submit }),
      el('p', {}, `${question} `, button(forms[other].title, () => show(other), { class: 'link' })));
    page.querySelector('input').focus();
  };
  show('logIn');
  return page;
}
