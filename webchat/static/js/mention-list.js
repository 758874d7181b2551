// <mention-list><ul role="listbox"></ul></mention-list>: who can be named in the field that is written in, offered from
// the `@` on; and which command, from a `/` that the text begins with. Up and
// Down choose, Enter and Tab take, Escape lets it be; the field keeps the focus. What is offered is for the place where the
// caret was: it goes with the next letter, and when the caret moves.
import { composing } from './keys.js';

const NAME = /(?:^(?=\/)|(?<![\p{Lu}\p{Ll}\p{N}_/])@(?=.))((?:^\/)?[\p{L}\p{M}\p{N}_-]{0,64})$/u;

customElements.define('mention-list', class extends HTMLElement {
  connectedCallback() {
    this.list = this.firstElementChild;
    this.parentElement.addEventListener('input', ({ target }) => this.#typed(target));
    this.parentElement.addEventListener('keydown', (event) => this.#key(event), true);
    this.parentElement.addEventListener('focusout', () => this.#choose());
    document.addEventListener('selectionchange', () => this.hidden || this.#there || this.#choose());
    this.addEventListener('pointerdown', (event) => event.preventDefault()); // which would take the focus
    this.addEventListener('click', ({ target }) => this.#take(target.closest('li')));
    const { activeElement } = document;
    if (activeElement.name === 'body' && this.parentElement.contains(activeElement)) this.#typed(activeElement); // what made somebody fetch this
  }

  get #there() { return this.field?.selectionStart === this.end && this.field.selectionEnd === this.end; }

  async #typed(field) {
    const name = field.value.slice(0, field.selectionStart).match(NAME)?.[1];
    Object.assign(this, { field, name, end: field.selectionStart });
    this.#choose();
    this.list.replaceChildren();
    if (name) await htmx.ajax('GET', this.dataset.href + encodeURIComponent(name), { target: this.list, source: this, swap: 'innerHTML' });
    if (name === this.name && this.#there) this.#choose(name && this.list.firstElementChild);
  }

  #choose(option) {
    this.hidden = !option;
    for (const other of this.list.children) other.ariaSelected = String(other === option);
    this.field?.setAttribute('aria-activedescendant', option?.id ?? '');
    option?.scrollIntoView({ block: 'nearest' });
  }

  #take(option) {
    this.field.setRangeText(`${option.dataset.name} `, this.end - this.name.length, this.end, 'end');
    this.field.dispatchEvent(new Event('input', { bubbles: true }));
  }

  #key(event) {
    if (this.hidden || composing(event) || event.target !== this.field || !this.#there) return;
    const options = [...this.list.children];
    const chosen = options.findIndex((option) => option.ariaSelected === 'true');
    const step = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    if (step) this.#choose(options.at((chosen + step) % options.length));
    else if (event.key === 'Enter' || event.key === 'Tab') this.#take(options[chosen]);
    else if (event.key === 'Escape') this.#choose();
    else return;
    event.preventDefault();
    event.stopPropagation();
  }
});
