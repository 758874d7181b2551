// <toast-list>: at most three at once, each gone after eight seconds, but never while somebody points at one or reads it.
const MOST = 3;
const STAY = 8_000;

customElements.define('toast-list', class extends HTMLElement {
  connectedCallback() {
    this.list = this.firstElementChild;
    this.observer = new MutationObserver(() => this.#arrived());
    this.observer.observe(this.list, { childList: true });
    this.addEventListener('click', (event) => event.target.closest('button')?.closest('li').remove());
    this.addEventListener('keydown', (event) => event.key === 'Escape' && event.target.closest('li')?.remove());
    for (const leave of ['pointerleave', 'focusout']) this.addEventListener(leave, () => this.#arrived());
  }

  #arrived() {
    while (this.list.children.length > MOST) this.list.firstElementChild.remove();
    clearTimeout(this.timer);
    if (this.list.children.length) this.timer = setTimeout(() => this.#oldest(), STAY);
  }

  #oldest() { if (!this.matches(':hover, :focus-within')) this.list.firstElementChild?.remove(); }
});
