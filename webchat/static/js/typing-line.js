// <typing-line>: who is writing. The line is the same for everybody; here the reader's own name is left out, which in a frame
// is known by its foot.
customElements.define('typing-line', class extends HTMLElement {
  connectedCallback() {
    const line = this.firstElementChild;
    new MutationObserver(() => {
      const { me, title } = (document.querySelector('#foot[data-me]') ?? this.closest('chat-room')).dataset;
      const own = (span) => span.dataset.u === me || (span.dataset.u === '0' && span.textContent === title);
      for (const span of line.querySelectorAll('[data-u]')) if (own(span)) span.remove();
      if (!line.querySelector('span')) line.replaceChildren();
    }).observe(line, { childList: true });
  }
});
