// The room's plain door for JSON: {"message": "…"} in, {"message": "…", "user": "…", "id": …} out. See docs/reference/protocol.md.
const KEPT = 100;
const STOP = [4401, 4403, 4429];
const list = document.querySelector('#live');
const state = document.querySelector('#state');
const form = document.querySelector('#say');
const address = `${list.dataset.server.replace(/^http/, 'ws')}/ws/chat/${encodeURIComponent(list.dataset.room)}/`;
let socket;
let tries = 0;

function connect() {
  socket = new WebSocket(address);
  socket.onopen = () => { tries = 0; state.textContent = 'Live'; };
  socket.onmessage = ({ data }) => show(JSON.parse(data));
  socket.onclose = ({ code }) => {
    if (STOP.includes(code)) {
      state.textContent = 'This room is not open to guests.';
      return;
    }
    state.textContent = 'Reconnecting…';
    // A little at random, so that not all pages come back in one moment.
    setTimeout(connect, Math.min(30_000, 500 * 2 ** tries++) * (0.5 + Math.random() / 2));
  };
}

function show({ message, user, error }) {
  if (error) {
    state.textContent = message;
    return;
  }
  const row = document.createElement('li');
  const name = document.createElement('strong');
  name.textContent = user;
  row.append(name, `: ${message}`); // as text: anybody could write markup
  list.append(row);
  while (list.children.length > KEPT) list.firstElementChild.remove();
}

form.addEventListener('submit', (event) => {
  event.preventDefault();
  if (socket.readyState !== WebSocket.OPEN) return;
  socket.send(JSON.stringify({ message: form.elements.message.value }));
  form.reset();
});

connect();
