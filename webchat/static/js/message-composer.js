// <message-composer>: what is being written stays what it is, whatever arrives. Enter sends, Shift+Enter makes a line
// Arrow-up in an empty field edits one's last message, Escape lets it be. A draft is kept for each room.
import { HOVERS, composing, sends } from './keys.js';
import { later } from './later.js';
import { store, stored } from './outbox.js';

const TYPING = 3_000;

customElements.define('message-composer', class extends HTMLElement {
  connectedCallback() {
    this.room = this.closest('chat-room, embed-room, support-room');
    [this.editing, this.body] = this.querySelectorAll('#composer-edit, #body');
    this.key = `draft:${this.room.dataset.me || this.room.dataset.title}:${this.room.dataset.room}`;
    this.body.value ||= stored(this.key, '');
    this.addEventListener('input', (event) => this.#typed(event.target));
    this.addEventListener('keydown', (event) => this.#key(event));
    this.addEventListener('webchat:taken', (event) => this.#taken(event.target));
    this.addEventListener('click', (event) => event.target.closest('[data-do="cancel"]') && this.#cancel());
    this.editing.addEventListener('htmx:after:swap', () => this.#opened()); // who can be named is swapped here, too
    // Who turns to it may send files, too.
    for (const sign of ['focusin', 'pointerover', 'dragenter']) this.addEventListener(sign, () => this.dataset.files && !this.listens && later('file-list').then(([{ listen }]) => listen(this), () => null)); // offline: at the next sign
    if (!HOVERS) this.body.enterKeyHint = 'enter';
    this.room.limit?.(this.body);
    this.#grow(this.body);
    // When the page opens, and not when who reads on may write again.
    if (this.room.localName === 'chat-room' && HOVERS && document.readyState !== 'complete' && !document.querySelector('[popover]:popover-open')) this.body.focus({ preventScroll: true });
  }

  #typed(field) {
    this.#grow(field);
    if (this.querySelector('mention-list:not(:defined)')) later('mention-list').catch(() => null); // offline: with another letter
    if (field !== this.body) return;
    store(this.key, field.value);
    if (!field.value.trim() || Date.now() - (this.told ?? 0) < TYPING || this.room.outbox?.entries.length) return;
    this.told = Date.now();
    this.room.send?.({ do: 'start-typing', room: this.room.dataset.room });
  }

  // Browsers that know `field-sizing` do this by themselves.
  #grow(field) {
    if (CSS.supports('field-sizing', 'content')) return;
    field.style.blockSize = 'auto';
    field.style.blockSize = `${field.scrollHeight + 2}px`;
  }

  #key(event) {
    const field = event.target;
    if (!field.matches('textarea') || composing(event)) return;
    if (sends(event)) {
      event.preventDefault();
      if (field.value.trim() || !field.required) field.form.requestSubmit();
    } else if (event.key === 'ArrowUp' && field === this.body && !field.value) {
      if (document.querySelector('message-tools')?.editLast?.()) event.preventDefault();
    } else if (event.key === 'Escape' && field !== this.body) this.#cancel();
  }

  #taken(form) {
    if (form.id === 'edit') return this.#cancel();
    this.body.value = '';
    this.told = 0;
    this.#typed(this.body);
    this.body.focus();
  }

  #opened() {
    const field = this.editing.querySelector('textarea');
    if (!field) return;
    this.#grow(field);
    field.focus();
    field.setSelectionRange(field.value.length, field.value.length);
  }

  #cancel() {
    this.editing.replaceChildren();
    this.body.focus();
  }
});
