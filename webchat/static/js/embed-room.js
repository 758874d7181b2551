// <embed-room data-site data-origins hx-ws:connect="…/socket?room=…&view=widget&since=…">: the connection of a thread in a
// frame of somebody else's page. To what every frame does it adds how high the thread is, what flies over a video there, and
// strangers, who may give a name.
import './embed-identity.js';
import { arranged } from './thread-order.js';
import { Framed, sure } from './framed.js';

const TOLD = ['fly', 'unfly'];

customElements.define('embed-room', class extends Framed {
  connectedCallback() {
    super.connectedCallback();
    this.addEventListener('focusin', (event) => event.target.closest('#foot') && this.write());
    this.addEventListener('click', (event) => event.target.closest('#log > li') && this.querySelector('#write') && this.write());
    document.addEventListener('webchat:list', () => this.#counted());
    try { if (sessionStorage.length) this.write(); } catch { return; } // something may not have been sent
  }

  get threaded() { return document.documentElement.dataset.mode === 'thread'; }
  get parts() { return [...super.parts, 'embed-words']; }
  arrange(list, rows) { if (this.threaded) arranged(list, rows); }

  met(port, data) {
    super.met(port, data, { height: this.#height() });
    new ResizeObserver(() => this.say('size', { height: this.#height() })).observe(this);
    this.#counted();
  }

  #height() { return Math.ceil(this.getBoundingClientRect().height); }

  down(data = {}) {
    super.down(data);
    if (data.moment) this.timed?.(data.moment);
  }

  // Who is known from now on comes in anew, and is sent what is theirs. A name is asked for until there is an answer: what is
  // said under it must not be said under a number.
  async enter(how, values) {
    const asked = () => fetch(`${this.dataset.home}/${how}`, { method: 'POST', body: new URLSearchParams(values) });
    const answer = await (how === 'enter' ? sure(asked) : asked().catch(() => null));
    if (how === 'leave' && this.outbox) for (const { values: { cid } } of this.outbox.entries) this.outbox.discard(cid);
    if (answer?.ok) this.dial();
    else if (answer && how === 'identify') this.say('refused', { why: await answer.text() }); // to who can mend it
    else if (answer) this.refuse(await answer.text());
    return answer?.ok;
  }

  tell(said) { for (const word of TOLD) if (word in said) this.say(word, word === 'fly' ? said.fly : { id: said.unfly }); }

  #counted() {
    const { top } = this.querySelector('message-log');
    if (this.port && top !== this.count) this.say('posted', { count: this.count = top });
  }
});
