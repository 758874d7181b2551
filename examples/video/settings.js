// What the form says is what the attributes of <web-danmaku> are, here and when one comes back.
const form = document.getElementById('settings');
const film = document.querySelector('web-danmaku');

for (const field of form.querySelectorAll('[name]')) {
  field.value = localStorage.getItem(`danmaku-${field.name}`) ?? field.value;
  film.setAttribute(field.name, field.value);
}
form.addEventListener('input', ({ target }) => {
  localStorage.setItem(`danmaku-${target.name}`, target.value);
  film.setAttribute(target.name, target.value);
});
form.querySelector('button').addEventListener('click', () => film.requestFullscreen());
