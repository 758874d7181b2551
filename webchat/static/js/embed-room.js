// <embed-room data-site data-origins hx-ws:connect="…/socket?room=…&view=widget&since=…">: the connection of a thread in a
// frame of somebody else's page. That page's <web-chat> hands over one port, by which all is said: how high the thread is and
// what happens in it go up; how it is to look and who reads it come down. What writing needs is fetched when somebody does.
import './place.js';
import './message-log.js';
import './embed-identity.js';
import './typing-line.js';
import { arranged } from './thread-order.js';
import { Connection } from './connection.js';
import { look, meet } from './hosted.js';

const TOLD = ['fly', 'unfly'];

export class EmbedRoom extends Connection {
  connectedCallback() {
    super.connectedCallback();
    meet(this.dataset.origins, (port, data) => this.#met(port, data));
    this.addEventListener('focusin', (event) => event.target.closest('#foot') && this.write());
    this.addEventListener('click', (event) => event.target.closest('#log > li') && this.querySelector('#write') && this.write());
    this.addEventListener('input', ({ target }) => { if (target.id === 'body') this.text = target.value; });
    this.addEventListener('keydown', (event) => this.#key(event));
    document.addEventListener('webchat:list', () => this.#counted());
    this.addEventListener('htmx:after:swap', () => this.#known());
    try { if (sessionStorage.length) this.write(); } catch { return; } // something may not have been sent
  }

  get threaded() { return document.documentElement.dataset.mode === 'thread'; }
  arrange(list, rows) { if (this.threaded) arranged(list, rows); }
  get #foot() { return this.querySelector('#foot'); }
  say(type, more) { this.port?.postMessage({ type, ...more }); }

  #met(port, data) {
    this.port = port;
    port.onmessage = (event) => this.down(event.data);
    this.down(data);
    this.say('ready', { height: this.#height() });
    new ResizeObserver(() => this.say('size', { height: this.#height() })).observe(this);
    this.#counted();
  }

  #height() { return Math.ceil(this.getBoundingClientRect().height); }

  down({ token, moment, ...looks } = {}) {
    look(looks);
    if (moment) this.timed?.(moment);
    if (typeof token !== 'string') return;
    this.nobody = !token; // is signed in on that page
    if (token) this.enter('identify', { token });
    else this.#forget();
  }

  // Whom the page does not know any more. Guests and accounts of ours are no matter of that page.
  #forget() { if (this.nobody && this.#foot.hasAttribute('data-vouched')) this.enter('leave', { token: '' }); }

  // Who is known from now on comes in anew, and is sent what is theirs.
  async enter(how, values) {
    const answer = await fetch(`${this.dataset.home}/${how}`, { method: 'POST', body: new URLSearchParams(values) }).catch(() => null);
    if (how === 'leave' && this.outbox) for (const { values: { cid } } of this.outbox.entries) this.outbox.discard(cid);
    if (answer?.ok) this.dial();
    else if (answer && how === 'identify') this.say('refused', { why: await answer.text() }); // to who can mend it
    else if (answer) this.refuse(await answer.text());
    return !answer || answer.ok;
  }

  write() { return this.writing ??= this.#fetched().catch(() => this.#later()); }

  async #fetched() {
    const files = [import('./outbox.js'), import('./embed-moment.js'), import('./message-composer.js'), import('./pending-list.js')];
    const [{ Outbox }, { moment }] = await Promise.all(files);
    this.moment = moment;
    this.outbox = new Outbox(this, this.dataset.room);
    document.dispatchEvent(new CustomEvent('webchat:list'));
    if (this.open) this.outbox.opened();
    const { home } = this.querySelector('message-log').dataset;
    if (!this.tools) htmx.ajax('GET', `${home}&tools&lang=${document.documentElement.lang}`, { source: this, target: this, swap: 'none' });
  }

  // Without a connection nothing can be fetched either.
  async #later() {
    await new Promise((opened) => document.addEventListener('webchat:open', opened, { once: true }));
    this.writing = null;
    return this.write();
  }

  // While what knows more about keys is on its way.
  #key(event) {
    if (event.key !== 'Enter' || event.shiftKey || !matchMedia('(hover: hover)').matches || event.isComposing || !event.target.matches('#body') || customElements.get('message-composer')) return;
    event.preventDefault();
    event.target.form.requestSubmit();
  }

  async ask(values, form) {
    const name = this.querySelector('#enter')?.elements.name.value.trim();
    if (this.asking) return;
    this.asking = true;
    this.text = '';
    await this.write();
    const welcome = !name || await this.enter('enter', { name });
    if (welcome && name) this.#known(name);
    const moment = welcome && values.do === 'post-message' && this.port ? await this.moment(this) : {};
    this.asking = false;
    if (welcome) super.ask({ ...values, ...moment }, form);
  }

  near(href) { return href.replace(/\/rooms\/([^./]+)\./, '/embed/$1/'); }

  tell(said) { for (const word of TOLD) if (word in said) this.say(word, word === 'fly' ? said.fly : { id: said.unfly }); }

  #counted() {
    const { top } = this.querySelector('message-log');
    if (this.port && top !== this.count) this.say('posted', { count: this.count = top });
  }

  // The rows that wait are of whoever writes here now. What was being written when a foot of theirs came goes on there.
  #known(title = this.#foot.dataset.title) {
    this.#forget();
    this.dataset.me = this.#foot.dataset.me;
    const name = document.getElementById('pending-pattern').content.querySelector('b');
    Object.assign(name, { textContent: title }).dataset.i = title.slice(0, 1).toUpperCase();
    const body = this.querySelector('#body:placeholder-shown');
    if (body && this.text) Object.assign(body, { value: this.text }).focus({ preventScroll: true });
    if (this.tools || !this.querySelector('message-tools')) return;
    this.tools = import('./message-tools.js');
    this.write();
  }
}

customElements.define('embed-room', EmbedRoom);
