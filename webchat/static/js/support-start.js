// <support-start data-home data-origins data-who>: the frame of a site's support before anything was asked. It has no
// connection; its form is sent as any form is, and the page that comes then has one.
import './local-time.js';
import { clip } from './clip.js';
import { draft, keep } from './draft.js';
import { look, meet } from './hosted.js';
import { composing, sends } from './keys.js';
import { recognise } from './recognise.js';

customElements.define('support-start', class extends HTMLElement {
  connectedCallback() {
    this.form = this.querySelector('form');
    meet(this.dataset.origins, (port, data) => {
      this.port = port;
      port.onmessage = (event) => this.#down(event.data);
      this.#down(data);
      port.postMessage({ type: 'ready' });
    });
    document.addEventListener('keydown', (event) => this.#key(event));
    if (!this.form) return keep(this.dataset.home, ''); // it says that this was sent, and that a browser keeps nothing here
    clip(this);
    this.#goOn(this.form.elements.body);
    this.form.addEventListener('submit', (event) => this.#sent(event));
  }

  // What was begun on another page of the site.
  #goOn(body) {
    if (!matchMedia('(hover: hover)').matches) body.enterKeyHint = 'enter';
    body.value ||= draft(this.dataset.home);
    body.addEventListener('input', () => keep(this.dataset.home, body.value));
  }

  async #down({ open, page, token, ...looks }) {
    look(looks);
    if (page && this.form) this.form.elements.page.value = page;
    if (open) (this.querySelector('#f-name') ?? this.querySelector('#body, .start .button'))?.focus();
    if (typeof token !== 'string' || (!token && !('vouched' in this.dataset))) return;
    const why = await recognise(this.dataset, token ? 'identify' : 'leave', { token });
    if (why) this.port.postMessage({ type: 'refused', why });
  }

  #key(event) {
    if (event.key === 'Escape' && !composing(event)) this.port?.postMessage({ type: 'close' });
    if (!event.target.matches('#body') || !sends(event)) return;
    event.preventDefault();
    this.form.requestSubmit();
  }

  // Once: the page that answers takes this one's place.
  #sent(event) {
    const list = this.querySelector('talk-files');
    if (this.sent || list?.some) event.preventDefault();
    if (list?.some) return list.begin();
    this.sent = true;
    return addEventListener('pageshow', ({ persisted }) => { this.sent = !persisted; });
  }
});
