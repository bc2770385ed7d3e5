// The chat without reloading. The form works without it.
const chat = document.getElementById("chat");
const log = document.getElementById("log");
const messages = document.getElementById("messages");
const form = document.getElementById("chat-form");
const state = document.getElementById("chat-state");
const previews = document.getElementById("previews");
const locate = document.getElementById("locate");
const { text, key, photos, place, lat, lon } = form.elements;

// A message keeps its id from posting on: what is there already is replaced, or left alone.
function show(message, provisional = false) {
  const holder = document.createElement("template");
  holder.innerHTML = message.html;
  const item = holder.content.querySelector("li");
  const old = document.getElementById(item.id);
  if (old && (provisional || old.isEqualNode(item))) return;
  const follow = log.scrollHeight - log.scrollTop - log.clientHeight < 80;
  if (old) old.replaceWith(item);
  else messages.append(item);
  if (follow) log.scrollTop = log.scrollHeight;
}

// A new key makes the next post a new message; a repeated post keeps its key and stays one message.
const nextKey = () => { key.value = [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join(""); };

async function send(event) {
  event.preventDefault();
  const button = event.submitter ?? form.querySelector(".chat-send");
  if (button.disabled) return;
  const body = new FormData(form, button.name ? button : undefined);
  if (button.name) {
    body.set("text", "");
    body.delete("photos");
  }
  button.disabled = true;
  let answer = null;
  try {
    const response = await fetch(form.action, { method: "POST", body, headers: { Accept: "application/json" } });
    answer = response.headers.get("Content-Type")?.includes("json") ? await response.json() : null;
    if (response.status === 413) answer = { errors: { photos: chat.dataset.large } };
  } catch {
    answer = null;
  }
  button.disabled = false;
  state.textContent = answer?.errors ? Object.values(answer.errors).join(" ") : answer ? "" : chat.dataset.failed;
  if (!answer || answer.errors) return;
  nextKey();
  if (!button.name) {
    form.reset();
    text.value = "";
    place.value = "";
    lat.value = "";
    lon.value = "";
    form.querySelector("details").open = false;
    preview();
  }
  answer.messages.forEach((message) => show(message, true));
  log.scrollTop = log.scrollHeight;
  text.focus();
}

function preview() {
  previews.querySelectorAll("img").forEach((image) => URL.revokeObjectURL(image.src));
  previews.replaceChildren(...[...photos.files].map((file) => {
    const item = document.createElement("li");
    const image = new Image();
    image.src = URL.createObjectURL(file);
    image.alt = file.name;
    item.append(image);
    return item;
  }));
  previews.hidden = photos.files.length === 0;
}

function findPlace() {
  state.textContent = locate.dataset.busy;
  navigator.geolocation.getCurrentPosition(({ coords }) => {
    lat.value = coords.latitude.toFixed(6);
    lon.value = coords.longitude.toFixed(6);
    place.value ||= locate.dataset.done;
    state.textContent = "";
  }, () => { state.textContent = locate.dataset.failed; }, { enableHighAccuracy: true, timeout: 15000 });
}

const address = new URL(chat.dataset.events, location.href);
function listen() {
  const source = new EventSource(address);
  source.addEventListener("open", () => { if (state.textContent === chat.dataset.lost) state.textContent = ""; });
  source.addEventListener("message", (event) => {
    if (event.lastEventId) address.searchParams.set("after", event.lastEventId);
    show(JSON.parse(event.data));
  });
  source.addEventListener("error", () => {
    state.textContent = chat.dataset.lost;
    if (source.readyState === EventSource.CLOSED) setTimeout(listen, 4000);
  });
}

form.addEventListener("submit", send);
document.getElementById("hint").hidden = false;
photos.addEventListener("change", preview);
text.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) form.requestSubmit();
});
if (navigator.geolocation && isSecureContext) {
  locate.hidden = false;
  locate.addEventListener("click", findPlace);
}
if (!document.getElementById("message-0")) log.scrollTop = log.scrollHeight;
listen();
// Inside the widget's frame the page around does not see the key.
if (parent !== window) {
  document.addEventListener("keydown", (event) => { if (event.key === "Escape") parent.postMessage("stadtdraht:close", "*"); });
}
