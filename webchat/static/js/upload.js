// A file on its way; how far it is shows in its row.

// What it is called in a text, or why it was not taken. What stands between here and the server, such as a proxy, may answer
// anything.
export function upload(row, file, action, { lost, large }) {
  const form = new FormData();
  form.append('file', file, file.name);
  const progress = Object.assign(row.querySelector('progress'), { hidden: false, value: 0 });
  const request = row.request = new XMLHttpRequest(); // fetch does not tell how far it is
  request.upload.addEventListener('progress', ({ loaded, total }) => { progress.value = loaded / total; });
  request.open('POST', action);
  request.setRequestHeader('Accept', 'application/json');
  request.send(form);
  return new Promise((ended) => {
    request.addEventListener('loadend', () => {
      let said;
      try { said = JSON.parse(request.response); } catch { said = null; }
      ended({ markdown: said?.markdown, why: said?.why || (request.status === 413 ? large : lost) });
    });
  });
}

export function failed(row, why) {
  row.toggleAttribute('data-failed', Boolean(why));
  row.querySelector('progress').hidden = true;
  row.querySelector('em').textContent = why;
}
