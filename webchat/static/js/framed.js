// What the frame of a thread and that of a support window have in common: the connection of a room in somebody else's page. That
// page's <web-chat> hands over one port, by which all is said: what happens here goes up; how it is to look and who reads it
// come down. What writing needs is fetched when somebody does.
import './place.js';
import './message-log.js';
import './typing-line.js';
import { Connection } from './connection.js';
import { draft, keep } from './draft.js';
import { look, meet } from './hosted.js';
import { sends } from './keys.js';
import { later } from './later.js';

// What cannot be had now is asked for again: once there is a connection, or in a while.
export const sure = (asked) => asked().catch(async () => {
  await new Promise((done) => { document.addEventListener('webchat:open', done, { once: true }); setTimeout(done, 5_000); });
  return sure(asked);
});

export class Framed extends Connection {
  connectedCallback() {
    super.connectedCallback();
    meet(this.dataset.origins, (port, data) => this.met(port, data));
    this.addEventListener('input', ({ target }) => { if (target.id === 'body') keep(this.dataset.room, this.text = target.value); });
    this.addEventListener('keydown', (event) => this.#key(event));
    this.addEventListener('htmx:after:swap', () => this.known());
    this.text = draft(this.dataset.room);
    this.#goOn();
  }

  get foot() { return this.querySelector('#foot'); }
  get body() { return this.querySelector('#body'); }
  say(type, more) { this.port?.postMessage({ type, ...more }); }

  met(port, data, more) {
    this.port = port;
    port.onmessage = (event) => this.down(event.data);
    this.down(data);
    this.say('ready', more);
  }

  down({ token, ...looks } = {}) {
    look(looks);
    if (typeof token !== 'string') return;
    this.nobody = !token; // is signed in on that page
    if (token) this.enter('identify', { token });
    else this.#forget();
  }

  // Whom the page does not know any more. Guests and accounts of ours are no matter of that page.
  #forget() { if (this.nobody && this.foot.hasAttribute('data-vouched')) this.enter('leave', { token: '' }); }

  get parts() { return ['outbox', 'message-composer', 'pending-list']; }
  write() { return this.writing ??= this.#fetched(); }

  async #fetched() {
    const [{ Outbox }, , , more] = await sure(() => later(...this.parts));
    this.ready = more?.ready;
    this.outbox = new Outbox(this, this.dataset.room);
    document.dispatchEvent(new CustomEvent('webchat:list'));
    if (this.open) this.outbox.opened();
    const { home } = this.querySelector('message-log').dataset;
    if (!this.tools) htmx.ajax('GET', `${home}&tools&lang=${document.documentElement.lang}`, { source: this, target: this, swap: 'none' });
  }

  // While what knows more about keys is on its way.
  #key(event) {
    if (!event.target.matches('#body') || !sends(event) || customElements.get('message-composer')) return;
    event.preventDefault();
    event.target.form.requestSubmit();
  }

  // Until it can go it stays in its field, and what is added there meanwhile stays after that.
  async ask(values, form) {
    if (this.asking) return;
    this.asking = true;
    const said = form.elements.body?.value;
    await this.write();
    const more = this.ready ? await this.ready(this, values) : {};
    this.asking = false;
    if (!more) return;
    const { value } = this.body ?? {};
    super.ask({ ...values, ...more }, form);
    if (form.id !== 'write' || !this.body) return;
    this.body.value = value.startsWith(said) ? value.slice(said.length).trimStart() : value;
    this.body.dispatchEvent(new Event('input', { bubbles: true }));
  }

  near(href) { return href.replace(/\/rooms\/([^./]+)\./, '/embed/$1/'); }

  // The rows that wait are of whoever writes here now. What was being written when a foot of theirs came goes on there.
  known(title = this.foot.dataset.title) {
    this.#forget();
    this.dataset.me = this.foot.dataset.me;
    const name = document.getElementById('pending-pattern').content.querySelector('b');
    Object.assign(name, { textContent: title }).dataset.i = title.slice(0, 1).toUpperCase();
    this.#goOn()?.focus({ preventScroll: true });
    if (this.tools || !this.querySelector('message-tools')) return;
    this.tools = sure(() => later('message-tools'));
    this.write();
  }

  #goOn() {
    const body = this.text ? this.querySelector('#body:placeholder-shown') : null;
    return body && Object.assign(body, { value: this.text });
  }
}
