// <support-room hx-ws:connect="…/socket?room=…&view=support&since=…">: a conversation in the frame of a site's support. To
// what every frame does it adds what two sides have: who writes, what was seen, what came while nobody looked.
import './local-time.js';
import { clip } from './clip.js';
import { keep } from './draft.js';
import { Framed } from './framed.js';
import { composing } from './keys.js';
import { later } from './later.js';
import { recognise } from './recognise.js';

customElements.define('support-room', class extends Framed {
  connectedCallback() {
    super.connectedCallback();
    keep(this.dataset.home, ''); // the first question, which is there
    for (const word of ['list', 'read']) document.addEventListener(`webchat:${word}`, () => this.#counted());
    this.addEventListener('htmx:after:swap', () => this.#counted());
    this.addEventListener('webchat:taken', ({ target }) => target.id === 'rate' && this.#thank(target));
    clip(this);
    this.addEventListener('click', (event) => {
      const link = event.target.closest('#log > li > a, #log a[href*="/files/"]:not([rel])');
      if (link) event.preventDefault(); // that page is not theirs, and another tab not known to be
      if (link?.closest('div')) later('talk-files').then(([{ save }]) => save(this, link), () => this.calm());
    });
    document.addEventListener('keydown', (event) => event.key === 'Escape' && !composing(event) && !event.target.closest('#edit, message-tools') && this.say('close'));
    this.write();
  }

  get #log() { return this.querySelector('message-log'); }

  down(data = {}) {
    super.down(data);
    if (!('open' in data)) return;
    this.unread = null; // whoever asks has not been told
    this.#counted();
    if (data.open) this.querySelector('#body')?.focus({ preventScroll: true });
  }

  async ask(values, form) {
    const list = form.id === 'write' && this.querySelector('talk-files');
    const body = list ? await list.said() : values.body;
    if (body || form.id !== 'write') super.ask(body ? { ...values, body } : values, form);
  }

  async enter(how, values) {
    const why = await recognise({ home: this.dataset.home, who: this.dataset.who }, how, values);
    if (why) this.say('refused', { why });
    return !why;
  }

  // What the other side wrote and nobody read; and whether it saw what was written last.
  #counted() {
    const log = this.#log;
    if (!log.observer) return; // not yet
    const unread = log.rows.filter((row) => Number(row.dataset.seq) > log.read && !log.own(row)).length;
    if (this.port && unread !== this.unread) this.say('unread', { count: this.unread = unread });
    const last = log.rows.at(-1);
    const seen = this.querySelector('#seen');
    seen.hidden = !last || !log.own(last) || Number(last.dataset.seq) > Number(seen.dataset.seq);
  }

  #thank(form) {
    form.nextElementSibling.hidden = false;
    form.remove();
  }
});
