// <unread-badge>: how many messages of a room its reader has not seen. The server tells everybody how far rooms go
// (`top`) and each reader how far he read (`read`); the difference is made here. The title of the page sums up what is
// meant for the reader: direct messages, notifications, and the room that is open.
const title = document.title;

function retitle() {
  let sum = Number(document.getElementById('badge')?.dataset.count ?? 0);
  for (const link of document.querySelectorAll('[data-kind="direct"][data-unread], [aria-current="page"][data-unread]')) {
    sum += Number(link.dataset.top) - Number(link.dataset.read);
  }
  document.title = sum > 0 ? `(${sum}) ${title}` : title;
}

document.addEventListener('htmx:after:swap', retitle);

customElements.define('unread-badge', class extends HTMLElement {
  #moved = (event) => {
    const field = event.type === 'webchat:top' ? 'top' : 'read';
    const seq = event.detail[this.link.dataset.room];
    if (seq === undefined || seq <= Number(this.link.dataset[field])) return;
    this.link.dataset[field] = seq;
    this.#show();
  };

  connectedCallback() {
    this.link = this.closest('a');
    if (document.querySelector('message-log')?.dataset.id === this.link.dataset.room) this.link.ariaCurrent = 'page';
    document.addEventListener('webchat:top', this.#moved);
    document.addEventListener('webchat:read', this.#moved);
    this.#show();
  }

  disconnectedCallback() {
    document.removeEventListener('webchat:top', this.#moved);
    document.removeEventListener('webchat:read', this.#moved);
  }

  #show() {
    const count = Number(this.link.dataset.top) - Number(this.link.dataset.read);
    this.textContent = count > 0 ? (count > 999 ? '999+' : count) : '';
    this.link.toggleAttribute('data-unread', count > 0);
    retitle();
  }
});
