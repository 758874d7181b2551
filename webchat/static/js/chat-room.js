// <chat-room hx-ws:connect="…/socket?room=…&since=…">: the connection of one of our pages, which also sends what the outbox
// holds, tells how the page is used, and passes on what the server says.
import { Connection } from './connection.js';
import { composing } from './keys.js';
import { Outbox } from './outbox.js';

const IDLE = 5 * 60_000;
const WORDS = ['top', 'read', 'unread', 'mentions', 'seen', 'broadcast'];

customElements.define('chat-room', class extends Connection {
  #shown = 'online'; // as what this page is shown to others
  #used = Date.now();

  connectedCallback() {
    if (!this.hasAttribute('hx-ws:connect')) return;
    this.outbox = new Outbox(this, this.dataset.me || this.dataset.title);
    super.connectedCallback();
    this.addEventListener('keydown', (event) => event.key === 'Escape' && !composing(event) && event.target.closest('.panel, .here') && this.#shut());
    document.addEventListener('webchat:open', () => { this.#shown = 'online'; this.#present(); });
    for (const sign of ['pointermove', 'pointerdown', 'keydown', 'focus']) addEventListener(sign, () => this.#present(true), { passive: true });
    setInterval(() => this.#present(), 5_000);
  }

  // Away is who has not used the page for five minutes; one that is hidden cannot be used.
  #present(used) {
    if (used) this.#used = Date.now();
    const state = Date.now() - this.#used > IDLE ? 'away' : 'online';
    if (state !== this.#shown && this.send({ do: 'set-presence', state })) this.#shown = state;
  }

  tell(said) { for (const word of WORDS) if (word in said) document.dispatchEvent(new CustomEvent(`webchat:${word}`, { detail: said[word] })); }

  #shut() { this.querySelector('.panel').hidePopover(); this.querySelector('.here').focus(); }
});
