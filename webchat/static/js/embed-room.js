// <embed-room data-site data-origins hx-ws:connect="…/socket?room=…&view=widget&since=…">: the connection of a thread in a
// frame of somebody else's page. That page's <web-chat> hands over one port, by which all is said: how high the thread is and
// what happens in it go up; how it is to look and who reads it come down. What writing needs is fetched when somebody does.
import './place.js';
import './message-log.js';
import { Connection } from './connection.js';

const LOOKS = {
  accent: 'color', 'on-accent': 'color', ink: 'color', soft: 'color', line: 'color', ground: 'color', raised: 'color',
  font: 'font-family', size: 'font-size', radius: 'border-radius',
};
const TOLD = ['fly', 'unfly'];

customElements.define('embed-room', class extends Connection {
  connectedCallback() {
    super.connectedCallback();
    addEventListener('message', (event) => this.#meet(event));
    this.addEventListener('focusin', (event) => event.target.closest('#foot') && this.write());
    this.addEventListener('input', ({ target }) => { if (target.id === 'body') this.text = target.value; });
    this.addEventListener('keydown', (event) => this.#key(event));
    document.addEventListener('webchat:list', () => this.#counted());
    this.addEventListener('htmx:after:swap', () => this.#known());
    try { if (sessionStorage.length) this.write(); } catch { return; } // something may not have been sent
  }

  get #foot() { return this.querySelector('#foot'); }
  #up(type, more) { this.port?.postMessage({ type, ...more }); }

  // From the page around this frame, if it is one of the site's, and once.
  #meet({ source, origin, data, ports: [port] }) {
    if (this.port || source !== parent || !port || !this.dataset.origins.split(' ').includes(origin)) return;
    this.port = port;
    port.onmessage = (event) => this.#down(event.data);
    document.documentElement.dataset.hosted = '';
    this.#down(data);
    this.#up('ready', { height: this.#height() });
    new ResizeObserver(() => this.#up('size', { height: this.#height() })).observe(this);
    this.#counted();
  }

  #height() { return Math.ceil(this.getBoundingClientRect().height); }

  #down({ theme, vars, token } = {}) {
    const { dataset, style } = document.documentElement;
    if (['light', 'dark'].includes(theme)) dataset.theme = theme;
    for (const [name, property] of Object.entries(LOOKS)) {
      if (CSS.supports(property, String(vars?.[name] ?? ''))) style.setProperty(`--wc-${name}`, vars[name]);
    }
    if (typeof token === 'string') this.enter(token ? 'identify' : 'leave', { token });
  }

  // Who is known from now on comes in anew, and is sent what is theirs.
  async enter(how, values) {
    const answer = await fetch(`${this.dataset.home}/${how}`, { method: 'POST', body: new URLSearchParams(values) }).catch(() => null);
    if (how === 'leave' && this.outbox) for (const { values: { cid } } of this.outbox.entries) this.outbox.discard(cid);
    if (answer?.ok) this.dial();
    else if (answer?.status === 401) this.#up('refused', { why: await answer.text() });
  }

  write() { return this.writing ??= this.#fetched().catch(() => this.#later()); }

  async #fetched() {
    const [{ Outbox }] = await Promise.all([import('./outbox.js'), import('./message-composer.js'), import('./pending-list.js')]);
    this.outbox = new Outbox(this, this.dataset.room);
    document.dispatchEvent(new CustomEvent('webchat:list'));
    if (this.open) this.outbox.opened();
  }

  // Without a connection nothing can be fetched either.
  async #later() {
    await new Promise((opened) => document.addEventListener('webchat:open', opened, { once: true }));
    this.writing = null;
    return this.write();
  }

  // While what knows more about keys is on its way.
  #key(event) {
    if (event.key !== 'Enter' || event.shiftKey || event.isComposing || !event.target.matches('#body') || customElements.get('message-composer')) return;
    event.preventDefault();
    event.target.form.requestSubmit();
  }

  async ask(values, form) {
    const name = this.querySelector('#enter')?.elements.name.value.trim();
    if (this.asking) return;
    this.asking = true;
    this.text = '';
    await this.write();
    if (name) await this.enter('enter', { name });
    if (name) this.#known(name);
    this.asking = false;
    super.ask(values, form);
  }

  near(href) { return href.replace(/\/rooms\/([^./]+)\./, '/embed/$1/'); }

  tell(said) { for (const word of TOLD) if (word in said) this.#up(word, word === 'fly' ? said.fly : { id: said.unfly }); }

  #counted() {
    const { top } = this.querySelector('message-log');
    if (this.port && top !== this.count) this.#up('posted', { count: this.count = top });
  }

  // The rows that wait are of whoever writes here now. What was being written when a foot of theirs came goes on there.
  #known(title = this.#foot.dataset.title) {
    this.dataset.me = this.#foot.dataset.me;
    const name = document.getElementById('pending-pattern').content.querySelector('b');
    Object.assign(name, { textContent: title }).dataset.i = title.slice(0, 1).toUpperCase();
    const body = this.querySelector('#body:placeholder-shown');
    if (body && this.text) Object.assign(body, { value: this.text }).focus({ preventScroll: true });
    if (this.tools || !this.querySelector('message-tools')) return;
    this.tools = import('./message-tools.js');
    this.write();
  }
});
