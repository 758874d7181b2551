// <first-words><form><textarea></textarea></form></first-words>: what is said first, in a room that is made by it. Enter sends it
// as it does in a room that is there, and a draft is kept as there.
import { HOVERS, sends } from './keys.js';
import { store, stored } from './outbox.js';

customElements.define('first-words', class extends HTMLElement {
  connectedCallback() {
    const field = this.querySelector('textarea');
    const key = `draft:${this.closest('chat-room').dataset.me}:${location.pathname}`;
    field.value ||= stored(key, '');
    if (HOVERS) field.focus({ preventScroll: true });
    else field.enterKeyHint = 'enter';
    field.addEventListener('input', () => store(key, field.value));
    field.form.addEventListener('submit', () => store(key, ''));
    field.addEventListener('keydown', (event) => {
      if (!sends(event)) return;
      event.preventDefault();
      if (field.value.trim()) field.form.requestSubmit();
    });
  }
});
