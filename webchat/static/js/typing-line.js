// <typing-line>: who is writing. The line is the same for everybody; here the reader's own name is left out.
customElements.define('typing-line', class extends HTMLElement {
  connectedCallback() {
    const { me, title } = this.closest('chat-room, support-room').dataset;
    const own = (span) => (me ? span.dataset.u === me : span.dataset.u === '0' && span.textContent === title);
    const line = this.firstElementChild;
    new MutationObserver(() => {
      for (const span of line.querySelectorAll('[data-u]')) if (own(span)) span.remove();
      if (!line.querySelector('span')) line.replaceChildren();
    }).observe(line, { childList: true });
  }
});
