// The composer: drafts per conversation and mode, kept on the server; Strg+Enter; errors that keep the text.
const DELAY = 800;
const SENDS = "#reply, .conflict, .suggestion button";  // each takes the text along

let form, text, state, timer, mode, unsaved = false;

const copyKey = () => `draft:${form.dataset.draft}:${mode}`;
const option = (name) => form.querySelector(`[name=mode][value=${name}]`);
const chosen = () => form.querySelector("[name=mode]:checked").value;

function say(word) {
  state.textContent = word ? state.dataset[word] : "";
}

function body() {
  const data = new FormData();
  data.set("mode", mode);
  data.set("text", text.value);
  data.set("csrf", form.elements.csrf.value);
  return data;
}

async function save() {
  clearTimeout(timer);
  if (!unsaved) return;
  unsaved = false;
  const key = copyKey();
  const { value } = text;
  const here = form;
  option(mode).dataset.draft = value;
  let stored = false;
  try {
    stored = (await fetch(form.dataset.draft, { method: "POST", body: body(), keepalive: true })).ok;
  } catch {
    stored = false;
  }
  if (stored) sessionStorage.removeItem(key);
  if (here !== form || text.value !== value) return;
  say(stored ? value && "saved" : "failed");
  if (!stored) {
    unsaved = true;
    timer = setTimeout(save, 5000);
  }
}

function updateConflict() {
  const conflict = document.querySelector(".conflict");
  if (conflict?.elements.mode.value !== mode) return;
  conflict.elements.text.value = text.value;
  conflict.querySelector("#yours").textContent = text.value;
}

function changed() {
  unsaved = true;
  updateConflict();
  sessionStorage.setItem(copyKey(), text.value);
  say("saving");
  clearTimeout(timer);
  timer = setTimeout(save, DELAY);
}

function showMode() {
  mode = chosen();
  text.placeholder = text.dataset[mode];
}

function switchMode() {
  save();
  mode = chosen();
  text.value = option(mode).dataset.draft;
  say(text.value && "saved");
  showMode();
  text.focus();
}

function restoreCopy() {
  const copy = sessionStorage.getItem(copyKey());
  if (copy === null || copy === text.value) return;
  text.value = copy;
  changed();
}

function alertLine(word) {
  const box = document.getElementById("composer-alert");
  const line = document.createElement("p");
  line.className = "flash flash-bad";
  line.role = "alert";
  line.textContent = box.dataset[word];
  box.replaceChildren(line);
}

function saveNow() {
  if (form?.isConnected) save();
}

function openComposer() {
  form = document.getElementById("reply");
  if (!form) return;
  clearTimeout(timer);
  unsaved = false;
  text = form.elements.text;
  state = document.getElementById("draft-state");
  showMode();
  restoreCopy();
  text.addEventListener("input", changed);
  text.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) form.requestSubmit();
  });
  form.querySelectorAll("[name=mode]").forEach((radio) => radio.addEventListener("change", switchMode));
}

addEventListener("pagehide", saveNow);
document.addEventListener("desk:opened", openComposer);

document.addEventListener("htmx:before:request", (event) => {
  if (event.target.closest("#rows")) saveNow();
  if (!event.target.matches(SENDS)) return;
  clearTimeout(timer);
  unsaved = false;
  document.getElementById("composer-alert").dataset.key = copyKey();
});

document.addEventListener("htmx:after:request", (event) => {
  const { ctx } = event.detail;
  if (!ctx.sourceElement.matches(SENDS)) return;
  if (ctx.response.status < 400) {
    sessionStorage.removeItem(document.getElementById("composer-alert").dataset.key);
    return;
  }
  changed();
  if (ctx.response.status >= 500) alertLine("failed");
});

document.addEventListener("htmx:after:swap", () => {
  const conflict = document.querySelector(".conflict");
  if (conflict) form.elements.version.value = conflict.elements.version.value;
});

document.addEventListener("htmx:error", (event) => {
  if (!event.detail.ctx?.sourceElement.matches(SENDS)) return;
  changed();
  alertLine("offline");
});
